"""HTTP as uvicorn speaks it, with each answer written at once.

uvicorn hands over head and body one after the other, and the loop writes each by a system call,
which is a fifth of what a small answer costs.
"""

from asyncio import AbstractEventLoop, BaseTransport, Transport
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HELD = 65_536
"""Bytes that wait for the end of the turn; with more, a long answer is not held up in memory."""


class WholeAnswers(HttpToolsProtocol):
    """uvicorn's protocol over a transport that gathers."""

    def connection_made(self, transport: BaseTransport) -> None:
        gathering = Gathering(cast("Transport", transport), self.loop)
        super().connection_made(cast("Transport", gathering))


class Gathering:
    """A transport that writes together what it is given within one turn of the event loop."""

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0
        # Asked for each answer, and found faster than by `__getattr__`.
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Write the bytes at the end of the turn, or now if there are many."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > MAX_HELD:
            self._flush()

    def close(self) -> None:
        """Write what is held, then close."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever else a transport can do
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._held:
            self._transport.write(b"".join(self._held))
            self._held.clear()
            self._size = 0

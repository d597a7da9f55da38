"""HTTP as uvicorn speaks it, with answers that are given and written whole.

By ASGI an answer is handed over in two parts, each by a coroutine; uvicorn looks through each of
its headers, and the loop writes each part by a system call. For a small answer that adds up.
"""

from asyncio import AbstractEventLoop, BaseTransport, Transport
from typing import Any, cast

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

MAX_HELD = 65_536
"""Bytes that wait for the end of the turn; with more, a long answer is not held up in memory."""

RawHeaders = list[tuple[bytes, bytes]]


def line(name: str, value: str) -> bytes:
    """A header as it is written."""
    if not (name + value).isprintable():
        raise ValueError("a header holds a line of its own")
    return f"{name.lower()}: {value}\r\n".encode("latin-1")


def raw(lines: bytes) -> RawHeaders:
    """Headers as ASGI has them, from those that are written."""
    pairs = (one.partition(b": ") for one in lines.splitlines())
    return [(name, value) for name, _, value in pairs]


class WholeAnswers(HttpToolsProtocol):
    """uvicorn's protocol over a transport that gathers."""

    def connection_made(self, transport: BaseTransport) -> None:
        gathering = Gathering(cast("Transport", transport), self.loop)
        super().connection_made(cast("Transport", gathering))


def written(send: Send, status: int, lines: bytes, body: bytes) -> bool:
    """Write an answer whole; False, and nothing written, where ASGI's way is to be gone.

    It does as uvicorn's `send` does, in the everyday case. `lines` are the headers.
    """
    cycle = getattr(send, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle) or not cycle.keep_alive:
        return False
    if cycle.disconnected or cycle.flow.write_paused:
        return False
    if b"\nconnection: " in b"\n" + lines:
        return False
    content = [STATUS_LINE[status]]
    for name, value in cycle.default_headers:
        content += (name, b": ", value, b"\r\n")
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join((*content, lines, b"\r\n", body)))
    cycle.message_event.set()
    cycle.on_response()
    return True


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

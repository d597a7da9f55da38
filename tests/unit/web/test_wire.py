"""What an answer is made of leaves together."""

import asyncio
from typing import cast

import pytest

from xrpc_invites.web.wire import MAX_HELD, Gathering

pytestmark = pytest.mark.anyio


class Socket:
    """A transport that remembers what it was asked."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def gathering(socket: Socket) -> Gathering:
    return Gathering(cast("asyncio.Transport", socket), asyncio.get_running_loop())


async def turn() -> None:
    """Let the event loop go round once."""
    await asyncio.sleep(0)


async def test_head_and_body_are_written_at_once() -> None:
    socket = Socket()
    gathered = gathering(socket)

    gathered.write(b"head")
    gathered.write(b"body")
    held = [*socket.written]
    await turn()
    gathered.write(b"next")
    await turn()

    assert held == []
    assert socket.written == [b"headbody", b"next"]


async def test_a_long_answer_is_not_held_up() -> None:
    socket = Socket()
    gathered = gathering(socket)

    gathered.write(b"head")
    gathered.write(b"x" * MAX_HELD)
    written = [*socket.written]
    gathered.write(b"tail")
    await turn()

    assert written == [b"head" + b"x" * MAX_HELD]
    assert b"".join(socket.written).endswith(b"xtail")


async def test_what_is_held_is_written_before_the_connection_closes() -> None:
    socket = Socket()
    gathered = gathering(socket)

    gathered.write(b"last")
    gathered.close()
    await turn()

    assert (socket.written, socket.closed) == ([b"last"], True)


async def test_it_can_all_that_the_transport_can() -> None:
    socket = Socket()
    gathered = gathering(socket)

    assert gathered.get_extra_info("peername") == "the peername"
    assert not gathered.is_closing()
    socket.close()
    assert gathered.is_closing()

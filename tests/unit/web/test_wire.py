"""What an answer is made of leaves together."""

import asyncio
from typing import cast

import pytest
from starlette.types import Message, Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from xrpc_invites.web.wire import MAX_HELD, Gathering, WholeAnswers, line, raw, written

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

    def get_extra_info(self, name: str) -> tuple[str, int] | None:
        return ("192.0.2.1", 80) if name == "peername" else None


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

    assert gathered.get_extra_info("peername") == ("192.0.2.1", 80)
    assert not gathered.is_closing()
    socket.close()
    assert gathered.is_closing()


class Server:
    """uvicorn's protocol, with what it says, and an application that answers whole if it can."""

    def __init__(self, lines: bytes) -> None:
        self.socket = Socket()
        self.whole: list[bool] = []
        self.state = ServerState()
        self.state.default_headers = [(b"date", b"today")]
        config = Config(
            self._application, http=WholeAnswers, interface="asgi3", proxy_headers=False
        )
        config.load()
        self.protocol = WholeAnswers(config, self.state, {}, asyncio.get_running_loop())
        self.protocol.connection_made(cast("asyncio.Transport", self.socket))
        self._lines = lines

    async def ask(self, *headers: bytes) -> bytes:
        """What is written in answer to a request."""
        before = len(self.socket.written)
        head = b"\r\n".join((b"GET /xrpc/a.b.c HTTP/1.1", b"host: here", *headers))
        self.protocol.data_received(head + b"\r\n\r\n")
        for _ in range(10):
            await turn()
        return b"".join(self.socket.written[before:])

    async def _application(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.whole.append(written(send, 200, self._lines, b"body"))
        if not self.whole[-1]:
            headers = raw(self._lines)
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"body"})


SIZED = line("Content-Length", "4") + line("X-Request-Id", "1")
ANSWER = b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 4\r\nx-request-id: 1\r\n\r\nbody"


class TestWhole:
    """An answer that is given whole is the one that ASGI would have made of it."""

    async def test_is_written_at_once_and_the_connection_goes_on(self) -> None:
        server = Server(SIZED)

        answers = [await server.ask() for _ in range(3)]

        assert answers == [ANSWER] * 3 == server.socket.written
        assert server.whole == [True] * 3
        assert server.state.total_requests == 3
        assert not server.socket.closed
        server.protocol.connection_lost(None)

    async def test_is_what_asgi_makes_of_it(self) -> None:
        server = Server(SIZED)
        server.protocol.pause_writing()
        asked = asyncio.ensure_future(server.ask())
        while not server.whole:
            await turn()
        server.protocol.resume_writing()

        assert await asked == ANSWER
        assert server.whole == [False]
        server.protocol.connection_lost(None)

    async def test_whoever_wants_no_more_is_told_that_none_comes(self) -> None:
        server = Server(SIZED)

        assert b"connection: close\r\n" in await server.ask(b"connection: close")
        assert server.whole == [False]
        assert server.socket.closed

    async def test_an_answer_that_ends_the_connection_ends_it(self) -> None:
        server = Server(line("Connection", "close") + SIZED)

        assert b"connection: close\r\n" in await server.ask()
        assert server.whole == [False]
        assert server.socket.closed

    async def test_nothing_is_said_to_whom_went_away(self) -> None:
        server = Server(SIZED)
        asked = asyncio.ensure_future(server.ask())
        await turn()
        server.protocol.connection_lost(None)

        assert await asked == b""
        assert server.whole == [False]

    async def test_another_server_is_answered_by_asgi(self) -> None:
        async def send(_message: Message) -> None:
            raise AssertionError

        assert not written(send, 200, SIZED, b"body")

"""Fetching from hosts that nobody has chosen: bounds, redirects, and where it may connect."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx
import pytest

from xrpc_invites.identity.fetched import Fetched, FetchFailed
from xrpc_invites.identity.fetching import MAX_BYTES, Fetcher, PublicTransport

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Host:
    """A server on loopback that answers raw bytes, and remembers what it was asked."""

    def __init__(self, *answers: bytes, silent: bool = False) -> None:
        self.answers = list(answers)
        self.silent = silent
        self.asked: list[str] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        if self.silent:
            await reader.read()
        else:
            writer.write(self.answers.pop(0).replace(b"PORT", str(self.port).encode()))
        writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Host"]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            yield self


class Names:
    """A name server that answers each question from a list, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


async def fetched(
    url: str, *, names: Names | None = None, private_network: bool = True
) -> Fetched | str:
    """What was fetched, or why nothing was."""
    transport = PublicTransport(
        private_network=private_network,
        tls=httpx.create_ssl_context(),
        resolve=names or Names(["127.0.0.1"]),
    )
    fetcher = Fetcher(transport)
    try:
        return await fetcher.get(url)
    except FetchFailed as failed:
        return str(failed)
    finally:
        await fetcher.close()


async def test_a_document_is_fetched_from_the_host_that_is_named() -> None:
    async with Host(OK).running() as host:
        assert await fetched(f"http://some.test:{host.port}/x") == Fetched(200, b"{}")

    [asked] = host.asked
    assert asked.startswith("GET /x HTTP/1.1\r\n")
    assert f"\r\nHost: some.test:{host.port}\r\n" in asked
    assert "\r\nAccept-Encoding: identity\r\n" in asked
    assert "cookie" not in asked.lower()


async def test_any_status_is_an_answer() -> None:
    async with Host(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n").running() as host:
        assert await fetched(f"http://some.test:{host.port}/") == Fetched(410, b"")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_a_private_address_is_never_connected_to(address: str) -> None:
    async with Host(OK).running() as host:
        url, names = f"http://some.test:{host.port}/", Names([address])

        assert await fetched(url, names=names, private_network=False) == "no public address"
        # However a host is written, what counts is where it leads.
        literal = f"http://127.0.0.1:{host.port}/"
        assert await fetched(literal, names=names, private_network=False) == "no public address"

    assert host.asked == []


async def test_of_mixed_addresses_the_private_ones_are_left_out() -> None:
    """Nothing listens at the public one, which is of a network that leads nowhere from here."""
    connected: list[str] = []

    class Spy(PublicTransport):
        async def _allowed(self, url: httpx.URL) -> Sequence[str]:
            connected.extend(await super()._allowed(url))
            return []

    spy = Spy(
        private_network=False,
        tls=httpx.create_ssl_context(),
        resolve=Names(["127.0.0.1", "1.1.1.1", "fe80::1", "2606:4700::1"]),
    )
    with pytest.raises(FetchFailed):
        await Fetcher(spy).get("http://some.test/")

    assert connected == ["1.1.1.1", "2606:4700::1"]


async def test_a_name_is_resolved_once_and_that_answer_is_connected_to() -> None:
    async with Host(OK).running() as host:
        # Were the name asked for again, it would lead where nothing listens.
        names = Names(["127.0.0.1"], ["127.0.0.2"])

        assert await fetched(f"http://some.test:{host.port}/", names=names) == Fetched(200, b"{}")
        assert names.asked == ["some.test"]


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async with Host(OK).running() as host:
        names = Names(["127.0.0.3", "127.0.0.1"])

        assert await fetched(f"http://some.test:{host.port}/", names=names) == Fetched(200, b"{}")


async def test_nothing_listening_is_a_failure() -> None:
    assert await fetched("http://some.test:9/") == "ConnectError"


@pytest.mark.parametrize(
    "url", ["http://[/", "http://some.test:99999/", "http://xn--a/", "http://é..x/"]
)
async def test_an_address_that_is_none_is_a_failure(url: str) -> None:
    assert isinstance(await fetched(url), str)


async def test_a_label_too_long_to_look_up_is_a_failure() -> None:
    transport = PublicTransport(private_network=True, tls=httpx.create_ssl_context())

    with pytest.raises(FetchFailed):
        await Fetcher(transport).get(f"http://{'a' * 64}.test/")


def redirect(target: str) -> bytes:
    head = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
    return head.encode()


@pytest.mark.parametrize(
    "target",
    [
        "http://other.test:PORT/",
        "https://some.test:PORT/",
        "http://some.test/",
        "//127.0.0.1:PORT/",
        "http://some.test.:PORT/",
    ],
)
async def test_a_redirect_to_another_host_is_not_followed(target: str) -> None:
    async with Host(redirect(target), OK).running() as host:
        assert await fetched(f"http://some.test:{host.port}/") == "redirect to another host"

    assert len(host.asked) == 1


async def test_a_redirect_on_the_same_host_is_followed_a_few_times() -> None:
    async with AsyncExitStack() as stack:
        few = await stack.enter_async_context(Host(redirect("/y"), OK).running())
        many = await stack.enter_async_context(Host(*[redirect("/y")] * 9).running())

        assert await fetched(f"http://some.test:{few.port}/") == Fetched(200, b"{}")
        assert await fetched(f"http://some.test:{many.port}/") == "too many redirects"

    assert len(many.asked) == 4


def sized(size: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (size, b"x" * size)


async def test_64_kib_are_enough_and_no_byte_more_is_taken() -> None:
    async with Host(sized(MAX_BYTES), sized(MAX_BYTES + 1)).running() as host:
        url = f"http://some.test:{host.port}/"

        assert await fetched(url) == Fetched(200, b"x" * MAX_BYTES)
        assert await fetched(url) == "too large"


async def test_what_comes_compressed_is_not_inflated() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx"
    async with Host(head).running() as host:
        assert "compressed" in str(await fetched(f"http://some.test:{host.port}/"))


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]
)
async def test_an_answer_that_is_no_http_is_a_failure(answer: bytes) -> None:
    async with Host(answer).running() as host:
        assert await fetched(f"http://some.test:{host.port}/") == "RemoteProtocolError"


async def test_a_host_that_never_answers_is_left() -> None:
    transport = PublicTransport(
        private_network=True, tls=httpx.create_ssl_context(), resolve=Names(["127.0.0.1"])
    )
    async with Host(silent=True).running() as host:
        with pytest.raises(FetchFailed, match="Timeout"):
            await Fetcher(transport, seconds=0.2).get(f"http://some.test:{host.port}/")


async def test_the_time_is_for_looking_up_the_name_as_well() -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    transport = PublicTransport(private_network=True, tls=httpx.create_ssl_context(), resolve=never)

    with pytest.raises(FetchFailed, match="TimeoutError"):
        await Fetcher(transport, seconds=0.01).get("http://some.test/")


async def test_what_is_sent_is_json_and_a_redirect_is_no_answer_to_follow() -> None:
    async with Host(OK, redirect("/y"), OK).running() as host:
        transport = PublicTransport(
            private_network=True, tls=httpx.create_ssl_context(), resolve=Names(["127.0.0.1"])
        )
        fetcher = Fetcher(transport)
        url = f"http://some.test:{host.port}/x"

        assert await fetcher.post(url, {"a": 1}) == Fetched(200, b"{}")
        assert (await fetcher.post(url, {})).status == 302
        await fetcher.close()

    assert host.asked[0].startswith("POST /x HTTP/1.1\r\n")
    assert "\r\nContent-Type: application/json\r\n" in host.asked[0]
    assert len(host.asked) == 2


async def test_a_connection_that_was_opened_for_one_name_is_used_for_no_other() -> None:
    """Else a host could answer for another at the same address, whose certificate nobody saw."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(OK)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    transport = PublicTransport(
        private_network=True, tls=httpx.create_ssl_context(), resolve=Names(["127.0.0.1"])
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        fetcher = Fetcher(transport)
        for name in ("one", "two", "one"):
            await fetcher.get(f"http://{name}.test:{port}/")
        await fetcher.close()

    assert connections == 3

"""Fetching small documents from hosts that nobody here has chosen."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache

import httpx

from xrpc_invites.identity.addresses import is_public
from xrpc_invites.identity.fetched import Fetched, FetchFailed

TIMEOUT = 3.0
"""Seconds for everything: names, connections, redirects and the last byte."""

MAX_BYTES = 64 * 1024
MAX_REDIRECTS = 3
MAX_TRIED = 3
"""Addresses of one host that are tried."""

CONNECTING = 1.0
"""Seconds in which an address must answer, so that the next one gets its turn."""

_HEADERS = {
    "Accept": "application/did+ld+json, application/json",
    # Whatever is not inflated cannot be a bomb.
    "Accept-Encoding": "identity",
}

_PORTS = {"http": 80, "https": 443}

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host."""


def to_directory(*, seconds: float = TIMEOUT) -> "Fetcher":
    """Asks a host that the operator has chosen: wherever that is, it may be."""
    return Fetcher(httpx.AsyncHTTPTransport(verify=_tls()), seconds=seconds)


def to_anyone(*, private_network: bool) -> "Fetcher":
    """Asks hosts at public addresses, or at any."""
    return Fetcher(PublicTransport(private_network=private_network, tls=_tls()))


@cache
def _tls() -> ssl.SSLContext:
    """Whom to trust: made once, since it reads a long list of authorities."""
    return httpx.create_ssl_context()


class Fetcher:
    """Requests with bounds on time, size and redirects."""

    def __init__(self, transport: httpx.AsyncBaseTransport, *, seconds: float = TIMEOUT) -> None:
        self._seconds = seconds
        # The environment's proxies would resolve names on their own.
        self._client = httpx.AsyncClient(transport=transport, timeout=seconds, trust_env=False)

    async def get(self, url: str) -> Fetched:
        """The answer, whatever its status.

        Raises:
            FetchFailed: No answer came, in time and within bounds.
        """
        return await self._bounded(self._get, url)

    async def post(self, url: str, body: Mapping[str, object]) -> Fetched:
        """The answer to JSON, whatever its status; a redirect is one. Raises like `get`."""

        async def send(address: httpx.URL) -> Fetched:
            async with self._client.stream("POST", address, json=body, headers=_HEADERS) as answer:
                return Fetched(answer.status_code, await _body(answer))

        return await self._bounded(send, url)

    async def _bounded(self, ask: Callable[[httpx.URL], Awaitable[Fetched]], url: str) -> Fetched:
        try:
            async with asyncio.timeout(self._seconds):
                return await ask(httpx.URL(url))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            # A ValueError is a host name that no name server can be asked for.
            raise FetchFailed(type(error).__name__) from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _get(self, url: httpx.URL) -> Fetched:
        for _ in range(1 + MAX_REDIRECTS):
            async with self._client.stream("GET", url, headers=_HEADERS) as answer:
                if answer.next_request is None:
                    return Fetched(answer.status_code, await _body(answer))
                target = answer.next_request.url
                if _origin(target) != _origin(url):
                    raise FetchFailed("redirect to another host")
                url = target
        raise FetchFailed("too many redirects")


class PublicTransport(httpx.AsyncBaseTransport):
    """Connects to public addresses alone.

    A name is resolved once, and what is connected to is an address that was looked at: a
    name server that answers otherwise the next time is not asked a next time.
    """

    def __init__(
        self, *, private_network: bool, tls: ssl.SSLContext, resolve: Resolve | None = None
    ) -> None:
        """`private_network` lets every address pass, for development."""
        self._private_network = private_network
        self._resolve = resolve or _addresses
        # Connections are kept by address, and one that was opened for another name must
        # not be used again.
        self._transport = httpx.AsyncHTTPTransport(
            verify=tls, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Connect to the first address that answers."""
        last: httpx.TransportError | None = None
        timeout = request.extensions.get("timeout", {})
        request.extensions = {
            **request.extensions,
            "timeout": {**timeout, "connect": CONNECTING},
        }
        for address in await self._allowed(request.url):
            try:
                return await self._transport.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                last = error
        raise last or FetchFailed("no public address")

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _allowed(self, url: httpx.URL) -> Sequence[str]:
        found = await self._resolve(_name(url), url.port or _PORTS[url.scheme])
        allowed = [one for one in found if self._private_network or is_public(one)]
        return allowed[:MAX_TRIED]


def _name(url: httpx.URL) -> str:
    """The host as name servers and certificates have it."""
    return url.raw_host.decode("ascii")


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    """The same request to an address; the host is asked for, and must prove itself, by name."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": _name(request.url)},
    )


async def _addresses(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def _body(answer: httpx.Response) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise FetchFailed("compressed, though nobody asked for that")
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchFailed("too large")
    return bytes(body)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port

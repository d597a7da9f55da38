"""Requests to addresses beside `/xrpc/`, as the rules for methods see them."""

from collections.abc import AsyncIterator, Callable

from starlette.requests import ClientDisconnect, Request

from xrpc_invites.web.addresses import Addresses
from xrpc_invites.xrpc import messages
from xrpc_invites.xrpc.errors import invalid_request


class Incoming:
    """Reads requests, and names each."""

    def __init__(self, addresses: Addresses, *, name: Callable[[], str]) -> None:
        """`name` draws the ids of requests."""
        self._addresses = addresses
        self._name = name

    def __call__(self, request: Request, nsid: str) -> messages.Request:
        """The request; `nsid` is what it asks for."""
        return messages.Request(
            http_method=request.method,
            nsid=nsid,
            query=request.scope["query_string"],
            headers=dict(request.headers),
            body=_chunks(request),
            address=self._addresses.of(request.scope),
            id=self._name(),
        )


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise invalid_request("The connection closed before the body was complete") from None

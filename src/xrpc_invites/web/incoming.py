"""Requests to addresses beside `/xrpc/`, as the rules for methods see them."""

from collections.abc import AsyncIterator
from secrets import token_hex

from starlette.requests import ClientDisconnect, Request

from xrpc_invites.web.addresses import Addresses
from xrpc_invites.xrpc import messages
from xrpc_invites.xrpc.errors import invalid_request


class Incoming:
    """Reads requests, and names each."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def __call__(self, request: Request, nsid: str) -> messages.Request:
        """The request; `nsid` is what it asks for."""
        return messages.Request(
            http_method=request.method,
            nsid=nsid,
            query=request.scope["query_string"],
            headers=dict(request.headers),
            body=_chunks(request),
            address=self._addresses.of(request.scope),
            id=token_hex(8),
        )


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise invalid_request("The connection closed before the body was complete") from None

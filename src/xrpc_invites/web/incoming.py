"""What comes over ASGI, as the rules for methods see it: bodies, and requests beside `/xrpc/`."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import Receive

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
            body=parts(request.receive),
            address=self._addresses.of(request.scope),
            id=self._name(),
        )


def parts(receive: Receive) -> messages.Parts:
    """The body of a request, part by part."""

    async def part() -> messages.Part:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise invalid_request("The connection closed before the body was complete")
        return messages.Part(message.get("body", b""), message.get("more_body", False))

    return part

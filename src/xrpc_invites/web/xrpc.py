"""XRPC over ASGI: requests in, answers out, and the headers that every answer has."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import cast

from starlette.types import Message, Receive, Scope, Send

from xrpc_invites.web.addresses import Addresses
from xrpc_invites.web.incoming import parts
from xrpc_invites.web.wire import RawHeaders, line, raw, written
from xrpc_invites.xrpc.messages import Answer, Request
from xrpc_invites.xrpc.pipeline import Pipeline

_CORS = (
    b"access-control-allow-origin: *\r\n"
    b"access-control-expose-headers: RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
    b"RateLimit-Policy, Retry-After, X-Request-Id\r\n"
)
_PREFLIGHT: RawHeaders = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-max-age", b"86400"),
    (b"vary", b"Access-Control-Request-Headers"),
]


class XrpcEndpoint:
    """Everything below `/xrpc/`, as an ASGI application."""

    def __init__(
        self, pipeline: Pipeline, addresses: Addresses, *, name: Callable[[], str], version: str
    ) -> None:
        """`name` draws the ids of requests."""
        self._pipeline = pipeline
        self._name = name
        self._addresses = addresses
        self._health = Answer(
            200, b'{"version":"%s"}' % version.encode(), {"Content-Type": "application/json"}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await _send(send, 204, _PREFLIGHT + _allow_headers(scope), b"")
            return
        # Named before anything can fail, so that a report of a fault can be found.
        request_id = self._name()
        path = cast("str", scope["path"]).removeprefix("/xrpc/")
        if path == "_health" and scope["method"] in {"GET", "HEAD"}:
            answer = self._health
        else:
            answer = await self._pipeline.answer(self._request(scope, receive, path, request_id))
        body = b"" if scope["method"] == "HEAD" else answer.body
        lines = b"%bcontent-length: %d\r\nx-request-id: %b\r\n%b" % (
            _CORS,
            len(answer.body),
            request_id.encode(),
            b"".join([_line(name, value) for name, value in answer.headers.items()]),
        )
        if not written(send, answer.status, lines, body):
            await _send(send, answer.status, raw(lines), body)

    def _request(self, scope: Scope, receive: Receive, path: str, request_id: str) -> Request:
        return Request(
            http_method=scope["method"],
            nsid=path,
            query=scope["query_string"],
            headers={
                name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
            },
            body=parts(receive),
            address=self._addresses.of(scope),
            id=request_id,
        )


def _allow_headers(scope: Scope) -> RawHeaders:
    # A wildcard would not cover Authorization, so what is asked for is allowed by name.
    asked: Iterable[bytes] = (
        value for name, value in scope["headers"] if name == b"access-control-request-headers"
    )
    return [(b"access-control-allow-headers", value) for value in asked]


_line = lru_cache(maxsize=512)(line)


async def _send(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})

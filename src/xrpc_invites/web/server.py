"""The FastAPI application: XRPC first, then the few pages beside it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from xrpc_invites.web.xrpc import XrpcEndpoint

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Document = Callable[[str], Awaitable[dict[str, Any] | None]]
DidOf = Callable[[str], Awaitable[str | None]]

PAGE = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
"""Headers of every page: addresses may hold codes, and tell them to nobody."""

_OPEN = {"Access-Control-Allow-Origin": "*"}
_ROBOTS = "User-agent: *\nAllow: /xrpc/com.atproto.server.describeServer\nDisallow: /\n"
_HOME = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>xrpc-invites</title>
<h1>xrpc-invites</h1>
<p>This is an XRPC server that issues and redeems invite codes for an AT Protocol server.</p>
<p>Programs call its methods under <code>/xrpc/</code>; begin with
<a href="/xrpc/com.atproto.server.describeServer">describeServer</a>, or read
<a href="/docs">what there is</a>.</p>
</html>
"""


class _Application(FastAPI):
    """An application whose XRPC requests reach their endpoint at once.

    They need none of what FastAPI does around a route, which costs more than the pipeline.
    """

    def __init__(self, xrpc: XrpcEndpoint, lifespan: Lifespan) -> None:
        super().__init__(title="xrpc-invites", openapi_url=None, docs_url=None, lifespan=lifespan)
        self._xrpc = xrpc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/xrpc/"):
            await self._xrpc(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def build(xrpc: XrpcEndpoint, *, document: Document, did_of: DidOf, lifespan: Lifespan) -> FastAPI:
    """Put the application together; `document` and `did_of` answer for a host name."""
    app = _Application(xrpc, lifespan)

    @app.get("/.well-known/did.json")
    async def did_document(request: Request) -> Response:
        found = await document(_host(request))
        if found is None:
            return _nothing("no account here has this host as its handle")
        return JSONResponse(found, headers=_OPEN)

    @app.get("/.well-known/atproto-did")
    async def atproto_did(request: Request) -> Response:
        did = await did_of(_host(request))
        if did is None:
            return _nothing("no account here has this host as its handle")
        return PlainTextResponse(did, headers=_OPEN)

    @app.get("/robots.txt")
    async def robots() -> Response:
        return PlainTextResponse(_ROBOTS)

    @app.get("/")
    async def home() -> Response:
        return HTMLResponse(_HOME, headers=PAGE)

    @app.exception_handler(404)
    async def not_found(_request: Request, _error: Exception) -> Response:
        return _nothing("there is nothing at this address; methods are under /xrpc/")

    return app


def _nothing(message: str) -> Response:
    return JSONResponse({"error": "NotFound", "message": message}, 404, headers=_OPEN)


def _host(request: Request) -> str:
    """The host that was asked, without its port."""
    return (request.url.hostname or "").lower()

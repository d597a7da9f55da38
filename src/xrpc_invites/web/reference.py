"""Pages for developers: the OpenAPI description, a page to read it, and the Lexicons themselves."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from xrpc_invites.web.server import PAGE

Json = Mapping[str, Any]

_OPEN = {"Access-Control-Allow-Origin": "*"}


def add_pages(app: FastAPI, *, openapi: Json, lexicons: Mapping[str, Json]) -> None:
    """Serve what a developer wants to read."""
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title="xrpc-invites",
        swagger_js_url="docs/assets/swagger-ui-bundle.js",
        swagger_css_url="docs/assets/swagger-ui.css",
        swagger_favicon_url="docs/assets/favicon-32x32.png",
    )
    # From a package, since a page that loads scripts of another host trusts it with passwords.
    assets = StaticFiles(packages=[("fastapi_swagger", "resources")])
    app.mount("/docs/assets", assets)

    @app.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(page.body, headers=PAGE)

    @app.get("/openapi.json")
    async def description() -> Response:
        return JSONResponse(openapi, headers=_OPEN)

    @app.get("/lexicons")
    async def index() -> Response:
        listed = [{"id": nsid, "url": f"/lexicons/{nsid}.json"} for nsid in sorted(lexicons)]
        return JSONResponse({"lexicons": listed}, headers=_OPEN)

    @app.get("/lexicons/{nsid}.json")
    async def lexicon(nsid: str) -> Response:
        if nsid not in lexicons:
            nothing = {"error": "NotFound", "message": "there is no such Lexicon: see /lexicons"}
            return JSONResponse(nothing, 404, headers=_OPEN)
        return JSONResponse(lexicons[nsid], headers=_OPEN)

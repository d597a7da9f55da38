"""The addresses of the pages, added to the server's application."""

from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import FastAPI, Request
from fastapi.responses import Response

from xrpc_invites.console.invitees import Invitees, Shown
from xrpc_invites.console.pages import Pages
from xrpc_invites.xrpc import messages
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.limits import Rule
from xrpc_invites.xrpc.method import Call
from xrpc_invites.xrpc.reception import Endpoint, Reception
from xrpc_invites.xrpc.roles import Public

Incoming = Callable[[Request, str], messages.Request]
"""A request as the rules see it; the text is what is asked for."""

INVITATION = Endpoint(nsid="page.invitation", needs=Public(), guesses=Rule.FAILED_CODES)
OPT_OUT = Endpoint(nsid="page.opt_out", needs=Public(), guesses=Rule.FAILED_CODES)

_READ = ["GET", "HEAD"]

Handler = Callable[[messages.Request, Call], Awaitable[Shown]]


class _Front:
    """Receives requests, and answers pages."""

    def __init__(self, reception: Reception, incoming: Incoming, pages: Pages) -> None:
        self._reception = reception
        self._incoming = incoming
        self._pages = pages

    async def answer(self, endpoint: Endpoint, request: Request, handle: Handler) -> Response:
        came = self._incoming(request, endpoint.nsid)
        received = await self._reception.receive(endpoint, came, partial(handle, came))
        shown = received.outcome
        if isinstance(shown, XrpcError):
            shown = Shown("trouble", shown.status)
        language = request.headers.get("accept-language", "")
        page = self._pages.page(shown.page, language, shown.status, **shown.values)
        page.headers.update({**received.headers, "X-Request-Id": came.id})
        return page


def add_pages(
    app: FastAPI, reception: Reception, incoming: Incoming, *, invitees: Invitees, pages: Pages
) -> None:
    """Serve the pages of invitees."""
    front = _Front(reception, incoming, pages)

    # Codes from elsewhere may have slashes.
    @app.api_route("/i/{code:path}", methods=_READ)
    async def invitation(code: str, request: Request) -> Response:
        return await front.answer(
            INVITATION, request, lambda _, call: invitees.invitation(code, call)
        )

    @app.api_route("/opt-out/{token}", methods=_READ)
    async def ask(token: str, request: Request) -> Response:
        return await front.answer(OPT_OUT, request, lambda _, call: invitees.ask(token, call))

    @app.post("/opt-out/{token}")
    async def opt_out(token: str, request: Request) -> Response:
        return await front.answer(
            OPT_OUT, request, lambda came, call: invitees.opt_out(token, came, call)
        )

"""The addresses below `/api/v2`, as a FastAPI application of their own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from types import MappingProxyType

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from xrpc_invites.v2.creation import Creation
from xrpc_invites.v2.credentials import V2Credentials
from xrpc_invites.v2.lookup import Lookup
from xrpc_invites.v2.problems import Problem, problem
from xrpc_invites.v2.views import InviteCode, User
from xrpc_invites.xrpc import messages
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.fields import checked, read_fields
from xrpc_invites.xrpc.limits import Rule
from xrpc_invites.xrpc.method import BODY_LIMIT, Call
from xrpc_invites.xrpc.reception import Endpoint, Received, Reception
from xrpc_invites.xrpc.roles import Operator, Public, Role

Incoming = Callable[[Request, str], messages.Request]
"""A request as the rules see it; the text is what is asked for."""

MAX_CODE = 1_024
"""Characters of a code, as for methods."""

LOOKUP = Endpoint(nsid="api.v2.invite_code", needs=Public(), guesses=Rule.FAILED_CODES)
FULL_LOOKUP = replace(LOOKUP, needs=Operator(Role.VIEWER))
CREATION = Endpoint(nsid="api.v2.account.create", needs=Operator(Role.ISSUER))

_HEADERS: Mapping[str, str] = MappingProxyType(
    {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
)
_EXPOSED = [
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
]
_NOTHING = "There is nothing at this address. Paths end in a slash."

Answer = InviteCode | User | Problem


def build(
    reception: Reception, incoming: Incoming, *, lookup: Lookup, creation: Creation
) -> FastAPI:
    """Put the application together, to be mounted."""
    # An address without its slash is not redirected: behind a proxy the target would be
    # plain HTTP, with a password in the request that follows.
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["*"],
        expose_headers=_EXPOSED,
        max_age=86_400,
    )
    known = replace(reception, credentials=V2Credentials(reception.credentials))

    async def receive(
        endpoint: Endpoint,
        request: Request,
        handle: Callable[[messages.Request, Call], Awaitable[Answer]],
    ) -> Response:
        came = incoming(request, endpoint.nsid)
        received = await known.receive(endpoint, came, partial(handle, came))
        return _response(received, came.id, made=endpoint is CREATION)

    # Codes from elsewhere may have slashes.
    @app.api_route("/invite_code/{code:path}/", methods=["GET", "HEAD"])
    async def invite_code(code: str, request: Request) -> Response:
        async def look(_came: messages.Request, call: Call) -> Answer:
            return await lookup.answer(checked(code, of="The code", longest=MAX_CODE), call)

        # Wrong credentials are never taken for none.
        return await receive(
            FULL_LOOKUP if request.headers.get("authorization") else LOOKUP, request, look
        )

    @app.post("/account/create/")
    async def create(request: Request) -> Response:
        async def make(came: messages.Request, call: Call) -> Answer:
            return await creation.answer(await read_fields(came, BODY_LIMIT), call)

        return await receive(CREATION, request, make)

    @app.exception_handler(HTTPException)
    async def nothing(_request: Request, error: HTTPException) -> Response:
        wrong = error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        message = "This address is not asked so." if wrong else _NOTHING
        return _errors(problem(error.status_code, message, error.headers), {})

    return app


def _response(received: Received[Answer], request_id: str, *, made: bool) -> Response:
    headers = {**received.headers, "X-Request-Id": request_id}
    outcome = received.outcome
    if isinstance(outcome, XrpcError):
        return _errors(problem(outcome.status, outcome.message), headers)
    if isinstance(outcome, Problem):
        return _errors(outcome, headers)
    status = HTTPStatus.CREATED if made else HTTPStatus.OK
    return JSONResponse(outcome.model_dump(mode="json"), status, {**_HEADERS, **headers})


def _errors(wrong: Problem, headers: Mapping[str, str]) -> Response:
    return JSONResponse(
        {"errors": wrong.errors}, wrong.status, {**_HEADERS, **wrong.headers, **headers}
    )

"""A site in closed beta: who has an invite code may sign up, and members alone see the inside."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from secrets import token_hex, token_urlsafe
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Cookie, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from xrpc_invites.client import InvalidInviteCode, InvalidRequest, InvitesClient, InvitesError

_NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
_LONGEST_FORM = 4_096
_JOIN = """
<h1>A closed beta</h1>
<p role="alert">{said}</p>
<form method="post" action="/join">
  <label>Invite code <input name="code" required autocomplete="off"></label>
  <label>Name <input name="name" required></label>
  <label>E-mail <input name="email" type="email" required></label>
  <button>Join</button>
</form>
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signed up here."""

    name: str
    did: str


@dataclass
class Site:
    """What a real site has in a database."""

    invites: InvitesClient
    accounts: dict[str, Account] = field(default_factory=dict)
    sessions: dict[str, Account] = field(default_factory=dict)

    def create(self, name: str) -> Account:
        """Make an account.

        Raises:
            NameTaken: Somebody has the name.
        """
        if name in self.accounts:
            raise NameTaken
        # Names may be given up and taken again; a DID is one person's for ever.
        self.accounts[name] = Account(name, f"did:web:{token_hex(8)}.members.example.org")
        return self.accounts[name]

    def sign_in(self, account: Account) -> str:
        """A session's secret, for a cookie."""
        secret = token_urlsafe()
        self.sessions[secret] = account
        return secret


class NameTaken(Exception):
    """Somebody has the name."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One client for the whole life of the site, so that connections are used again."""
    server, token = os.environ["INVITES_SERVER"], os.environ["INVITES_TOKEN"]
    async with InvitesClient(server, token) as invites:
        app.state.site = Site(invites)
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)
Session = Annotated[str | None, Cookie()]


@app.get("/")
async def home() -> Response:
    """Ask for a code and a name."""
    return _page(_JOIN.format(said=""))


@app.post("/join")
async def join(request: Request) -> Response:
    """Spend one use of the code if, and only if, the account is made."""
    site: Site = request.app.state.site
    form = await _form(request)
    if not _NAME.fullmatch(form.get("name", "")):
        return _again("A name is 2 to 31 small letters, digits and hyphens.")
    try:
        async with site.invites.redeeming(form.get("code", ""), email=form.get("email")) as seat:
            account = site.create(form["name"])
            seat.complete(account.did)
    except NameTaken:
        return _again("Somebody has this name. Your code is unspent: choose another.")
    except (InvalidInviteCode, InvalidRequest):
        return _again("This code cannot be used with this address.")
    except InvitesError:
        return _again("Codes cannot be checked now. Come again in a minute.", status=503)
    answer = RedirectResponse("/members", status_code=303)
    _remember(answer, site.sign_in(account), secure=request.url.scheme == "https")
    return answer


@app.get("/members")
async def members(request: Request, session: Session = None) -> Response:
    """The inside: for those whose grant is in force at this very moment."""
    site: Site = request.app.state.site
    account = site.sessions.get(session or "")
    if account is None:
        return RedirectResponse("/", status_code=303)
    try:
        grants = await site.invites.check_access([account.did])
    except InvitesError:
        return _page("<h1>Come again in a minute</h1>", status=503)
    if not grants:
        return _page("<h1>You have no access any more</h1>", status=403)
    tags = ", ".join(sorted({tag for grant in grants for tag in grant.tags}))
    return _page(f"<h1>Welcome, {escape(account.name)}</h1><p>{escape(tags)}</p>")


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, of which the last of each name counts."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            raise HTTPException(413)
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _remember(answer: Response, session: str, *, secure: bool) -> None:
    answer.set_cookie("session", session, secure=secure, httponly=True, samesite="lax")


def _again(said: str, *, status: int = 400) -> Response:
    return _page(_JOIN.format(said=escape(said)), status=status)


def _page(body: str, *, status: int = 200) -> Response:
    headers = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    page = f'<!doctype html>\n<html lang="en">\n<title>A closed beta</title>\n{body}\n</html>\n'
    return HTMLResponse(page, status, headers=headers)

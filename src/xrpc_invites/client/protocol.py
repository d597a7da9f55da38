"""The methods of redemption as flows, without I/O: both clients are thin shells around them."""

import json
from collections.abc import Iterable
from secrets import token_urlsafe
from typing import TypedDict
from urllib.parse import urlencode

import httpx

from xrpc_invites import __version__
from xrpc_invites.client import answers
from xrpc_invites.client.address import origin_of
from xrpc_invites.client.answers import Grant, Json, Preview, Redemption, read
from xrpc_invites.client.calls import Dice, Flow, asked, result
from xrpc_invites.client.kept import Kept, Tagged
from xrpc_invites.client.patience import Patience

KEPT_ANSWERS = 1_000
"""Sets of DIDs whose grants are kept."""
_UNCHANGED = 304


class Joining(TypedDict, total=False):
    """What may be said about somebody who is just joining."""

    email: str | None
    """Some codes ask for an address of certain domains."""
    handle: str | None
    did: str | None
    """Where it is known before the account is made."""
    lease_seconds: int | None
    """How long the use is held at most; 15 minutes unless it is said."""


class Protocol:
    """What is asked of one server, and how its answers are read."""

    def __init__(self, server: str, token: str, *, patience: Patience, dice: Dice) -> None:
        """Know the server.

        Raises:
            ValueError: The address is none to which a token may be sent, or the token is none.
        """
        self.origin = origin_of(server)
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            # What it is must not be said, and an HTTP library would say it.
            raise ValueError("the token must be one word, as it was shown when it was made")
        # A mapping of this kind shows no credentials when it is printed.
        self._credentials = httpx.Headers({"Authorization": f"Bearer {token}"})
        self._patience = patience
        self._dice = dice
        self._grants: Kept[tuple[str, ...], tuple[Grant, ...]] = Kept(KEPT_ANSWERS)

    def reserve(
        self, code: str, joining: Joining, *, idempotency_key: str | None
    ) -> Flow[Redemption]:
        """Hold one use of a code."""
        body = {
            "code": code,
            # Its own for each call, so that repeating the call is safe.
            "idempotencyKey": idempotency_key or token_urlsafe(24),
            "email": joining.get("email"),
            "handle": joining.get("handle"),
            "did": joining.get("did"),
            "leaseSeconds": joining.get("lease_seconds"),
        }
        return read(answers.redemption, (yield from self._procedure("reserveCode", body)))

    def complete(self, redemption_id: str, did: str) -> Flow[Grant]:
        """Spend the use that is held."""
        body = {"id": redemption_id, "usedBy": did}
        return read(answers.grant, (yield from self._procedure("completeRedemption", body)))

    def release(self, redemption_id: str) -> Flow[Redemption]:
        """Give the use back."""
        body = {"id": redemption_id}
        return read(answers.redemption, (yield from self._procedure("releaseRedemption", body)))

    def redeem(self, code: str, *, did: str | None, email: str | None) -> Flow[Grant]:
        """Spend one use at once."""
        body = {"code": code, "did": did, "email": email}
        return read(answers.grant, (yield from self._procedure("redeemCode", body)))

    def check_access(self, dids: Iterable[str]) -> Flow[tuple[Grant, ...]]:
        """The grants in force of these DIDs; what was told before is asked for by its tag."""
        key = tuple(sorted(set(dids)))
        if not key:
            return ()
        kept = self._grants.get(key)
        headers = httpx.Headers(self._credentials)
        if kept is not None:
            headers["If-None-Match"] = kept.tag
        answer = yield from self._query("checkAccess", [("dids", did) for did in key], headers)
        if kept is not None and answer.status_code == _UNCHANGED:
            return kept.value
        found = read(answers.grants, result(answer))
        if tag := answer.headers.get("etag"):
            self._grants.keep(key, Tagged(tag, found))
        return found

    def preview(self, code: str) -> Flow[Preview]:
        """Whether a code can be used; the token is not needed, and not sent."""
        answer = yield from self._query("previewCode", [("code", code)], httpx.Headers())
        return read(answers.preview, result(answer))

    def _procedure(self, name: str, body: Json) -> Flow[Json]:
        given = {key: value for key, value in body.items() if value is not None}
        headers = httpx.Headers({**self._credentials, "Content-Type": "application/json"})
        request = self._request("POST", name, headers, content=json.dumps(given).encode())
        return result((yield from asked(request, self._patience, self._dice)))

    def _query(
        self, name: str, pairs: list[tuple[str, str]], headers: httpx.Headers
    ) -> Flow[httpx.Response]:
        # What UTF-8 does not have is in no code and in no DID.
        path = f"{name}?{urlencode(pairs, errors='replace')}"
        request = self._request("GET", path, headers)
        return (yield from asked(request, self._patience, self._dice))

    def _request(
        self, http_method: str, path: str, headers: httpx.Headers, content: bytes | None = None
    ) -> httpx.Request:
        headers["User-Agent"] = f"xrpc-invites/{__version__}"
        return httpx.Request(
            http_method,
            f"{self.origin}/xrpc/org.xrpcinvites.{path}",
            headers=headers,
            content=content,
            extensions={"timeout": httpx.Timeout(self._patience.timeout).as_dict()},
        )

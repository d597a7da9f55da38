"""From an Authorization header to a caller, or to the error that the reference has for it."""

import binascii
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Protocol, assert_never

from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.roles import (
    ANONYMOUS,
    Caller,
    Needs,
    OfAccount,
    OfSession,
    Operator,
    Public,
    Role,
    SignUp,
)


class Refresh(Protocol):
    """What a refresh token says."""

    @property
    def did(self) -> str: ...

    @property
    def jti(self) -> str: ...


class Sessions(Protocol):
    """Verifies the tokens of account sessions."""

    def verify_access(self, token: str, /, *, now: datetime) -> str:
        """The DID that the token speaks for.

        Raises:
            XrpcError: InvalidToken or ExpiredToken.
        """
        ...

    def verify_refresh(self, token: str, /, *, now: datetime, expired_ok: bool) -> Refresh:
        """The session that the token continues. Raises like `verify_access`."""
        ...


class Operators(Protocol):
    """Knows operators by their tokens."""

    def issued(self, token: str, /) -> bool:
        """Whether a token looks like one of an operator; it may be a wrong one."""
        ...

    async def verify(self, token: str, /) -> Caller:
        """Who holds the token.

        Raises:
            XrpcError: AuthenticationRequired.
        """
        ...


class Credentials:
    """Everything that a header can be checked against."""

    def __init__(
        self,
        *,
        admin_password: str | None,
        sessions: Sessions,
        operators: Operators,
        refuse_service: Callable[[str], XrpcError],
        now: Callable[[], datetime],
    ) -> None:
        """`admin_password` is None where nobody may come in by a password."""
        right = None if admin_password is None else f"admin:{admin_password}"
        self._admin = None if right is None else _digest(right.encode())
        self._sessions = sessions
        self._operators = operators
        self._refuse_service = refuse_service
        self._now = now

    async def caller(self, needs: Needs, authorization: str | None) -> Caller:
        """Who is calling.

        Raises:
            XrpcError: The method needs other credentials.
        """
        scheme, _, rest = (authorization or "").strip().partition(" ")
        scheme, token = scheme.lower(), rest.strip()
        match needs:
            case Public():
                return ANONYMOUS
            case SignUp():
                return self._sign_up(scheme, token)
            case OfAccount():
                did = self._sessions.verify_access(_bearer(scheme, token), now=self._now())
                return Caller(did=did)
            case OfSession(expired_ok):
                refresh = self._sessions.verify_refresh(
                    _bearer(scheme, token), now=self._now(), expired_ok=expired_ok
                )
                return Caller(did=refresh.did, jti=refresh.jti)
            case Operator():
                return await self._operator(needs, scheme, token)
            case unreachable:
                assert_never(unreachable)

    def _sign_up(self, scheme: str, token: str) -> Caller:
        match scheme:
            case "":
                return ANONYMOUS
            case "bearer":
                raise self._refuse_service(token)
            case _:
                raise XrpcError("AuthenticationRequired", "Invalid authorization header")

    async def _operator(self, needs: Operator, scheme: str, token: str) -> Caller:
        if scheme == "basic" and self._is_admin(token):
            return Caller(role=Role.OWNER, name="admin", credentials="password")
        if scheme == "bearer" and self._operators.issued(token):
            return _allowed(await self._operators.verify(token), needs.role)
        if scheme == "bearer" and needs.moderation:
            raise XrpcError("UntrustedIss", "Untrusted issuer")
        ways = "an operator's token, as Bearer"
        if self._admin is not None:
            ways += ", or the user 'admin' with the admin password, as Basic"
        raise XrpcError("AuthenticationRequired", f"Authentication required: {ways}")

    def _is_admin(self, token: str) -> bool:
        digest = _digest(_decoded(token))
        return self._admin is not None and compare_digest(digest, self._admin)


def _allowed(caller: Caller, needed: Role) -> Caller:
    if caller.role is None or not caller.role.covers(needed):
        raise XrpcError("Forbidden", f"This token's role does not allow this: {needed} is needed")
    return caller


def _bearer(scheme: str, token: str) -> str:
    if not scheme:
        raise XrpcError("AuthMissing", "Authorization header is missing: send a Bearer token")
    if scheme != "bearer":
        raise XrpcError("InvalidToken", "Unexpected authorization type: send a Bearer token")
    if not token:
        raise XrpcError("InvalidToken", "Malformed authorization header: the token is empty")
    return token


def _decoded(token: str) -> bytes:
    try:
        return b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _digest(secret: bytes) -> bytes:
    # Digests have one length, so that comparing them tells nothing of the secret's.
    return sha256(secret).digest()

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
    AccountOrOperator,
    Caller,
    Needs,
    OfAccount,
    OfSession,
    Operator,
    Proof,
    Public,
    Role,
    SelfOrOperator,
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


class Speakers(Protocol):
    """Knows DIDs by the tokens that they sign: service auth."""

    def moderates(self, token: str, /) -> bool:
        """Whether a token says that it is of the moderation service, true or not."""
        ...

    async def verify(self, token: str, /, *, nsid: str) -> Proof:
        """Who signed the token for a call of this method.

        Raises:
            XrpcError: The first thing that is wrong with it.
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
        speakers: Speakers,
        now: Callable[[], datetime],
    ) -> None:
        """`admin_password` is None where nobody may come in by a password."""
        right = None if admin_password is None else f"admin:{admin_password}"
        self._admin = None if right is None else _digest(right.encode())
        self._sessions = sessions
        self._operators = operators
        self._speakers = speakers
        self._now = now

    async def caller(self, needs: Needs, authorization: str | None, *, nsid: str) -> Caller:
        """Who is calling the method of this NSID.

        Raises:
            XrpcError: The method needs other credentials.
        """
        scheme, _, rest = (authorization or "").strip().partition(" ")
        scheme, token = scheme.lower(), rest.strip()
        match needs:
            case Public():
                return ANONYMOUS
            case SignUp():
                return await self._sign_up(scheme, token, nsid)
            case OfAccount() | OfSession():
                return self._account(needs, _bearer(scheme, token))
            case Operator():
                return await self._operator(needs, scheme, token, nsid)
            case SelfOrOperator() | AccountOrOperator():
                return await self._or_operator(needs, scheme, token, nsid)
            case unreachable:
                assert_never(unreachable)

    async def _sign_up(self, scheme: str, token: str, nsid: str) -> Caller:
        match scheme:
            case "":
                return ANONYMOUS
            case "bearer":
                proof = await self._speakers.verify(token, nsid=nsid)
                return ANONYMOUS if proof.of_service else _speaking(proof)
            case _:
                raise XrpcError("AuthenticationRequired", "Invalid authorization header")

    def _account(self, needs: OfAccount | OfSession, token: str) -> Caller:
        if isinstance(needs, OfAccount):
            return Caller(did=self._sessions.verify_access(token, now=self._now()))
        refresh = self._sessions.verify_refresh(token, now=self._now(), expired_ok=needs.expired_ok)
        return Caller(did=refresh.did, jti=refresh.jti)

    async def _or_operator(
        self, needs: SelfOrOperator | AccountOrOperator, scheme: str, token: str, nsid: str
    ) -> Caller:
        if scheme != "bearer" or self._operators.issued(token):
            return await self._operator(Operator(needs.role), scheme, token, nsid)
        if isinstance(needs, AccountOrOperator):
            return self._account(OfAccount(), token)
        proof = await self._speakers.verify(token, nsid=nsid)
        if proof.of_service:
            raise XrpcError("Forbidden", "A service of a DID does not speak for the DID itself")
        return _speaking(proof)

    async def _operator(self, needs: Operator, scheme: str, token: str, nsid: str) -> Caller:
        if scheme == "basic" and self._is_admin(token):
            return _ADMIN
        if scheme == "bearer" and self._operators.issued(token):
            return _allowed(await self._operators.verify(token), needs.role)
        if scheme == "bearer" and needs.moderation:
            return _allowed(await self._moderator(token, nsid), needs.role)
        ways = "an operator's token, as Bearer"
        if self._admin is not None:
            ways += ", or the user 'admin' with the admin password, as Basic"
        raise XrpcError("AuthenticationRequired", f"Authentication required: {ways}")

    async def _moderator(self, token: str, nsid: str) -> Caller:
        # First of all, by what nobody has verified: the reference has it so.
        if not self._speakers.moderates(token):
            raise XrpcError("UntrustedIss", "Untrusted issuer")
        return _speaking(await self._speakers.verify(token, nsid=nsid), role=Role.MODERATOR)

    def _is_admin(self, token: str) -> bool:
        digest = _digest(_decoded(token))
        return self._admin is not None and compare_digest(digest, self._admin)


_ADMIN = Caller(role=Role.OWNER, name="admin", credentials="password")


def _speaking(proof: Proof, role: Role | None = None) -> Caller:
    did = proof.did
    return Caller(role=role, name=did, credentials="service-auth", did=did, proof=proof)


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

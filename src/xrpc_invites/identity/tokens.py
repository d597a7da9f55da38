"""The two tokens of a session: signed here, and verified here alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from xrpc_invites.accounts.model import ACCESS_LIFE, Session
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.views import is_did

MAX_TOKEN = 8_192
"""Characters of a token that are looked at."""

_ACCESS, _REFRESH = "at+jwt", "refresh+jwt"
_SCOPES = {_ACCESS: "com.atproto.access", _REFRESH: "com.atproto.refresh"}
_RESTRICTED = "com.atproto.takendown"
_ALGORITHMS = ["HS256"]


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """The session that a refresh token continues."""

    did: str
    jti: str = field(repr=False)


class SessionTokens:
    """Signs and verifies. See `accounts.ports.Tokens` and `xrpc.credentials.Sessions`."""

    def __init__(self, secret: bytes, audience: str) -> None:
        """`audience` is the service's DID: tokens of other services mean nothing here."""
        self._key = OctKey.import_key(secret)
        self._audience = audience

    def access(self, did: str, /, *, now: datetime, restricted: bool = False) -> str:
        scope = _RESTRICTED if restricted else _SCOPES[_ACCESS]
        return self._signed(_ACCESS, did, now, now + ACCESS_LIFE, scope=scope)

    def refresh(self, session: Session, /, *, now: datetime) -> str:
        scope, jti = _SCOPES[_REFRESH], session.jti
        return self._signed(_REFRESH, session.did, now, session.expires_at, scope=scope, jti=jti)

    def verify_access(self, token: str, /, *, now: datetime) -> str:
        """The DID that an access token speaks for.

        Raises:
            XrpcError: InvalidToken or ExpiredToken.
        """
        return str(self._claims(token, _ACCESS, now=now)["sub"])

    def verify_refresh(
        self, token: str, /, *, now: datetime, expired_ok: bool = False
    ) -> RefreshClaims:
        """The session that a refresh token continues.

        Raises:
            XrpcError: InvalidToken or ExpiredToken.
        """
        claims = self._claims(token, _REFRESH, now=None if expired_ok else now)
        jti = claims.get("jti")
        if not isinstance(jti, str) or not jti:
            raise _invalid("Malformed token")
        return RefreshClaims(str(claims["sub"]), jti)

    def _signed(self, kind: str, did: str, now: datetime, until: datetime, **claims: str) -> str:
        times = {"iat": int(now.timestamp()), "exp": int(until.timestamp())}
        header = {"typ": kind, "alg": _ALGORITHMS[0]}
        payload = {"aud": self._audience, "sub": did, **times, **claims}
        return jwt.encode(header, payload, self._key, algorithms=_ALGORITHMS)

    def _claims(self, token: str, kind: str, *, now: datetime | None) -> Mapping[str, Any]:
        """The claims of a token of this kind; its end does not matter where `now` is None."""
        if len(token) > MAX_TOKEN:
            raise _invalid("Token could not be verified")
        try:
            decoded = jwt.decode(token, self._key, algorithms=_ALGORITHMS)
        except (JoseError, ValueError, TypeError, RecursionError):
            raise _invalid("Token could not be verified") from None
        claims = decoded.claims
        if decoded.header.get("typ") != kind or claims.get("aud") != self._audience:
            raise _invalid("Token could not be verified")
        _check_claims(claims, kind, now)
        return claims


def _check_claims(claims: Mapping[str, Any], kind: str, now: datetime | None) -> None:
    until = claims.get("exp")
    if isinstance(until, bool) or not isinstance(until, int | float):
        raise _invalid("Malformed token")
    # Asked for what must hold, so that a NaN has ended.
    alive = now is None or until > now.timestamp()
    if not alive:
        raise XrpcError("ExpiredToken", "Token has expired")
    if claims.get("scope") != _SCOPES[kind]:
        raise _invalid("Bad token scope")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not is_did(subject):
        raise _invalid("Malformed token")


def _invalid(message: str) -> XrpcError:
    return XrpcError("InvalidToken", message)

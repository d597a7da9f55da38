"""Service auth: what a token says, and whether it may say so here. Its signature aside."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.views import is_did

MAX_TOKEN = 8_192
"""Characters of a token that are looked at."""

SKEW = timedelta(seconds=5)
"""How far the clocks of others may be behind."""

MAX_LIFE = timedelta(hours=1)

_SESSIONS = ["at+jwt", "refresh+jwt", "dpop+jwt"]
_PART = re.compile(r"[A-Za-z0-9_-]*")
_FRAGMENT = re.compile(r"[A-Za-z0-9._~:-]{1,256}")
_LAST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Statement:
    """What a token says; nobody has yet shown that its issuer said it."""

    algorithm: str
    issuer: str
    """A DID, or one and the fragment of a service of it."""
    audience: str
    method: object
    issued: object
    until: float
    jti: str = field(repr=False)
    content: bytes = field(repr=False)
    """What is signed."""
    signature: bytes = field(repr=False)

    @property
    def did(self) -> str:
        """The issuer without a fragment."""
        return self.issuer.partition("#")[0]

    @property
    def service(self) -> str:
        """The fragment; empty where the DID speaks for itself."""
        return self.issuer.partition("#")[2]

    @property
    def ends_at(self) -> datetime:
        """The last moment at which the token is accepted."""
        return datetime.fromtimestamp(min(self.until, _LAST), UTC) + SKEW


def read(token: str) -> Statement:
    """What a token says.

    Raises:
        XrpcError: BadJwt, or BadJwtType for the token of a session.
    """
    parts = token.split(".") if len(token) <= MAX_TOKEN else []
    decoded = [_decoded(part) for part in parts]
    match decoded:
        case [bytes(head), bytes(body), bytes(signature)]:
            header, claims = _object(head), _object(body)
        case _:
            raise _bad("poorly formatted jwt")
    # Before the claims, since the tokens of sessions have others.
    if header.get("typ") in _SESSIONS:
        raise XrpcError("BadJwtType", "a session's token is no service auth")
    algorithm, issuer, audience = header.get("alg"), claims.get("iss"), claims.get("aud")
    if not isinstance(algorithm, str):
        raise _bad("alg must be a string")
    if not isinstance(issuer, str) or not isinstance(audience, str):
        raise _bad("iss and aud must be strings")
    content = token.rpartition(".")[0].encode()
    return Statement(
        algorithm=algorithm,
        issuer=issuer,
        audience=audience,
        method=claims.get("lxm"),
        issued=claims.get("iat"),
        until=_moment(claims.get("exp"), "exp"),
        jti=_jti(claims.get("jti"), content),
        content=content,
        signature=signature,
    )


def check(statement: Statement, *, audiences: Collection[str], nsid: str, now: datetime) -> None:
    """Raise unless the token may be used now, here and for this method.

    Raises:
        XrpcError: What is wrong first, in the order in which the protocol has it.
    """
    present = now.timestamp()
    if present > statement.until + SKEW.total_seconds():
        raise XrpcError("JwtExpired", "jwt expired")
    if statement.issued is not None:
        # From now, where it is dated ahead: else any length could be had by that.
        issued = min(_moment(statement.issued, "iat"), present + SKEW.total_seconds())
        if statement.until - issued > MAX_LIFE.total_seconds():
            raise _bad("jwt may live for one hour at most")
    if statement.audience not in audiences:
        raise XrpcError("BadJwtAudience", "jwt audience does not match this service's DID")
    if statement.method != nsid:
        raise XrpcError("BadJwtLexiconMethod", f"jwt needs the claim lxm: {nsid}")
    _, hash_, fragment = statement.issuer.partition("#")
    if not is_did(statement.did) or (hash_ and not _FRAGMENT.fullmatch(fragment)):
        raise XrpcError("BadJwtIss", "jwt issuer is not a DID")


def _bad(message: str) -> XrpcError:
    return XrpcError("BadJwt", message)


def _decoded(part: str) -> bytes | None:
    if not _PART.fullmatch(part):
        return None
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return None


def _object(part: bytes) -> dict[str, Any]:
    try:
        value = json.loads(part.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise _bad("poorly formatted jwt") from None
    if not isinstance(value, dict):
        raise _bad("poorly formatted jwt")
    return value


def _refuse(name: str) -> None:
    raise ValueError(name)


def _moment(value: object, claim: str) -> float:
    """Seconds since 1970. A number that is too large for that is one all the same."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _bad(f"{claim} must be a number")
    bound = cast("float", max(min(value, _LAST), -_LAST))
    return float(bound)


def _jti(value: object, content: bytes) -> str:
    """What no other token of the issuer has: its `jti`, else its content itself."""
    if value is None:
        return f"content {sha256(content).hexdigest()}"
    if not isinstance(value, str):
        raise _bad("jti must be a string")
    return f"jti {value}"

"""Session tokens of ours, forged ones, and what becomes of them."""

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from xrpc_invites.identity.tokens import SessionTokens
from xrpc_invites.xrpc.errors import XrpcError

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SECRET = b"sixteen bytes!!!"
SERVICE = "did:web:invites.test"
DID = "did:web:ada.test"
TOKENS = SessionTokens(SECRET, SERVICE)
ACCESS = TOKENS.access(DID, now=NOON)

HEADER = {"alg": "HS256", "typ": "at+jwt"}
CLAIMS = {
    "aud": SERVICE,
    "sub": DID,
    "scope": "com.atproto.access",
    "iat": int(NOON.timestamp()),
    "exp": int(NOON.timestamp()) + 60,
}

Outcome = str | tuple[str, str]
UNVERIFIED = ("InvalidToken", "Token could not be verified")
MALFORMED = ("InvalidToken", "Malformed token")
BAD_SCOPE = ("InvalidToken", "Bad token scope")
EXPIRED = ("ExpiredToken", "Token has expired")


def outcome(token: str, *, now: datetime = NOON) -> Outcome:
    """The DID that an access token speaks for, or its refusal's name and message."""
    try:
        return TOKENS.verify_access(token, now=now)
    except XrpcError as error:
        return error.name, error.message


def sealed(header: bytes, claims: bytes, digest: str = "sha256") -> str:
    """A token of any bytes with a signature that is right."""
    signed = f"{_encoded(header)}.{_encoded(claims)}"
    return f"{signed}.{_encoded(hmac.digest(SECRET, signed.encode(), digest))}"


def made(header: object = HEADER, /, digest: str = "sha256", **claims: Any) -> str:
    """An access token that differs from a good one; what is None is left out."""
    kept = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return sealed(json.dumps(header).encode(), json.dumps(kept).encode(), digest)


def _encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()

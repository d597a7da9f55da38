"""Service auth: a DID that speaks for itself. This server does not accept it yet, and says why."""

import json
from base64 import urlsafe_b64decode
from typing import Any

from xrpc_invites.xrpc.errors import XrpcError

MAX_TOKEN = 8_192
"""Characters of a token that are looked at."""


def refuse(token: str) -> XrpcError:
    """What is wrong with a token that was sent as service auth."""
    header = None if len(token) > MAX_TOKEN else _header(token)
    if header is None:
        return XrpcError("BadJwt", "poorly formatted jwt")
    # A pattern, since what the caller sent as `typ` may be anything, a list for one.
    match header.get("typ"):
        case "at+jwt" | "refresh+jwt" | "dpop+jwt":
            return XrpcError("BadJwtType", "a session's token is no service auth")
        case _:
            return XrpcError("AuthenticationRequired", "this server accepts no service auth")


def _header(token: str) -> dict[str, Any] | None:
    """The header of what has the form of a JWT, else None."""
    match token.split("."):
        case [header, payload, _signature] if _object(payload) is not None:
            return _object(header)
        case _:
            return None


def _object(part: str) -> dict[str, Any] | None:
    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

"""Operators' tokens: how one is drawn, what tells a typing mistake, and when one counts."""

import hmac
import string
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zlib import crc32

PREFIX = "xit_"
"""How every token begins, for those who look for leaked ones."""

ROLES = ("viewer", "issuer", "moderator", "owner", "app")

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_BYTES = 32
_BODY = 43
"""Base62 characters that hold 256 bits."""
_CHECK = 6
"""Base62 characters that hold 32 bits."""

_LABEL = b"operator tokens"
_OTHERS = frozenset({"admin", "local"})
_KINDS_OF_OTHERS = ("did:", "token:", "local:")
"""How the audit log names those who have no token, and how such names begin."""

Dice = Callable[[int], bytes]
"""Draws so many random bytes; `secrets.token_bytes` outside tests."""


class TokenRefusal(StrEnum):
    """Why a token is not made."""

    UNKNOWN_ROLE = "unknown-role"
    UNFIT_NAME = "unfit-name"
    KEPT_NAME = "kept-name"
    EXPIRED = "expired"
    NAME_TAKEN = "name-taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorToken:
    """What is kept of a token: all but its text."""

    id: str
    name: str
    role: str
    token_hash: str = field(repr=False)
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    """To the hour: writing every use down would make a write of every read."""
    revoked_at: datetime | None = None

    def alive(self, at: datetime) -> bool:
        """Whether it counts at an instant; not at the one at which it expires."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


def new_token(dice: Dice) -> str:
    """A token's text: 256 random bits, and a checksum by which scanners know it."""
    body = _base62(int.from_bytes(dice(_RANDOM_BYTES), "big"), _BODY)
    return PREFIX + body + _checksum(body)


def well_formed(text: str) -> bool:
    """Whether a text can be a token; one that is mistyped cannot."""
    rest = text.removeprefix(PREFIX)
    if not text.startswith(PREFIX) or len(rest) != _BODY + _CHECK or not rest.isascii():
        return False
    return _checksum(rest[:_BODY]) == rest[_BODY:]


def hasher(hash_key: bytes) -> Callable[[str], str]:
    """Hashes tokens by a key of their own, so that a stolen database opens nothing."""
    key = hmac.digest(hash_key, _LABEL, "sha256")

    def hash_token(text: str) -> str:
        return hmac.digest(key, text.encode(), "sha256").hex()

    return hash_token


def name_key(name: str) -> str:
    """The form of a name in which no two live tokens are alike."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def refusal(
    name: str, role: str, *, expires_at: datetime | None, now: datetime
) -> TokenRefusal | None:
    """Why no token of this kind is made, whatever there is already; None when it may be."""
    if role not in ROLES:
        return TokenRefusal.UNKNOWN_ROLE
    if not name.isprintable() or name != name.strip() or not name:
        return TokenRefusal.UNFIT_NAME
    key = name_key(name)
    if key in _OTHERS or key.startswith(_KINDS_OF_OTHERS):
        return TokenRefusal.KEPT_NAME
    if expires_at is not None and expires_at <= now:
        return TokenRefusal.EXPIRED
    return None


def _checksum(body: str) -> str:
    return _base62(crc32(body.encode("ascii")), _CHECK)


def _base62(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits

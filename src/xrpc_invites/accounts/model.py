"""Accounts and their sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

GRACE = timedelta(hours=2)
"""How long a rotated refresh token still works, for a client that lost the answer."""

REFRESH_LIFE = timedelta(days=90)
ACCESS_LIFE = timedelta(hours=2)


class Standing(StrEnum):
    """What an account may do; the words are those of the Lexicons where they have one."""

    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    TAKENDOWN = "takendown"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secp256k1 key: the secret scalar, and the public point as a Multikey."""

    secret: bytes = field(repr=False)
    multibase: str


@dataclass(frozen=True, slots=True)
class DraftDid:
    """A DID that a directory knows once its first operation is submitted."""

    did: str
    operation: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of this server. A deleted one keeps its DID and its handle, nothing else."""

    did: str
    handle: str
    email: str | None = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)
    key: SigningKey | None = None
    created_at: datetime
    invites_disabled: bool = False
    invite_note: str | None = None
    taken_down_at: datetime | None = None
    takedown_ref: str | None = None
    deactivated_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def standing(self) -> Standing:
        """The gravest thing that holds."""
        if self.deleted_at:
            return Standing.DELETED
        if self.taken_down_at:
            return Standing.TAKENDOWN
        return Standing.DEACTIVATED if self.deactivated_at else Standing.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A refresh token as the server keeps it: never its text, only its `jti`."""

    jti: str = field(repr=False)
    family: str = field(repr=False)
    """The first token's jti: a rotation stays in the family, and a sign-out ends it."""
    did: str
    expires_at: datetime
    next_jti: str | None = field(default=None, repr=False)

"""Invite codes, their uses and their owners, as the domain sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

ADMIN = "admin"
"""The owner and creator that is no account."""


@dataclass(frozen=True, slots=True)
class InviteCodeUse:
    """One DID that joined with a code, and when."""

    used_by: str
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an operator lays down for a code, and may change later."""

    not_before: datetime | None = None
    """From this instant on it can be used."""
    expires_at: datetime | None = None
    """From this instant on it cannot be used any more."""
    note: str | None = None
    role: str | None = None
    """Granted by a use, as are the tags."""
    tags: tuple[str, ...] = ()
    email_domains: tuple[str, ...] = ()
    """Whose addresses may use it, their sub-domains' too, as A-labels; anyone's when empty."""
    show_inviter: bool = False
    """Whether a preview names the owner."""

    @property
    def span(self) -> tuple[datetime | None, datetime | None]:
        """The time in which it can be used."""
        return self.not_before, self.expires_at


PLAIN = Terms()
"""The terms of a code about which nobody said anything."""


class InviteCode(NamedTuple):
    """A code, its counters and its newest uses.

    `available` is the total number of uses, never what is left. `uses` are newest first
    and may be fewer than `use_count`, which alone decides.
    """

    key: str
    code: str
    available: int
    created_at: datetime
    use_count: int = 0
    pending: int = 0
    disabled: bool = False
    for_account: str = ADMIN
    created_by: str = ADMIN
    terms: Terms = PLAIN
    disabled_at: datetime | None = None
    disabled_reason: str | None = None
    last_used_at: datetime | None = None
    email: str | None = None
    """The one e-mail address, in normal form, that may use it; anyone's when None."""
    uses: tuple[InviteCodeUse, ...] = ()
    creation: str | None = None
    """The entry of the audit log that tells of its making, where it says so."""

    def __repr__(self) -> str:
        """Whose it is: what it is, is a secret."""
        return f"InviteCode(for_account={self.for_account!r}, available={self.available})"

    @property
    def remaining(self) -> int:
        """Uses that are neither taken nor reserved."""
        return max(0, self.available - self.use_count - self.pending)

    @property
    def unspent(self) -> bool:
        """Whether a use is left."""
        return self.use_count + self.pending < self.available

    @property
    def open(self) -> bool:
        """Whether a use is left and the code is not withdrawn."""
        return not self.disabled and self.unspent


@dataclass(frozen=True, slots=True)
class Freeze:
    """A batch that froze an account together with others of an invite tree."""

    batch: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Owner:
    """What the domain must know of an account that earns codes."""

    did: str
    joined: datetime
    invites_disabled: bool
    freezes: tuple[Freeze, ...] = ()
    """The batches in force, the oldest first."""
    held: frozenset[str] = frozenset()
    """Keys of its codes that are disabled by batches alone, and come back with them."""

"""Invite codes, their uses and their owners, as the domain sees them."""

from dataclasses import dataclass, field
from datetime import datetime

ADMIN = "admin"
"""The owner and creator that is no account."""


@dataclass(frozen=True, slots=True)
class InviteCodeUse:
    """One DID that joined with a code, and when."""

    used_by: str
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteCode:
    """A code, its counters and its newest uses.

    `available` is the total number of uses, never what is left. `uses` are newest first
    and may be fewer than `use_count`, which alone decides.
    """

    key: str = field(repr=False)
    code: str = field(repr=False)
    available: int
    use_count: int = 0
    pending: int = 0
    disabled: bool = False
    for_account: str = ADMIN
    created_by: str = ADMIN
    created_at: datetime
    uses: tuple[InviteCodeUse, ...] = ()

    @property
    def open(self) -> bool:
        """Whether a use is left and the code is not withdrawn."""
        return not self.disabled and self.use_count + self.pending < self.available


@dataclass(frozen=True, slots=True)
class Owner:
    """What the domain must know of an account that earns codes."""

    did: str
    joined: datetime
    invites_disabled: bool

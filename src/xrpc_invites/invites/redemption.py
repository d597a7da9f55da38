"""One attempt to spend one use of a code: reserved, then completed, released or expired.

The law of this file: what may happen to a redemption stands in `_COMPLETION` and `_RELEASE`
and nowhere else, and nothing here knows a store.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

SHORTEST_LEASE = 30
LONGEST_LEASE = 86_400
"""Seconds that a reservation may hold its use."""

REPEATS = timedelta(hours=24)
"""How long a repeated idempotency key means the same request."""


class State(StrEnum):
    """Where a redemption stands."""

    RESERVED = "reserved"
    COMPLETED = "completed"
    RELEASED = "released"
    EXPIRED = "expired"


class Settlement(StrEnum):
    """What is to be done when somebody settles a redemption."""

    SPEND = "spend"
    """The use that is held becomes one of the DID."""
    CLAIM = "claim"
    """The use was given back: another is taken if one is free, else `LeaseExpired`."""
    GIVE_BACK = "give-back"
    """The use that is held is free again."""
    REPEAT = "repeat"
    """It was settled so before: the same answer again."""
    REFUSE = "refuse"
    """It was settled otherwise: `RedemptionSettled`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """An attempt as it is kept."""

    id: str
    key: str = field(repr=False)
    code: str = field(repr=False)
    state: State = State.RESERVED
    """As stored; `at` tells what holds."""
    created_at: datetime
    lease_expires_at: datetime | None
    """From this instant on nothing is held; None where only settlement ends it."""
    settled_at: datetime | None = None
    used_by: str | None = None
    caller: str
    """The credentials that reserved."""
    idempotency_key: str | None = field(default=None, repr=False)
    request: str
    """A keyed hash of what was asked, that tells a repeated request from another."""
    email_domain: str | None = None
    email: str | None = field(default=None, repr=False)
    """The address that was given; of what is kept, the one that the code asks for, as was given."""

    def at(self, now: datetime) -> State:
        """The state that holds, whether or not it was written down."""
        lease = self.lease_expires_at
        over = self.state is State.RESERVED and lease is not None and lease <= now
        return State.EXPIRED if over else self.state


class RedemptionRefusal(StrEnum):
    """Why a redemption is not made or not settled."""

    CODE = "code"
    """The code cannot be used so."""
    MISMATCH = "mismatch"
    """The idempotency key belongs to another request."""
    UNKNOWN = "unknown"
    FORBIDDEN = "forbidden"
    """Somebody else reserved."""
    SETTLED = "settled"
    LEASE_EXPIRED = "lease-expired"
    REPLAYED = "replayed"
    """What was signed for another request proves nothing."""


_COMPLETION: Mapping[State, tuple[Settlement, Settlement]] = MappingProxyType(
    {
        # By the DID that used it (or by any, where none has yet), and by another.
        State.RESERVED: (Settlement.SPEND, Settlement.SPEND),
        State.COMPLETED: (Settlement.REPEAT, Settlement.REFUSE),
        State.RELEASED: (Settlement.REFUSE, Settlement.REFUSE),
        State.EXPIRED: (Settlement.CLAIM, Settlement.CLAIM),
    }
)
_RELEASE: Mapping[State, Settlement] = MappingProxyType(
    {
        State.RESERVED: Settlement.GIVE_BACK,
        State.COMPLETED: Settlement.REFUSE,
        State.RELEASED: Settlement.REPEAT,
        State.EXPIRED: Settlement.REPEAT,
    }
)


def completion(redemption: Redemption, did: str, *, now: datetime) -> Settlement:
    """What it means that `did` now uses the redemption."""
    same, other = _COMPLETION[redemption.at(now)]
    return same if redemption.used_by in {None, did} else other


def release(redemption: Redemption, *, now: datetime) -> Settlement:
    """What it means that the use is not wanted any more."""
    return _RELEASE[redemption.at(now)]

"""How lists of codes are cut into pages that cost the same however many codes there are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from xrpc_invites.invites.model import InviteCode

NEVER = datetime.max.replace(tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""From which milliseconds are counted."""
_MILLISECOND = timedelta(milliseconds=1)

MAX_USES = 1_000
"""Uses of one code that a list shows, the newest first."""


class Sort(StrEnum):
    """Orders of a list, ties broken by the code's text, in `USAGE` by its creation first."""

    RECENT = "recent"
    """The newest first."""
    USAGE = "usage"
    """The most used first."""
    EXPIRY = "expiry"
    """The next to expire first; those that never do are left out."""

    @property
    def ascending(self) -> bool:
        """Whether the least comes first."""
        return self is Sort.EXPIRY


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a code in an order: pages start behind one."""

    primary: int
    """Milliseconds since 1970 for recent and expiry, the use count for usage."""
    code: str


def position(code: InviteCode, sort: Sort) -> Position:
    """Where `code` stands in the order."""
    match sort:
        case Sort.RECENT:
            return Position(milliseconds(code.created_at), code.code)
        case Sort.USAGE:
            return Position(code.use_count, code.code)
        case Sort.EXPIRY:
            return Position(milliseconds(code.terms.expires_at or NEVER), code.code)


def milliseconds(at: datetime) -> int:
    """Since 1970."""
    return (at - EPOCH) // _MILLISECOND


def from_milliseconds(count: int) -> datetime | None:
    """The instant so long after 1970; None where the calendar has none."""
    try:
        return EPOCH + timedelta(milliseconds=count)
    except OverflowError:
        return None

"""How lists of codes are cut into pages that cost the same however many codes there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from xrpc_invites.invites.model import InviteCode

MAX_USES = 1_000
"""Uses of one code that a list shows, the newest first."""


class Sort(StrEnum):
    """Orders of a list, each descending, ties broken by the code's text."""

    RECENT = "recent"
    USAGE = "usage"


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a code in an order: pages start behind one."""

    primary: int
    """Milliseconds since 1970 for recent, the use count for usage."""
    code: str


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and where the next part starts; None behind an empty part."""

    codes: Sequence[InviteCode]
    position: Position | None


def position(code: InviteCode, sort: Sort) -> Position:
    """Where `code` stands in the order."""
    match sort:
        case Sort.RECENT:
            # Whole milliseconds are stored, so rounding only undoes float noise.
            return Position(round(code.created_at.timestamp() * 1_000), code.code)
        case Sort.USAGE:
            return Position(code.use_count, code.code)

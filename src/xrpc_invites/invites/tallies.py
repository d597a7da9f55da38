"""Numbers over all codes: counted ahead of the asking, and exact as of the last count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

MOST_OF_A_CODE = 10**9
"""Uses and remaining uses of one code count up to here, so that no sum is too large to be kept."""

TOP = 100
"""Inviters that are kept."""


class What(StrEnum):
    """What is counted by the hour."""

    CREATED = "created"
    SENT = "sent"
    """Invitations that were mailed for the first time."""
    RESERVED = "reserved"
    """Reservations that were made, whatever became of them."""
    USED = "used"
    DISABLED = "disabled"
    """Codes that were switched off then, and still are."""


Hours = Mapping[tuple[datetime, What], int]
"""By the beginning of the hour; what never happened is left out."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers that have no time."""

    codes: int = 0
    uses: int = 0
    remaining: int = 0
    reserved: int = 0
    accounts: int = 0
    invitations: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything that was counted, in one consistent view."""

    totals: Totals = Totals()
    hours: Hours = field(default_factory=dict)
    inviters: tuple[tuple[str, int], ...] = ()
    """The owners whose codes were used most, and how often; the first has most."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A tally as it was kept."""

    tally: Tally
    fresh_until: datetime
    """From then on nobody seems to count any more."""


@dataclass(frozen=True, slots=True)
class News:
    """What must be written so that what is kept is what was counted."""

    totals: Totals
    hours: Hours
    """Only those that changed; 0 where nothing is left."""
    inviters: Sequence[tuple[str, int]]
    fresh_until: datetime


def news(kept: Tally, counted: Tally, *, fresh_until: datetime) -> News:
    """What changed from one tally to another."""
    gone = {place: 0 for place in kept.hours if place not in counted.hours}
    changed = {
        place: count for place, count in counted.hours.items() if kept.hours.get(place) != count
    }
    return News(counted.totals, gone | changed, counted.inviters, fresh_until)


class Tallies(Protocol):
    """Counting over everything, and reading what was counted."""

    def counted(self, *, now: datetime) -> Tally:
        """Count what there is at this instant; it takes the longer the more that is."""
        ...

    def kept(self, *, since: datetime | None = None, until: datetime | None = None) -> Kept | None:
        """What was kept, with the hours from `since` until before `until`."""
        ...

    def handles(self, dids: Sequence[str], /) -> Mapping[str, str]:
        """The handles of those DIDs that are accounts here."""
        ...


class TallyBook(Tallies, Protocol):
    """Keeping what was counted, inside one unit of work."""

    def keep(self, news: News, /) -> None: ...

"""How many mails go out: for each sender, and for each domain of recipients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Rate(NamedTuple):
    """So many mails in a window, which begins with the first of them."""

    mails: int
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How much is sent; where there is no rate, all that there is."""

    operator: Sequence[Rate] = ()
    """For each operator; a mail counts at its first try alone."""
    account: Sequence[Rate] = ()
    """The same for each account."""
    domain: Sequence[Rate] = ()
    """For each domain of recipients; every try counts."""


class Counted(StrEnum):
    """By what mails are counted; the names are those of `Rates`."""

    OPERATOR = "operator"
    ACCOUNT = "account"
    DOMAIN = "domain"


class Group(NamedTuple):
    """Mails that count together."""

    by: Counted
    name: str


class Window(NamedTuple):
    """A window of a group."""

    group: Group
    rate: Rate

    @property
    def name(self) -> str:
        """Under which it is kept; another rate is another window."""
        seconds = round(self.rate.length.total_seconds())
        return f"{self.group.by}/{self.rate.mails}/{seconds}/{self.group.name}"


class Count(NamedTuple):
    """How much of a window is used up."""

    used: int
    ends_at: datetime


def windows(rates: Rates, groups: Sequence[Group]) -> Sequence[Window]:
    """All windows that a mail of these groups counts in."""
    return [Window(group, rate) for group in groups for rate in getattr(rates, group.by)]


class Admission:
    """Says which mails may go out now, by what went out before them."""

    def __init__(self, rates: Rates, counts: Mapping[str, Count], *, now: datetime) -> None:
        """`counts` are those of all windows, by name, as far as there are any."""
        self._rates = rates
        self._now = now
        self._known = counts
        self.counted: dict[str, Count] = {}
        """The windows in which mails were counted."""
        self.full: dict[Group, datetime] = {}
        """The groups of which no more may go out, and until when."""

    def admits(self, groups: Sequence[Group]) -> bool:
        """Count a mail of these groups, if it may go out; one that may not counts nowhere."""
        wanted = windows(self._rates, groups)
        full = [window for window in wanted if self._count(window).used >= window.rate.mails]
        for window in full:
            ends_at = self._count(window).ends_at
            self.full[window.group] = max(ends_at, self.full.get(window.group, ends_at))
        if full:
            return False
        for window in wanted:
            used, ends_at = self._count(window)
            self.counted[window.name] = Count(used + 1, ends_at)
        return True

    def _count(self, window: Window) -> Count:
        count = self.counted.get(window.name) or self._known.get(window.name)
        if count is None or count.ends_at <= self._now:
            return Count(0, self._now + window.rate.length)
        return count

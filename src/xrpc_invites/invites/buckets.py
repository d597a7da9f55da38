"""Spans of time cut into hours, days or weeks, as charts show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_BUCKETS = 1_000

HOUR = timedelta(hours=1)


class Bucket(StrEnum):
    """How long the parts of a span are. All begin in UTC, weeks on Mondays."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"

    @property
    def length(self) -> timedelta:
        return _LENGTHS[self]

    def start(self, at: datetime) -> datetime:
        """When the part that holds this instant began.

        Raises:
            OverflowError: Before the calendar did.
        """
        hour = at.replace(minute=0, second=0, microsecond=0)
        if self is Bucket.HOUR:
            return hour
        day = hour.replace(hour=0)
        return day if self is Bucket.DAY else day - timedelta(days=day.weekday())


_LENGTHS: Mapping[Bucket, timedelta] = {
    Bucket.HOUR: HOUR,
    Bucket.DAY: timedelta(days=1),
    Bucket.WEEK: timedelta(days=7),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Whole buckets, from the beginning of the first to the end of the last."""

    bucket: Bucket
    since: datetime
    count: int

    @property
    def until(self) -> datetime:
        return self.since + self.count * self.bucket.length

    @property
    def starts(self) -> Sequence[datetime]:
        """When each bucket begins."""
        return [self.since + n * self.bucket.length for n in range(self.count)]


def span(bucket: Bucket, since: datetime, until: datetime) -> Span | None:
    """The buckets that hold something between two instants; None for none or too many."""
    try:
        first = bucket.start(since)
        made = Span(bucket, first, -((first - until) // bucket.length))
        ends = made.until
    except OverflowError:
        return None
    return made if since < until <= ends and made.count <= MAX_BUCKETS else None

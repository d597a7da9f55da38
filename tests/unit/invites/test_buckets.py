"""Spans of time in whole hours, days and weeks."""

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given

from xrpc_invites.invites.buckets import MAX_BUCKETS, Bucket, span

WEDNESDAY = datetime(2026, 1, 7, 13, 45, 30, tzinfo=UTC)
instants = st.datetimes(datetime(1, 2, 1), datetime(9999, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001  # Hypothesis adds the zone


@pytest.mark.parametrize(
    ("bucket", "start"),
    [
        (Bucket.HOUR, datetime(2026, 1, 7, 13, tzinfo=UTC)),
        (Bucket.DAY, datetime(2026, 1, 7, tzinfo=UTC)),
        (Bucket.WEEK, datetime(2026, 1, 5, tzinfo=UTC)),
    ],
)
def test_a_bucket_begins_where_a_clock_or_a_calendar_does(bucket: Bucket, start: datetime) -> None:
    assert bucket.start(WEDNESDAY) == start
    assert bucket.start(start) == start


@given(st.sampled_from(Bucket), instants, st.timedeltas(timedelta(milliseconds=1)))
def test_a_span_holds_both_instants_and_no_bucket_too_many(
    bucket: Bucket, since: datetime, length: timedelta
) -> None:
    assume(length < min(timedelta(days=30_000), datetime(9999, 12, 1, tzinfo=UTC) - since))
    until = since + length

    found = span(bucket, since, until)

    if found is None:
        assert length > (MAX_BUCKETS - 1) * bucket.length
        return
    assert found.since <= since < found.since + bucket.length
    assert found.until - bucket.length < until <= found.until
    assert found.starts[0] == found.since
    assert len(found.starts) == found.count <= MAX_BUCKETS


@pytest.mark.parametrize("until", [WEDNESDAY, WEDNESDAY - timedelta(seconds=1)])
def test_nothing_is_no_span(until: datetime) -> None:
    assert span(Bucket.DAY, WEDNESDAY, until) is None


def test_the_calendar_has_two_ends() -> None:
    first, last = (datetime(year, 1, 1, tzinfo=UTC) for year in (1, 9999))

    assert span(Bucket.WEEK, first, first + timedelta(days=1)) is not None
    end = last.replace(month=12, day=31, hour=23, minute=30)
    assert span(Bucket.WEEK, end, end + timedelta(minutes=1)) is None

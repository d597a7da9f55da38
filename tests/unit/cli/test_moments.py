"""Moments as people type them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies

from xrpc_invites.cli.moments import away, on_the_wire, resolve

NOW = datetime(2026, 2, 28, 13, 45, 30, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", "2026-02-28T13:45:30.250Z"),
        ("today", "2026-02-28T00:00:00.000Z"),
        ("Tomorrow", "2026-03-01T00:00:00.000Z"),
        ("yesterday", "2026-02-27T00:00:00.000Z"),
        ("+7d", "2026-03-07T13:45:30.250Z"),
        ("-2w", "2026-02-14T13:45:30.250Z"),
        ("+1d12h", "2026-03-02T01:45:30.250Z"),
        ("+90m", "2026-02-28T15:15:30.250Z"),
        ("+30s", "2026-02-28T13:46:00.250Z"),
        (" 2026-12-24 ", "2026-12-24T00:00:00.000Z"),
        ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00.000Z"),
        ("2026-12-24 18:00+01:00", "2026-12-24T17:00:00.000Z"),
        ("2026-12-24t18:00:00.123z", "2026-12-24T18:00:00.123Z"),
    ],
)
def test_what_people_type_is_a_moment(text: str, meant: str) -> None:
    assert on_the_wire(resolve(text, now=NOW)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "7d",
        "+7",
        "+d",
        "+7y",
        "2026-13-01",
        "2026-02-30",
        "20261224",
        "2026-W01-1",
        "12:00",
        "2026-12-24T18:00:00",
        "2026-12-24T25:00Z",
        "0001-01-01T00:00+01:00",
        "+999999999d",
        "-999999999w",
    ],
)
def test_what_could_be_meant_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be RFC 3339|there is no such moment"):
        resolve(text, now=NOW)


@given(strategies.datetimes(timezones=strategies.just(UTC)))
def test_what_is_printed_is_understood(at: datetime) -> None:
    whole = at.replace(microsecond=at.microsecond // 1_000 * 1_000)

    assert resolve(on_the_wire(whole), now=NOW) == whole


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(0), "now"),
        (timedelta(days=7), "in 7 d"),
        (timedelta(days=1, hours=2, minutes=3), "in 1 d 2 h"),
        (-timedelta(minutes=90), "1 h 30 min ago"),
    ],
)
def test_a_distance_is_said_in_two_units(ahead: timedelta, said: str) -> None:
    assert away(ahead) == said

"""What the doctor makes of what it sees."""

from datetime import UTC, datetime, timedelta

import pytest

from xrpc_invites.cli.findings import clocks

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("apart", "ok"),
    [(timedelta(0), True), (timedelta(seconds=5), True), (timedelta(seconds=6), False)],
)
def test_clocks_may_differ_a_little_either_way(apart: timedelta, ok: bool) -> None:  # noqa: FBT001  # as pytest calls it
    assert clocks("the server", NOON + apart, NOON).ok is ok
    assert clocks("the server", NOON - apart, NOON).ok is ok

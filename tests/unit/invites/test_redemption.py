"""What may happen to a redemption: one table, and every line of it tried."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from xrpc_invites.invites.redemption import (
    Redemption,
    Settlement,
    State,
    completion,
    release,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ADA, BEA = "did:web:ada.test", "did:web:bea.test"

# state, what is asked: what is done
TABLE = {
    (State.RESERVED, "complete"): Settlement.SPEND,
    (State.RESERVED, "complete by another"): Settlement.SPEND,
    (State.RESERVED, "release"): Settlement.GIVE_BACK,
    (State.COMPLETED, "complete"): Settlement.REPEAT,
    (State.COMPLETED, "complete by another"): Settlement.REFUSE,
    (State.COMPLETED, "release"): Settlement.REFUSE,
    (State.RELEASED, "complete"): Settlement.REFUSE,
    (State.RELEASED, "complete by another"): Settlement.REFUSE,
    (State.RELEASED, "release"): Settlement.REPEAT,
    (State.EXPIRED, "complete"): Settlement.CLAIM,
    (State.EXPIRED, "complete by another"): Settlement.CLAIM,
    (State.EXPIRED, "release"): Settlement.REPEAT,
}


def redemption(state: State, *, lease: datetime | None = None) -> Redemption:
    return Redemption(
        id="1",
        key="key",
        code="code",
        state=state,
        created_at=NOON,
        lease_expires_at=lease,
        used_by=ADA if state is State.COMPLETED else None,
        caller="token:1",
        request="hash",
    )


def asked(what: str, found: Redemption, now: datetime) -> Settlement:
    match what:
        case "complete":
            return completion(found, ADA, now=now)
        case "complete by another":
            return completion(found, BEA, now=now)
        case _:
            return release(found, now=now)


@pytest.mark.parametrize(("place", "done"), TABLE.items(), ids=str)
def test_each_line_of_the_table_holds(place: tuple[State, str], done: Settlement) -> None:
    state, what = place

    assert asked(what, redemption(state), NOON) is done


def test_the_table_has_a_line_for_everything() -> None:
    events = ("complete", "complete by another", "release")

    assert TABLE.keys() == set(itertools.product(State, events))


@pytest.mark.parametrize("what", ["complete", "complete by another", "release"])
def test_a_lease_ends_at_its_very_instant_whether_or_not_it_was_written_down(what: str) -> None:
    found = redemption(State.RESERVED, lease=NOON)

    before = asked(what, found, NOON - timedelta(milliseconds=1))
    after = asked(what, found, NOON)

    assert before is TABLE[State.RESERVED, what]
    assert after is TABLE[State.EXPIRED, what]


def test_what_was_settled_in_time_does_not_expire_later() -> None:
    for state in (State.COMPLETED, State.RELEASED):
        assert redemption(state, lease=NOON).at(NOON + timedelta(days=1)) is state


def test_a_redemption_shows_neither_its_code_nor_its_key() -> None:
    assert "code" not in repr(redemption(State.RESERVED)).replace("xrpc", "")

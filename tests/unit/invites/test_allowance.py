"""Earned codes: worked examples, and the promises behind them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.invites.allowance import Earning, earned, to_create
from xrpc_invites.invites.model import ADMIN, InviteCode, Owner

VECTORS = json.loads(Path(__file__).with_name("allowance-vectors.json").read_text())
DID = "did:web:ada.test"

instants = st.integers(0, 100 * 366 * 86_400).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
intervals = st.timedeltas(timedelta(seconds=1), timedelta(days=4_000))
waits = st.timedeltas(timedelta(0), timedelta(days=4_000))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def code(vector: dict[str, Any]) -> InviteCode:
    return InviteCode(
        key="key",
        code="code",
        available=vector["available"],
        use_count=vector["uses"],
        disabled=vector["disabled"],
        for_account=DID,
        created_by=ADMIN if vector["createdBy"] == "admin" else DID,
        created_at=moment(vector["createdAt"]),
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_worked_examples(vector: dict[str, Any]) -> None:
    earning = Earning(
        interval=timedelta(seconds=vector["intervalSeconds"]),
        epoch=moment(vector["epoch"]),
        max_open=5,
    )
    owner = Owner(DID, moment(vector["accountCreatedAt"]), invites_disabled=False)
    codes = [code(one) for one in vector["codes"]]

    created = to_create(owner, codes, now=moment(vector["now"]), earning=earning)

    assert created == vector["toCreate"]


@given(instants, instants, instants, intervals, waits)
def test_waiting_never_costs_a_code(
    joined: datetime, epoch: datetime, now: datetime, every: timedelta, wait: timedelta
) -> None:
    earning = Earning(every, epoch, 5)

    before = earned(joined=joined, now=now, earning=earning)
    after = earned(joined=joined, now=now + wait, earning=earning)

    assert before <= after


@given(instants, instants, instants, intervals, st.timedeltas(-timedelta(9), timedelta(9)))
def test_only_distances_in_time_count(
    joined: datetime, epoch: datetime, now: datetime, every: timedelta, shift: timedelta
) -> None:
    here = earned(joined=joined, now=now, earning=Earning(every, epoch, 5))
    there = earned(joined=joined + shift, now=now + shift, earning=Earning(every, epoch + shift, 5))

    assert here == there


@given(instants, instants, intervals)
def test_a_life_after_the_epoch_earns_a_code_an_interval(
    joined: datetime, now: datetime, every: timedelta
) -> None:
    assert (
        earned(joined=joined, now=now, earning=Earning(every, joined, 5)) == (now - joined) // every
    )


def owned(*, creator: str, used: bool, disabled: bool, created_at: datetime) -> InviteCode:
    return InviteCode(
        key="key",
        code="code",
        available=1,
        use_count=int(used),
        disabled=disabled,
        for_account=DID,
        created_by=creator,
        created_at=created_at,
    )


lists = st.lists(
    st.builds(
        owned,
        creator=st.sampled_from([ADMIN, DID]),
        used=st.booleans(),
        disabled=st.booleans(),
        created_at=instants,
    ),
    max_size=12,
)


@given(instants, instants, instants, intervals, lists)
def test_nobody_gets_more_than_the_limit_of_open_codes(
    joined: datetime,
    epoch: datetime,
    now: datetime,
    every: timedelta,
    codes: list[InviteCode],
) -> None:
    owner, limit = Owner(DID, joined, invites_disabled=False), 5

    created = to_create(owner, codes, now=now, earning=Earning(every, epoch, limit))

    routine = [one for one in codes if one.created_by != ADMIN]
    unspent = sum(one.open for one in routine)
    assert created >= 0
    assert created == 0 or unspent + created <= limit


@given(instants, instants, instants, intervals, lists)
def test_codes_of_the_admin_change_nothing(
    joined: datetime, epoch: datetime, now: datetime, every: timedelta, codes: list[InviteCode]
) -> None:
    owner, earning = Owner(DID, joined, invites_disabled=False), Earning(every, epoch, 5)
    routine = [one for one in codes if one.created_by != ADMIN]

    assert to_create(owner, codes, now=now, earning=earning) == to_create(
        owner, routine, now=now, earning=earning
    )

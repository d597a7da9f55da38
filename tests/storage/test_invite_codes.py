"""The use cases of codes on real databases, with clock and dice in the test's hand."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from tests.storage.books import NOON, account, by
from xrpc_invites.accounts.model import Account
from xrpc_invites.invites.allowance import Earning
from xrpc_invites.invites.codes import DRAWS, FEW, InviteCodes
from xrpc_invites.invites.making import Order
from xrpc_invites.invites.paging import Sort
from xrpc_invites.invites.ports import CodeTakenError, one_by_one
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

EARNING = Earning(timedelta(days=1), NOON, 2)


@one_by_one
def add(store: SqlStore, new: Account) -> bool:
    return store.accounts.add(new)


def use_cases(database: Database, texts: Iterator[str], *, days: int = 0) -> InviteCodes:
    return InviteCodes(
        database.read,
        database.write,
        now=lambda: NOON + timedelta(days=days),
        draw=lambda: next(texts),
        earning=EARNING,
    )


async def test_a_text_that_is_taken_is_drawn_again(database: Database) -> None:
    codes = use_cases(database, iter(["taken", "taken", "also-taken", "fresh", "fresher"]))
    await codes.create(Order(available=1), by=by())

    made = await codes.create(Order(available=1, each=2), by=by())

    assert [code.code for code in made] == ["fresh", "fresher"]
    page = await codes.page(Sort.RECENT, after=None, limit=10)
    assert sorted(code.code for code in page.codes) == ["fresh", "fresher", "taken"]


async def test_few_codes_are_stored_where_they_are_asked_for(database: Database) -> None:
    brief: list[bool] = []

    async def write(work: Any, made: Any, /, **how: Any) -> Any:
        brief.append(how["brief"])
        return await database.write(work, made, **how)

    codes = InviteCodes(
        database.read,
        write,
        now=lambda: NOON,
        draw=iter(f"code-{number}" for number in count()).__next__,
        earning=None,
    )
    for each in (1, FEW, FEW + 1):
        await codes.create(Order(available=1, each=each), by=by())

    assert brief == [True, True, False]


async def test_dice_that_always_fall_alike_are_given_up(database: Database) -> None:
    codes = use_cases(database, iter(["taken"] * (DRAWS + 1)))
    await codes.create(Order(available=1), by=by())

    with pytest.raises(CodeTakenError):
        await codes.create(Order(available=1), by=by())


async def test_what_an_account_earned_is_drawn_again_too(database: Database) -> None:
    await database.write(add, account("ada"))
    texts = iter(["taken", "taken", "free", "fresh", "fresher"])
    await use_cases(database, texts).create(Order(available=1), by=by())

    given = await use_cases(database, texts, days=3).owned(
        "did:web:ada.test", include_used=True, create_available=True
    )

    assert [code.code for code in given] == ["fresh", "fresher"]


async def test_an_account_is_given_nothing_when_the_dice_fail(database: Database) -> None:
    await database.write(add, account("ada"))
    texts = iter(["taken"] * (1 + 2 * DRAWS))
    await use_cases(database, texts).create(Order(available=1), by=by())

    with pytest.raises(CodeTakenError):
        await use_cases(database, texts, days=3).owned(
            "did:web:ada.test", include_used=True, create_available=True
        )


async def test_nobody_is_given_codes_who_is_not_here(database: Database) -> None:
    codes = use_cases(database, iter(()), days=3)

    assert await codes.owned("did:web:eve.test", include_used=True, create_available=True) == []


async def test_no_codes_for_nobody_are_made(database: Database) -> None:
    assert await use_cases(database, iter(())).create(Order(available=1, owners=[]), by=by()) == []

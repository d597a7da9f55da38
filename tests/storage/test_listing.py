"""Long lists show codes as they are, also those that were listed before."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL, update

from tests.storage.books import NOON, code
from xrpc_invites.invites.listing import ListedCode, ListedUse
from xrpc_invites.invites.model import InviteCode, InviteCodeUse
from xrpc_invites.invites.paging import Sort, milliseconds
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.status import Attempt
from xrpc_invites.invites.switching import Switch
from xrpc_invites.invites.terms import Amendment
from xrpc_invites.storage import engines, listing
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.listing import Known
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import invite_code, invite_code_use

pytestmark = pytest.mark.anyio


@one_by_one
def add(store: SqlStore, new: InviteCode) -> None:
    store.codes.add([new])


@one_by_one
def claim(store: SqlStore, did: str) -> None:
    assert store.codes.claim("code", Attempt(NOON), did=did)


@one_by_one
def hold(store: SqlStore, at: int) -> None:
    assert store.codes.hold("code", Attempt(NOON + timedelta(seconds=at)))


@one_by_one
def disable(store: SqlStore, text: str) -> None:
    store.codes.switch(Switch(disabled=True, texts=[text], owners=[], at=NOON, reason=None))


@one_by_one
def allow(store: SqlStore, available: int) -> None:
    found = store.codes.find("code")
    assert found is not None
    store.codes.amend(Amendment(available=available).applied(found))


@one_by_one
def record(store: SqlStore, uses: Sequence[InviteCodeUse]) -> None:
    """What an import does with uses of a code that it brought before."""
    store.codes.add_uses(code("code", uses=tuple(uses)))


async def listed(database: Database) -> ListedCode:
    """The one code of the newest page."""
    [found] = await database.read(lambda s: s.listing.page(Sort.RECENT, after=None, limit=9))
    return found


async def test_a_code_that_stays_as_it_is_is_not_read_again(database: Database) -> None:
    await database.write(add, code("code", available=9))
    await database.write(claim, "did:web:a.test")
    first = await listed(database)

    first.shown = b"written down"

    assert (await listed(database)).shown == b"written down"
    [owned] = await database.read(lambda store: store.listing.owned_by("admin"))
    assert owned.shown == b"written down"


@pytest.mark.parametrize(
    ("change", "argument", "seen"),
    [
        (claim, "did:web:b.test", {"use_count": 2}),
        (hold, 0, {"pending": 1}),
        (disable, "code", {"disabled": True}),
        (allow, 5, {"available": 5}),
    ],
    ids=["used", "held", "disabled", "allowed"],
)
async def test_whatever_changes_is_shown(
    database: Database, change: object, argument: object, seen: dict[str, object]
) -> None:
    await database.write(add, code("code", available=9))
    await database.write(claim, "did:web:a.test")
    before = await listed(database)

    await database.write(change, argument)  # type: ignore[arg-type]
    after = await listed(database)

    changed = {name: getattr(after, name) for name in seen}
    assert changed == seen
    assert before != after
    assert len(after.uses) == after.use_count


async def test_uses_that_come_later_and_were_counted_before_are_shown(database: Database) -> None:
    uses = [InviteCodeUse(f"did:web:{n}.test", NOON - timedelta(hours=n)) for n in range(3)]
    await database.write(add, code("code", available=9, use_count=3, uses=(uses[0],)))
    assert len((await listed(database)).uses) == 1

    await database.write(record, uses[1:])

    assert (await listed(database)).uses == tuple(
        ListedUse(use.used_by, milliseconds(use.used_at)) for use in uses
    )


async def test_a_use_that_became_another_is_shown(database: Database, url: URL) -> None:
    """History that was rewound: the same counters, and another use."""
    await database.write(add, code("code", available=9))
    await database.write(claim, "did:web:a.test")
    await listed(database)
    engine = engines.writing(url, lanes=1)

    with engine.begin() as connection:
        later = NOON + timedelta(hours=1)
        connection.execute(update(invite_code_use).values(used_by="did:web:b.test", used_at=later))
        connection.execute(update(invite_code).values(last_used_at=later))

    [use] = (await listed(database)).uses
    assert use.used_by == "did:web:b.test"
    engine.dispose()


def known_code(number: int, uses: int) -> tuple[tuple[Any, ...], ListedCode]:
    """A row of a code, and the code."""
    row = (f"key-{number}", uses + 1, uses, 0, False, None)
    used = [ListedUse(f"did:web:{n}.test", n) for n in range(uses)]
    return row, ListedCode(row[0], *row[:5], "admin", "admin", 0, used)


async def test_what_is_remembered_is_bounded() -> None:
    known = Known()
    codes = [known_code(n, uses=0) for n in range(listing.MAX_KNOWN + 1)]
    rows = [row for row, _ in codes]

    known.keep(dict(codes[:9]))
    assert all(known.find(rows[:9]))

    known.keep(dict(codes[9:]))
    assert not any(known.find(rows[:9]))
    assert all(known.find(rows[9:]))

    # So many at once are not worth all the others.
    known.keep(dict(codes))
    assert all(known.find(rows[9:]))


async def test_uses_count_like_codes() -> None:
    known = Known()
    often = listing.MAX_KNOWN // 3
    codes = [known_code(n, uses=often) for n in range(3)]

    for row, one in codes:
        known.keep({row: one})

    found = known.find([row for row, _ in codes])
    assert [one is not None for one in found] == [False, False, True]

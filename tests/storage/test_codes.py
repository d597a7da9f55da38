"""What the store promises of codes, on both databases."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import URL, func, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.storage.books import NOON, account, code
from xrpc_invites.invites.listing import ListedCode, page_of
from xrpc_invites.invites.model import ADMIN, PLAIN, InviteCode, Terms
from xrpc_invites.invites.paging import MAX_USES, Position, Sort
from xrpc_invites.invites.ports import CodeTakenError, one_by_one
from xrpc_invites.invites.status import Attempt
from xrpc_invites.invites.switching import Switch
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlReadStore, SqlStore
from xrpc_invites.storage.tables import invite_code, invite_code_use

pytestmark = pytest.mark.anyio


@one_by_one
def add(store: SqlStore, codes: Sequence[InviteCode]) -> None:
    store.codes.add(codes)


@one_by_one
def claim(store: SqlStore, asked: tuple[str, str]) -> bool:
    return store.codes.claim(asked[0], Attempt(NOON), did=asked[1])


@one_by_one
def disable(store: SqlStore, asked: tuple[Sequence[str], Sequence[str]]) -> int:
    switch = Switch(disabled=True, texts=asked[0], owners=asked[1], at=NOON)
    return store.codes.switch(switch).count


@one_by_one
def take_down(store: SqlStore, did: str) -> None:
    store.accounts.set_takedown(did, at=NOON, ref=None)


@one_by_one
def add_account(store: SqlStore, name: str) -> None:
    store.accounts.add(account(name))


def page_behind(sort: Sort, after: Position | None, store: SqlReadStore) -> Sequence[ListedCode]:
    return store.listing.page(sort, after=after, limit=7)


async def find(database: Database, text_: str) -> InviteCode | None:
    return await database.read(lambda store: store.codes.find(text_))


async def test_a_code_comes_back_as_it_was_stored(database: Database) -> None:
    stored = code("host-abcde-fghij", available=3, for_account="did:web:a.test")

    await database.write(add, [stored])

    assert await find(database, "host-abcde-fghij") == stored


@pytest.mark.parametrize(
    "typed", ["HOST-abcde-fgh0j", " host-abcde-fghoj\n", "hostabcdefghoj", "h-o-s-tabcdefgh0j"]
)
async def test_a_typed_code_is_found_under_its_fold(database: Database, typed: str) -> None:
    stored = code("host-abcde-fghoj")
    await database.write(add, [stored])

    assert await find(database, typed) == stored


async def test_the_code_stored_exactly_so_wins_over_the_fold(database: Database) -> None:
    folded = code("abc-de")
    exact = code("ABC-DE", key="=ABC-DE")
    await database.write(add, [folded, exact])

    assert await find(database, "ABC-DE") == exact
    assert await find(database, "abcde") == folded


async def test_a_claim_spends_exactly_what_is_there(database: Database) -> None:
    await database.write(add, [code("code", available=3)])

    won = await asyncio.gather(
        *(database.write(claim, ("code", f"did:web:{n}.test"), lane=str(n)) for n in range(20))
    )

    assert won.count(True) == 3
    stored = await database.read(lambda store: store.codes.show("code"))
    assert stored is not None
    assert stored.use_count == len(stored.uses) == 3


async def test_a_disabled_code_is_not_claimed(database: Database) -> None:
    await database.write(add, [code("code")])

    assert await database.write(disable, (["CODE"], [])) == 1
    assert await database.write(disable, (["code"], [])) == 0

    assert not await database.write(claim, ("code", "did:web:a.test"))


@pytest.mark.parametrize(
    ("terms", "fits"),
    [
        (Terms(not_before=NOON), True),
        (Terms(not_before=NOON + timedelta(milliseconds=1)), False),
        (Terms(expires_at=NOON + timedelta(milliseconds=1)), True),
        (Terms(expires_at=NOON), False),
        (Terms(email_domains=("example.org",)), False),
    ],
    ids=["begun", "not begun", "not over", "over", "for others"],
)
async def test_the_claim_itself_holds_to_the_terms(
    database: Database,
    terms: Terms,
    *,
    fits: bool,
) -> None:
    await database.write(add, [code("code", terms=terms)])

    assert await database.write(claim, ("code", "did:web:a.test")) is fits


async def test_a_did_that_claims_a_code_again_has_one_use(database: Database) -> None:
    await database.write(add, [code("code", available=3)])

    for _ in range(2):
        assert await database.write(claim, ("code", "did:web:a.test"))

    found = await database.read(lambda store: store.codes.show("code"))
    assert found is not None
    assert found.use_count == len(found.uses) == 1


async def test_codes_are_disabled_by_owner(database: Database) -> None:
    mine = [code(f"mine-{n}", for_account="did:web:a.test") for n in range(3)]
    await database.write(add, [*mine, code("other")])

    assert await database.write(disable, ([], ["did:web:a.test", "did:web:nobody.test"])) == 3

    other = await find(database, "other")
    assert other is not None
    assert not other.disabled


async def test_thousands_of_codes_are_disabled_in_one_request(database: Database) -> None:
    names = [f"code-{number}" for number in range(40_000)]
    await database.write(add, [code(name) for name in names[:10]])

    assert await database.write(disable, (names, [])) == 10


async def test_a_code_of_an_owner_taken_down_is_not_claimed(database: Database) -> None:
    await database.write(add_account, "owner")
    await database.write(add, [code("code", for_account="did:web:owner.test")])
    await database.write(take_down, "did:web:owner.test")

    assert not await database.write(claim, ("code", "did:web:a.test"))
    assert not await database.read(lambda store: store.codes.owner_available("did:web:owner.test"))
    assert await database.read(lambda store: store.codes.owner_available("did:web:else.test"))


@pytest.mark.parametrize("size", [1, 5, 127, 129, 300])
async def test_as_many_codes_are_stored_as_are_made(database: Database, size: int) -> None:
    later = NOON + timedelta(days=1)
    new = [
        code(
            f"code-{n:03}",
            created_at=NOON + timedelta(milliseconds=n),
            terms=Terms(expires_at=later, note="a note", tags=("a",)) if n % 3 == 1 else PLAIN,
            creation=f"entry-{n}",
        )
        for n in range(size)
    ]

    await database.write(add, new)

    stored = await database.read(lambda store: store.codes.owned_by([ADMIN]))
    assert stored == new


async def test_a_batch_with_one_taken_key_stores_nothing(database: Database) -> None:
    await database.write(add, [code("taken")])

    with pytest.raises(CodeTakenError):
        await database.write(add, [code("new"), code("taken")])

    assert await find(database, "new") is None


@pytest.mark.parametrize("sort", [Sort.RECENT, Sort.USAGE])
async def test_pages_neither_repeat_nor_skip_while_codes_are_added(
    database: Database, sort: Sort
) -> None:
    first = [
        code(f"code-{n:03}", created_at=NOON + timedelta(milliseconds=n // 3)) for n in range(50)
    ]
    await database.write(add, first)
    seen: list[str] = []
    after: Position | None = None

    while True:
        page = await database.read(partial(page_behind, sort, after))
        if not page:
            break
        seen += [found.code for found in page]
        after = page_of(page, sort).position
        late = code(f"late-{len(seen):03}", created_at=NOON + timedelta(hours=1))
        await database.write(add, [late])

    known = [text_ for text_ in seen if text_.startswith("code")]
    assert known == sorted((stored.code for stored in first), reverse=True)
    assert len(seen) == len(set(seen))


async def test_the_most_used_come_first(database: Database) -> None:
    await database.write(add, [code("unused"), code("used", available=5)])
    await database.write(claim, ("used", "did:web:a.test"))

    page = await database.read(lambda s: s.listing.page(Sort.USAGE, after=None, limit=10))

    assert [(found.code, found.use_count) for found in page] == [("used", 1), ("unused", 0)]


async def test_a_page_shows_the_newest_uses_of_a_code_used_very_often(database: Database) -> None:
    @one_by_one
    def use_often(store: SqlStore, times: int) -> None:
        for n in range(times):
            at = NOON + timedelta(seconds=n)
            assert store.codes.claim("code", Attempt(at), did=f"did:web:u{n}.test")

    times = MAX_USES + 5
    await database.write(add, [code("code", available=times), code("rare", available=2)])
    await database.write(use_often, times)
    await database.write(claim, ("rare", "did:web:u0.test"))

    often, rare = await database.read(lambda s: s.listing.page(Sort.USAGE, after=None, limit=10))

    assert often.use_count == times
    assert len(often.uses) == MAX_USES
    assert often.uses[0].used_by == f"did:web:u{times - 1}.test"
    assert [use.used_by for use in rare.uses] == ["did:web:u0.test"]


async def test_the_first_code_that_a_did_used_is_the_one_it_joined_with(database: Database) -> None:
    @one_by_one
    def use(store: SqlStore, asked: tuple[str, int]) -> bool:
        key, hour = asked
        return store.codes.claim(key, Attempt(NOON + timedelta(hours=hour)), did="did:web:a.test")

    await database.write(add, [code("first"), code("second")])
    await database.write(use, ("second", 2))
    await database.write(use, ("first", 1))

    joined = await database.read(
        lambda s: s.codes.joined_with(["did:web:a.test", "did:web:b.test"])
    )

    assert {did: found.code for did, found in joined.items()} == {"did:web:a.test": "first"}


async def test_the_counter_equals_the_history(database: Database) -> None:
    await database.write(add, [code(f"code-{n + 2}", available=n + 1) for n in range(5)])
    await asyncio.gather(
        *(
            database.write(claim, (f"code{n % 5 + 2}", f"did:web:{n}.test"), lane=str(n % 5))
            for n in range(60)
        )
    )

    counted = (
        select(
            invite_code.c.code_key, invite_code.c.use_count, func.count(invite_code_use.c.used_by)
        )
        .outerjoin(invite_code_use)
        .group_by(invite_code.c.code_key, invite_code.c.use_count)
    )
    rows = await database.read(lambda store: store.codes._connection.execute(counted).all())

    assert all(use_count == uses for _, use_count, uses in rows)
    assert sorted(use_count for _, use_count, _ in rows) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "values",
    [
        {"use_count": 2},
        {"pending": 2},
        {"use_count": 1, "pending": 1},
        {"use_count": -1},
        {"pending": -1},
    ],
    ids=str,
)
async def test_the_database_itself_refuses_an_overspent_code(
    database: Database, values: dict[str, int]
) -> None:
    @one_by_one
    def break_it(store: SqlStore, changed: dict[str, int]) -> None:
        store.codes._connection.execute(update(invite_code).values(**changed))

    await database.write(add, [code("code", available=1)])

    with pytest.raises(IntegrityError):
        await database.write(break_it, values)


async def test_codes_that_came_overspent_may_stay_so(database: Database) -> None:
    @one_by_one
    def import_it(store: SqlStore, changed: dict[str, int]) -> None:
        store.codes._connection.execute(update(invite_code).values(**changed))

    await database.write(add, [code("code", available=1)])

    await database.write(import_it, {"available": -7, "use_count": 3, "imported_uses": 3})

    assert not await database.write(claim, ("code", "did:web:a.test"))


async def test_an_account_that_is_being_given_codes_is_locked_for_others(postgres_url: URL) -> None:
    engine = engines.writing(postgres_url, lanes=2)
    with engine.begin() as connection:
        SqlStore(connection).accounts.add(account("ada"))

    with engine.begin() as connection, engine.begin() as rival:
        assert SqlStore(connection).codes.lock_owner("did:web:ada.test")
        rival.exec_driver_sql("SET LOCAL lock_timeout = '1ms'")

        with pytest.raises(OperationalError, match="lock timeout"):
            SqlStore(rival).codes.lock_owner("did:web:ada.test")
    engine.dispose()

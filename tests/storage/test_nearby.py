"""Pages of what many codes have are found among the codes that come next, or not at all."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import URL, Connection, Row, event, update

from tests.storage.books import NOON, code
from xrpc_invites.invites.model import Terms
from xrpc_invites.invites.paging import Position, Sort, milliseconds
from xrpc_invites.invites.search import Cut, Search
from xrpc_invites.invites.status import Status
from xrpc_invites.storage import engines
from xrpc_invites.storage.nearby import FEW, nearby
from xrpc_invites.storage.search import searched
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import invite_code

CODES = 60
WANTED = {
    "tag": Search(tag="red"),
    "tag and word": Search(tag="red", text="camp"),
    "words": Search(text="camp spr"),
    "text": Search(text="code1"),
    "tag and status": Search(tag="red", status=Status.ACTIVE),
    "tag and time": Search(tag="red", created_before=NOON + timedelta(minutes=CODES // 2)),
}

# An index of active codes has them in their order, too.
PLAIN = {name: wanted for name, wanted in WANTED.items() if wanted.status is None}


def fill(connection: Connection) -> None:
    """Codes of which a third is red, and of which half the notes speak of a camp."""
    SqlStore(connection).codes.add(
        [
            code(
                f"code{n}",
                available=9,
                created_at=NOON + timedelta(minutes=n // 2),
                terms=Terms(
                    tags=("red", "blue") if n % 3 == 0 else ("blue",),
                    note="Spring camp" if n % 2 else "spring",
                    expires_at=NOON + timedelta(days=1 + n % 7) if n % 5 else None,
                ),
            )
            for n in range(CODES)
        ]
    )
    used = update(invite_code).where(invite_code.c.code.like("%7"))
    connection.execute(used.values(use_count=2))


def places(sort: Sort) -> Iterator[Position | None]:
    """The beginning, and places in the middle."""
    yield None
    match sort:
        case Sort.RECENT:
            yield Position(milliseconds(NOON + timedelta(minutes=20)), "code40")
        case Sort.USAGE:
            yield Position(2, "code37")
            yield Position(0, "code40")
        case Sort.EXPIRY:
            yield Position(milliseconds(NOON + timedelta(days=3)), "code30")


def keys(rows: Sequence[Row[Any]]) -> list[str]:
    return [row.code_key for row in rows]


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("wanted", WANTED.values(), ids=[*WANTED])
def test_what_is_found_nearby_is_the_page(sqlite_url: URL, wanted: Search, sort: Sort) -> None:
    outcomes = set()
    engine = engines.writing(sqlite_url, lanes=1)
    with engine.begin() as connection:
        fill(connection)
        for after, near, limit in product(places(sort), (1, 10, 30, 1_000), (1, 4)):
            cut = Cut(sort=sort, after=after, limit=limit, now=NOON)
            page = connection.execute(searched(wanted, cut)).all()
            found = nearby(connection, wanted, cut, leases_ended=False, few=0, near=near)
            outcomes.add(found is not None)
            assert found is None or keys(found) == keys(page)
            # With all codes nearby there is nothing else to look for.
            assert found is not None or near < CODES
    engine.dispose()

    assert outcomes == {True, False}


def test_what_few_have_is_looked_for_by_itself(url: URL) -> None:
    engine = engines.writing(url, lanes=1)
    with engine.begin() as connection:
        fill(connection)
        cut = Cut(sort=Sort.RECENT, after=None, limit=1, now=NOON)
        some = [
            nearby(connection, wanted, cut, leases_ended=False, few=few) is not None
            for wanted, few in (
                (Search(tag="red"), CODES // 3 - 1),
                (Search(tag="red"), CODES // 3),
                (Search(tag="red", text="code1"), CODES // 3 - 1),
                (Search(status=Status.ACTIVE), 0),
            )
        ]
    engine.dispose()

    # A server knows by itself how many there are.
    assert some == [url.get_backend_name() == "sqlite", False, False, False]


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("wanted", [*PLAIN.values()], ids=[*PLAIN])
def test_codes_are_read_in_their_order(sqlite_url: URL, wanted: Search, sort: Sort) -> None:
    asked: list[tuple[str, Any]] = []
    engine = engines.writing(sqlite_url, lanes=1)

    @event.listens_for(engine, "before_cursor_execute")
    def _note(
        _c: object, _u: object, sql: str, values: Any, *_others: object
    ) -> None:  # the driver's
        asked.append((sql, values))

    with engine.begin() as connection:
        fill(connection)
        cut = Cut(sort=sort, after=None, limit=1, now=NOON)
        nearby(connection, wanted, cut, leases_ended=False, few=0, near=10)
        sql, values = asked[-1]
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
    engine.dispose()

    plan = "\n".join(row[3] for row in rows)
    assert f"USING INDEX {INDEX[sort]}" in plan
    assert "TEMP B-TREE" not in plan


INDEX = {
    Sort.RECENT: "ix_invite_code_created_at_code",
    Sort.USAGE: "ix_invite_code_use_count_created_at_code",
    Sort.EXPIRY: "ix_invite_code_expires_at",
}


async def _searches(database: Any, wanted: Search) -> Sequence[str]:
    cut = Cut(sort=Sort.RECENT, after=None, limit=2, now=NOON)
    found = await database.read(lambda store: store.codes.search(wanted, cut), scan=True)
    return [one.code.code for one in found]


@pytest.mark.anyio
async def test_a_search_for_what_many_have_finds_the_newest(database: Any) -> None:
    def many(store: SqlStore, count: Sequence[int]) -> Sequence[None]:
        for number in count:
            terms = Terms(tags=("red",))
            made = [
                code(f"code{n}", created_at=NOON + timedelta(seconds=n), terms=terms)
                for n in range(number)
            ]
            store.codes.add(made)
        return [None] * len(count)

    await database.write(many, FEW + 1)

    assert await _searches(database, Search(tag="red")) == [f"code{FEW - n}" for n in range(3)]

"""What the store promises of operators' tokens, on both databases."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL, func, select

from tests.storage.books import NOON
from xrpc_invites.invites.audit import Author
from xrpc_invites.invites.books import TokenPlace
from xrpc_invites.invites.operators import OperatorToken, TokenRefusal, hasher
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.tokens import Made, Tokens
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.operator_tables import audit_inbox, operator_token
from xrpc_invites.storage.store import SqlReadStore, SqlStore

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
RIVALS = 8


def token(name: str, **changed: Any) -> OperatorToken:
    given: dict[str, Any] = {
        "id": f"id of {name}",
        "name": name,
        "role": "viewer",
        "token_hash": f"hash of {name}",
        "created_at": NOON,
    }
    return OperatorToken(**(given | changed))


def author(request: str = "1") -> Author:
    return Author(
        actor="admin",
        role="owner",
        credentials="password",
        address="",
        request=request,
        action="org.xrpcinvites.createToken",
    )


@one_by_one
def add(store: SqlStore, new: OperatorToken) -> bool:
    return store.tokens.add(new)


@one_by_one
def revoke(store: SqlStore, id_: str) -> bool:
    return store.tokens.revoke(id_, at=NOON + HOUR)


@one_by_one
def touch(store: SqlStore, minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)
    store.tokens.touch("id of ada", at=at, unless_since=at - HOUR)


@one_by_one
def entries(store: SqlStore, _: None) -> int:
    counted = select(func.count()).select_from(audit_inbox)
    return store.tokens._connection.execute(counted).scalar_one()


async def by_hash(database: Database, name: str) -> OperatorToken | None:
    wanted = f"hash of {name}"
    found = await database.read(lambda store: store.tokens.by_hashes([wanted, "another"]))
    return found.get(wanted)


async def test_a_token_comes_back_as_it_was_stored(database: Database) -> None:
    stored = token("ada", expires_at=NOON + HOUR)

    assert await database.write(add, stored)

    assert await by_hash(database, "ada") == stored
    assert await by_hash(database, "eve") is None


async def test_a_live_tokens_name_is_taken_in_every_letter_case(database: Database) -> None:
    await database.write(add, token("ada"))

    assert not await database.write(add, token("ADA"))
    assert await by_hash(database, "ADA") is None


async def test_an_expired_token_gives_its_name_back_when_the_clock_says_so(
    database: Database,
) -> None:
    until = NOON + HOUR
    await database.write(add, token("ada", expires_at=until))
    just_before = until - timedelta(milliseconds=1)

    assert not await database.write(add, token("Ada", created_at=just_before))
    assert await database.write(add, token("aDA", created_at=until))
    assert not await database.write(add, token("adA", created_at=until))


async def test_a_revoked_token_gives_its_name_back_at_once(database: Database) -> None:
    await database.write(add, token("ada"))

    assert await database.write(revoke, "id of ada")

    assert await database.write(add, token("Ada"))
    revoked = await by_hash(database, "ada")
    assert revoked is not None
    assert revoked.revoked_at == NOON + HOUR


async def test_a_token_is_revoked_once(database: Database) -> None:
    await database.write(add, token("ada"))

    assert await database.write(revoke, "id of ada")
    assert not await database.write(revoke, "id of ada")
    assert not await database.write(revoke, "another")


async def test_a_use_is_written_once_an_hour_whichever_replica_saw_it(database: Database) -> None:
    await database.write(add, token("ada"))
    seen = []

    for minutes in (0, 59, 60, 61):
        await database.write(touch, minutes)
        found = await by_hash(database, "ada")
        assert found is not None
        assert found.last_used_at is not None
        seen.append((found.last_used_at - NOON).seconds // 60)

    assert seen == [0, 0, 60, 60]


async def test_pages_list_every_token_once_newest_first(database: Database) -> None:
    # Two of every three are of one instant, so that their ids must part them.
    for number in range(9):
        made = NOON + timedelta(milliseconds=number // 3 * 2)
        await database.write(add, token(f"t{number}", created_at=made))

    def page(store: SqlReadStore) -> Sequence[OperatorToken]:
        return store.tokens.page(after=after, limit=4)

    after: TokenPlace | None = None
    listed: list[OperatorToken] = []
    while found := await database.read(page):
        listed += found
        last = found[-1]
        after = round(last.created_at.timestamp() * 1_000), last.id

    assert [one.name for one in listed] == [f"t{number}" for number in reversed(range(9))]


async def test_of_rivals_for_a_name_one_makes_it(url: URL) -> None:
    """Each rival is a replica of its own, so that nothing but the database parts them."""
    replicas = [Database(url) for _ in range(RIVALS)]
    draws = iter(range(10_000))

    def tokens(database: Database) -> Tokens:
        return Tokens(
            database.read,
            database.write,
            now=lambda: NOON,
            dice=lambda count: next(draws).to_bytes(count, "big"),
            hash_token=hasher(b"a hash key for the tests"),
        )

    for database in replicas:
        await database.__aenter__()
    made = await asyncio.gather(
        *(
            tokens(database).create("ada", "viewer", expires_at=None, by=author(f"{number}"))
            for number, database in enumerate(replicas)
        )
    )
    logged = await replicas[0].write(entries, None)
    for database in replicas:
        await database.__aexit__()

    assert sum(isinstance(one, Made) for one in made) == 1
    assert made.count(TokenRefusal.NAME_TAKEN) == RIVALS - 1
    assert logged == 1


async def test_every_request_finds_its_token_by_an_index(sqlite_url: URL) -> None:
    engine = engines.reading(sqlite_url)
    wanted = select(operator_token).where(operator_token.c.token_hash == "x")
    statement = str(wanted.compile(engine, compile_kwargs={"literal_binds": True}))
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    engine.dispose()

    assert all("SCAN" not in row[3] for row in plan)

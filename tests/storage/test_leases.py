"""Leases: one holder at a time, until the clock says otherwise."""

from datetime import timedelta

import pytest
from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

from tests.storage.books import NOON
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

LIFE = timedelta(seconds=10)


@one_by_one
def take(store: SqlStore, asked: tuple[str, int]) -> bool:
    """Take the lease at a number of seconds after noon."""
    holder, seconds = asked
    at = NOON + timedelta(seconds=seconds)
    return store.leases.take("work", holder=holder, at=at, until=at + LIFE)


async def free(database: Database, holder: str, seconds: int, name: str = "work") -> bool:
    at = NOON + timedelta(seconds=seconds)
    return await database.read(lambda store: store.leases.free(name, holder=holder, at=at))


async def test_a_lease_is_free_until_it_is_taken(database: Database) -> None:
    before = await free(database, "two", 0)

    taken = await database.write(take, ("one", 0))

    assert (before, taken) == (True, True)
    assert not await free(database, "two", 0)
    assert await free(database, "two", 0, name="other work")


async def test_a_lease_that_another_has_is_refused(database: Database) -> None:
    await database.write(take, ("one", 0))

    assert not await database.write(take, ("two", 9))
    assert await free(database, "one", 9)


async def test_a_lease_ends_by_the_clock_to_the_instant(database: Database) -> None:
    await database.write(take, ("one", 0))

    assert [await free(database, "two", seconds) for seconds in (9, 10)] == [False, True]
    assert await database.write(take, ("two", 10))
    assert not await database.write(take, ("one", 19))


async def test_a_holder_keeps_its_lease_by_taking_it_again(database: Database) -> None:
    await database.write(take, ("one", 0))

    assert await database.write(take, ("one", 9))
    assert not await database.write(take, ("two", 18))


async def test_a_lease_that_is_being_taken_is_locked_for_others(postgres_url: URL) -> None:
    engine = engines.writing(postgres_url, lanes=2)
    with engine.begin() as connection, engine.begin() as rival:
        take(SqlStore(connection), [("one", 0)])
        rival.exec_driver_sql("SET LOCAL lock_timeout = '1ms'")

        with pytest.raises(OperationalError, match="lock timeout"):
            take(SqlStore(rival), [("two", 99)])
    engine.dispose()

"""A connection is lost at the worst moments: nothing is lost with it, and nothing doubled."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import URL, Engine, text, update

from tests.lines import Cut, Held, Line, after_it_is_done, before_it_arrives, line_to
from tests.storage.books import NOON, code
from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.ports import StoreBusyError, one_by_one
from xrpc_invites.invites.status import Attempt
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.reader import Reader
from xrpc_invites.storage.store import SqlReadStore, SqlStore
from xrpc_invites.storage.tables import invite_code
from xrpc_invites.storage.turns import always
from xrpc_invites.storage.writer import Writer

pytestmark = pytest.mark.anyio

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
_END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_END_THIS = text("SELECT pg_terminate_backend(pg_backend_pid())")
_LOST = 5
"""More tries than there are for work that is certainly undone."""


@one_by_one
def add(store: SqlStore, made: InviteCode) -> None:
    store.codes.add([made])


@one_by_one
def claim(store: SqlStore, did: str) -> bool:
    return store.codes.claim("code", Attempt(NOON), did=did)


@one_by_one
def count_up(store: SqlStore, _: None) -> int:
    """Anything but safe to repeat."""
    counted = update(invite_code).values(available=invite_code.c.available + 1)
    answered = store.codes._connection.execute(counted.returning(invite_code.c.available))
    return int(answered.scalar_one())


def available(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(invite_code.select()).one().available)


@asynccontextmanager
async def written(url: URL, *, patience: float = 15) -> AsyncGenerator[Writer]:
    """A writer with one lane."""
    made = Writer(engines.writing(url, lanes=1), always, lanes=1, patience=patience)
    made.start()
    yield made
    await made.close()


@pytest.fixture
def line(postgres_url: URL) -> Generator[Line]:
    """A line to a database."""
    with line_to(postgres_url) as made:
        yield made


@pytest.fixture
def aside(postgres_url: URL) -> Generator[Engine]:
    """Connections of the test itself, which nobody cuts."""
    engine = engines.writing(postgres_url, lanes=2)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("cut", [before_it_arrives, after_it_is_done])
@pytest.mark.parametrize("times", [1, _LOST])
async def test_a_commit_whose_answer_is_lost_counts_once(
    line: Line, aside: Engine, cut: Cut, times: int
) -> None:
    async with written(line.url) as write:
        await write(add, code("code"))
        line.cut(*[cut] * times)

        counted = await write(count_up, None)

    assert line.cuts == times
    assert (counted, available(aside)) == (2, 2)


@pytest.mark.parametrize("cut", [before_it_arrives, after_it_is_done])
async def test_whoever_lost_the_answer_is_told_the_truth(line: Line, cut: Cut) -> None:
    async with written(line.url) as write:
        await write(add, code("code"))
        line.cut(cut)

        first = await write(claim, "did:web:ada.test")
        second = await write(claim, "did:web:bea.test")

    assert (line.cuts, first, second) == (1, True, False)


async def test_the_first_group_of_a_lane_can_lose_its_answer(line: Line, aside: Engine) -> None:
    async with written(line.url) as write:
        line.cut(after_it_is_done)

        await write(add, code("code"))

    assert available(aside) == 1


async def test_a_group_that_is_lost_is_asked_for_as_one(line: Line, aside: Engine) -> None:
    async with written(line.url) as write:
        await write(add, code("code"))
        line.cut(after_it_is_done)

        counted = await asyncio.gather(*(write(count_up, None) for _ in range(20)))

    assert sorted(counted) == list(range(2, 22))
    assert available(aside) == 21


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_commit_that_may_still_arrive_is_waited_for(
    line: Line, aside: Engine, *, arrives: bool
) -> None:
    async with written(line.url) as write:
        await write(add, code("code"))
        held = Held()
        line.cut(held)
        counting = asyncio.ensure_future(write(count_up, None))
        # The client is gone, has come again, and waits for what it left.
        with aside.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not await asyncio.to_thread(lambda: connection.scalar(_WAITING)):
                assert not counting.done()
            if arrives:
                held.arrives.set()
            else:
                connection.execute(_END_OTHERS)

        assert await counting == 2

    held.arrives.set()
    assert available(aside) == 2


async def test_work_that_was_lost_before_its_commit_is_done_again(
    postgres_url: URL, aside: Engine
) -> None:
    tries = 0

    @one_by_one
    def lose_the_first_time(store: SqlStore, _: None) -> int:
        nonlocal tries
        tries += 1
        [counted] = count_up(store, [None])
        if tries == 1:
            store.codes._connection.execute(_END_THIS)
        return counted

    async with written(postgres_url) as write:
        await write(add, code("code"))

        assert await write(lose_the_first_time, None) == 2

    assert (tries, available(aside)) == (2, 2)


async def test_work_that_is_lost_each_time_leaves_nothing_and_says_busy(
    postgres_url: URL, aside: Engine
) -> None:
    @one_by_one
    def lose(store: SqlStore, _: None) -> None:
        count_up(store, [None])
        store.codes._connection.execute(_END_THIS)

    async with written(postgres_url) as write:
        await write(add, code("code"))

        with pytest.raises(StoreBusyError):
            await write(lose, None)

        assert await write(count_up, None) == 2
    assert available(aside) == 2


async def test_who_cannot_ask_in_time_is_told_that_the_store_is_busy(line: Line) -> None:
    async with written(line.url, patience=0) as write:
        await write(add, code("code"))
        line.cut(*[before_it_arrives] * _LOST)

        with pytest.raises(StoreBusyError):
            await write(count_up, None)

    assert line.cuts < _LOST


async def test_a_connection_that_ended_unheard_is_replaced(
    postgres_url: URL, aside: Engine
) -> None:
    async with Database(postgres_url) as database:
        await database.write(add, code("code"))
        await database.read(lambda store: store.codes.find("code"))
        with aside.connect() as connection:
            connection.execute(_END_OTHERS)

        assert await database.write(count_up, None) == 2
        assert await database.read(lambda store: store.codes.find("code"))


async def test_a_query_whose_connection_is_lost_is_asked_again(postgres_url: URL) -> None:
    tries = 0

    def lose_the_first_time(store: SqlReadStore) -> int:
        nonlocal tries
        tries += 1
        if tries == 1:
            store.codes._connection.execute(_END_THIS)
        return tries

    reader = Reader(engines.reading(postgres_url))
    reader.start()

    assert await reader(lose_the_first_time) == 2
    await reader.close()


async def test_a_query_that_is_lost_each_time_says_busy(postgres_url: URL) -> None:
    reader = Reader(engines.reading(postgres_url))
    reader.start()

    with pytest.raises(StoreBusyError):
        await reader(lambda store: store.codes._connection.execute(_END_THIS))

    await reader.close()


async def test_who_finds_a_standby_looks_for_the_primary(postgres_url: URL, aside: Engine) -> None:
    read_only = [True]

    @one_by_one
    def on_a_standby_first(store: SqlStore, _: None) -> int:
        if read_only.pop(0):
            store.codes._connection.execute(text("SET TRANSACTION READ ONLY"))
        read_only.append(False)
        [counted] = count_up(store, [None])
        return counted

    async with written(postgres_url) as write:
        await write(add, code("code"))

        assert await write(on_a_standby_first, None) == 2

    assert available(aside) == 2


async def test_a_crowd_whose_connections_are_ended_has_its_uses_and_the_truth(
    postgres_url: URL, aside: Engine
) -> None:
    dids = [f"did:web:{number}.test" for number in range(200)]
    async with Database(postgres_url) as database:
        await database.write(add, code("code", available=100))
        asked = [asyncio.ensure_future(database.write(claim, did, lane=did)) for did in dids]
        with aside.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not all(one.done() for one in asked):
                await asyncio.to_thread(connection.execute, _END_OTHERS)
                await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        told = await asyncio.gather(*asked, return_exceptions=True)
        found = await database.read(lambda store: store.codes.uses("code", after=None, limit=1_000))

    used = {use.used_by for use, _ in found}
    admitted = {did for did, answer in zip(dids, told, strict=True) if answer is True}
    refused = {did for did, answer in zip(dids, told, strict=True) if answer is False}
    assert len(used) <= 100
    assert admitted <= used
    assert not refused & used

"""Group commit: together when it can, alone when it must, answered when it is safe."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

import pytest
from sqlalchemy import URL, Connection, event, insert
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.storage.books import NOON, code
from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.ports import CodeTakenError, StoreBusyError, one_by_one
from xrpc_invites.storage import engines, lanes
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.lanes import Work
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import invite_code_use
from xrpc_invites.storage.turns import FileTurn, Turn, always
from xrpc_invites.storage.writer import Writer

pytestmark = pytest.mark.anyio


@one_by_one
def add(store: SqlStore, name: str) -> str:
    store.codes.add([code(name)])
    return name


@one_by_one
def fail_after_adding(store: SqlStore, name: str) -> str:
    store.codes.add([code(name)])
    raise LookupError(name)


@asynccontextmanager
async def opened(url: URL, turn: Turn = always) -> AsyncGenerator[tuple[Writer, list[str]]]:
    """A writer with one lane, and the names of the transactions' ends as they come."""
    engine = engines.writing(url, lanes=1)
    ends: list[str] = []
    for end in ("commit", "rollback"):
        event.listen(engine, end, lambda _connection, end=end: ends.append(end))
    made = Writer(engine, turn, lanes=1)
    made.start()
    yield made, ends
    await made.close()


class Gate:
    """A turn that nobody gets before the gate is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    @contextmanager
    def __call__(self, *, wait: bool = True) -> Generator[None]:
        if not (wait or self.open.is_set()):
            raise StoreBusyError
        self.reached.set()
        self.open.wait(30)
        yield


async def found(database: Database, name: str) -> InviteCode | None:
    return await database.read(lambda store: store.codes.find(name))


async def queued(
    write: Writer, gate: Gate, *jobs: tuple[Work[SqlStore, str, str], str]
) -> list["asyncio.Future[str]"]:
    """Work that waits together, because a first unit is held up."""
    first = asyncio.ensure_future(write(add, "first"))
    await asyncio.to_thread(gate.reached.wait, 30)
    rest = [asyncio.ensure_future(write(work, name)) for work, name in jobs]
    # The tasks put their work into the queue when they first run.
    await asyncio.wait({first, *rest}, timeout=0)
    return [first, *rest]


async def test_work_that_arrives_together_is_committed_together(url: URL) -> None:
    gate = Gate()
    async with opened(url, gate) as (write, ends):
        jobs = await queued(write, gate, *((add, f"code-{n}") for n in range(20)))

        gate.open.set()

        assert await asyncio.gather(*jobs) == ["first", *(f"code-{n}" for n in range(20))]
        assert ends == ["commit", "commit"]


async def test_what_waits_together_is_done_in_the_order_of_its_lanes(sqlite_url: URL) -> None:
    done: list[str] = []

    @one_by_one
    def note(_store: SqlStore, name: str) -> str:
        done.append(name)
        return name

    gate = Gate()
    async with opened(sqlite_url, gate) as (write, _ends):
        first = asyncio.ensure_future(write(note, "first"))
        await asyncio.to_thread(gate.reached.wait, 30)
        names = ["b1", "a1", "c1", "a2", "b2"]
        rest = [asyncio.ensure_future(write(note, name, lane=name[0])) for name in names]
        await asyncio.wait({first, *rest}, timeout=0)
        gate.open.set()

        assert await asyncio.gather(*rest) == names

    assert done == ["first", "a1", "a2", "b1", "b2", "c1"]


async def test_a_unit_that_fails_fails_alone(url: URL, database: Database) -> None:
    gate = Gate()
    async with opened(url, gate) as (write, _ends):
        jobs = await queued(write, gate, (add, "one"), (fail_after_adding, "bad"), (add, "two"))

        gate.open.set()
        answers = await asyncio.gather(*jobs, return_exceptions=True)

    assert [type(answer) for answer in answers] == [str, str, LookupError, str]
    assert await found(database, "one")
    assert await found(database, "bad") is None
    assert await found(database, "two")


async def test_nobody_is_answered_before_the_commit(url: URL) -> None:
    engine = engines.writing(url, lanes=1)
    committing, commit = threading.Event(), threading.Event()

    def hold(_connection: Connection) -> None:
        committing.set()
        commit.wait(30)

    event.listen(engine, "commit", hold)
    write = Writer(engine, always, lanes=1)
    write.start()
    answer = asyncio.ensure_future(write(add, "code"))

    # Whatever the writer told the loop before it began to commit has arrived by then.
    await asyncio.to_thread(committing.wait, 30)
    answered_early = answer.done()
    commit.set()

    assert not answered_early
    assert await answer == "code"
    await write.close()


async def test_what_was_answered_is_seen_by_others(url: URL, database: Database) -> None:
    async with opened(url) as (write, _ends):
        for number in range(10):
            name = await write(add, f"code-{number}")

            assert await found(database, name)


async def test_a_taken_key_is_the_fault_of_one_request(database: Database) -> None:
    await database.write(add, "taken")

    answers = await asyncio.gather(
        *(database.write(add, name) for name in ("free", "taken", "also-free")),
        return_exceptions=True,
    )

    assert [type(answer) for answer in answers] == [str, CodeTakenError, str]


async def test_a_commit_on_sqlite_is_on_disk(sqlite_url: URL) -> None:
    with engines.writing(sqlite_url, lanes=1).connect() as connection:
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()

    assert (synchronous, journal) == (2, "wal")


async def test_readers_do_not_wait_for_a_writer(url: URL, database: Database) -> None:
    engine = engines.writing(url, lanes=1)
    with engine.begin() as connection:
        SqlStore(connection).codes.add([code("unseen")])

        assert await found(database, "unseen") is None
    assert await found(database, "unseen")
    engine.dispose()


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        await database.read(lambda store: SqlStore(store.codes._connection).codes.add([code("x")]))


async def test_a_busy_database_is_said_to_be_busy(sqlite_url: URL) -> None:
    rival = engines.writing(sqlite_url, lanes=1)
    impatient = engines.writing(sqlite_url, lanes=1, busy_timeout_ms=1)
    with rival.begin():
        write = Writer(impatient, always, lanes=1)
        write.start()

        answers = await asyncio.gather(write(add, "one"), write(add, "two"), return_exceptions=True)

    assert [type(answer) for answer in answers] == [StoreBusyError, StoreBusyError]
    assert await write(add, "one") == "one"
    await write.close()
    rival.dispose()


async def test_a_queue_that_is_full_refuses_more(sqlite_url: URL) -> None:
    gate = Gate()
    async with opened(sqlite_url, gate) as (write, _ends):
        first = asyncio.ensure_future(write(add, "first"))
        await asyncio.to_thread(gate.reached.wait, 30)
        rest = [asyncio.ensure_future(write(add, f"code-{n}")) for n in range(lanes.MAX_WAITING)]
        await asyncio.wait({first, *rest}, timeout=0)

        with pytest.raises(StoreBusyError):
            await write(add, "one too many")

        gate.open.set()
        await asyncio.gather(first, *rest)


async def test_closing_finishes_what_waits(url: URL, database: Database) -> None:
    gate = Gate()
    async with opened(url, gate) as (write, _ends):
        jobs = await queued(write, gate, (add, "one"))
        gate.open.set()

    assert await asyncio.gather(*jobs) == ["first", "one"]
    assert await found(database, "one")


async def test_what_could_not_be_committed_is_not_committed_with_what_comes_next(
    sqlite_url: URL,
) -> None:
    @one_by_one
    def break_late(store: SqlStore, name: str) -> str:
        connection = store.codes._connection
        # A use of no code, which the database notices at the very end.
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        orphan = {"code_key": "none", "used_by": "did:web:a.test", "used_at": NOON}
        connection.execute(insert(invite_code_use).values(orphan))
        return add(store, [name])[0]

    async with Database(sqlite_url) as database:
        with pytest.raises(IntegrityError):
            await database.write(break_late, "late")
        await database.write(add, "next")

        assert await found(database, "late") is None
        assert await found(database, "next") is not None


class TestBriefWork:
    """On a file its statements are done where they are asked; the thread commits."""

    async def test_the_thread_does_no_more_than_commit(self, sqlite_url: URL) -> None:
        threads: dict[str, int] = {}
        async with opened(sqlite_url) as (write, _ends):
            event.listen(write._engine, "commit", noting(threads, "commit"))

            assert await write(telling(threads), "code", brief=True) == "code"

        assert threads["unit"] == threading.get_ident() != threads["commit"]

    async def test_a_server_is_never_waited_for(self, postgres_url: URL) -> None:
        threads: dict[str, int] = {}
        async with opened(postgres_url) as (write, _ends):
            await write(telling(threads), "code", brief=True)

        assert threads["unit"] != threading.get_ident()

    async def test_is_not_answered_before_the_commit(self, sqlite_url: URL) -> None:
        committing, commit = threading.Event(), threading.Event()

        def hold(_connection: Connection) -> None:
            committing.set()
            commit.wait(30)

        async with opened(sqlite_url) as (write, _ends):
            event.listen(write._engine, "commit", hold)
            answer = asyncio.ensure_future(write(add, "code", brief=True))
            await asyncio.to_thread(committing.wait, 30)
            answered_early = answer.done()
            commit.set()

            assert await answer == "code"

        assert not answered_early

    async def test_waits_with_what_is_not_brief(self, sqlite_url: URL) -> None:
        threads: dict[str, int] = {}
        gate = Gate()
        async with opened(sqlite_url, gate) as (write, _ends):
            jobs = await queued(write, gate, (add, "long"))
            brief = asyncio.ensure_future(write(telling(threads), "brief", brief=True))
            await asyncio.wait({brief}, timeout=0)
            gate.open.set()

            assert await asyncio.gather(*jobs, brief) == ["first", "long", "brief"]

        assert threads["unit"] != threading.get_ident()

    async def test_fails_alone(self, sqlite_url: URL) -> None:
        async with opened(sqlite_url) as (write, ends), Database(sqlite_url) as database:
            work = {"one": add, "bad": fail_after_adding, "two": add}
            answers = await asyncio.gather(
                *(write(unit, name, brief=True) for name, unit in work.items()),
                return_exceptions=True,
            )

            assert [type(answer) for answer in answers] == [str, LookupError, str]
            assert "rollback" in ends
            assert await found(database, "bad") is None
            assert await found(database, "two")

    async def test_what_cannot_be_committed_is_tried_again(self, sqlite_url: URL) -> None:
        async with opened(sqlite_url) as (write, ends):
            event.listen(write._engine, "commit", failing_once(sqlite_url))

            # Were anything left of the first time, its key would be taken.
            assert await write(add, "code", brief=True) == "code"
            assert ends == ["commit", "commit"]

    @pytest.mark.parametrize("rival", ["turn", "file"])
    async def test_the_event_loop_waits_for_no_other_process(
        self, sqlite_url: URL, rival: str
    ) -> None:
        threads: dict[str, int] = {}
        engine = engines.writing(sqlite_url, lanes=1, busy_timeout_ms=3_600_000)
        with FileTurn(engines.sqlite_file(sqlite_url)) as turn:
            write = Writer(engine, turn, lanes=1)
            write.start()
            with writing_elsewhere(sqlite_url, rival):
                # If it waited, it would not come back.
                work = asyncio.ensure_future(write(telling(threads), "code", brief=True))
                await asyncio.wait({work}, timeout=0)

                assert not work.done()

            assert await work == "code"
            await write.close()

        assert threads["unit"] != threading.get_ident()


def telling(threads: dict[str, int]) -> Work[SqlStore, str, str]:
    """Work that tells on which thread it is done, and adds a code."""

    @one_by_one
    def unit(store: SqlStore, name: str) -> str:
        threads["unit"] = threading.get_ident()
        return add(store, [name])[0]

    return unit


def noting(threads: dict[str, int], what: str) -> Callable[[Connection], None]:
    """Notes on which thread it is called."""

    def note(_connection: Connection) -> None:
        threads[what] = threading.get_ident()

    return note


def failing_once(url: URL) -> Callable[[Connection], None]:
    """Makes the first commit fail as a disk does that is full for a moment."""
    failed: list[URL] = []

    def fail(_connection: Connection) -> None:
        if not failed:
            failed.append(url)
            raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk is full"))

    return fail


@contextmanager
def writing_elsewhere(url: URL, rival: str) -> Generator[None]:
    """Another process writes: it has the turn, or it knows of none and has locked the file."""
    if rival == "turn":
        with FileTurn(engines.sqlite_file(url)) as turn, turn():
            yield
        return
    stranger = engines.writing(url, lanes=1)
    with stranger.begin():
        yield
    stranger.dispose()

"""Queries: each sees one state of the database and waits for no writer."""

import asyncio
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from operator import attrgetter
from threading import Event
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.storage.engines import ASKERS, READERS
from xrpc_invites.storage.failures import passing
from xrpc_invites.storage.lanes import Job, Lane, Outcome, Work, values
from xrpc_invites.storage.listing import Known
from xrpc_invites.storage.prepared import driver, in_transaction, run
from xrpc_invites.storage.store import SqlReadStore

A = TypeVar("A")
T = TypeVar("T")
Query = Callable[[SqlReadStore], T]

STEPS = 100_000
"""Instructions of SQLite between two looks whether a query is still wanted: some milliseconds."""

TRIES = 3
"""Times a query is tried: a connection of the pool may have ended unheard."""


class Reader:
    """Runs queries, and answers questions. See `accounts.ports.Read` and `invites.ports.Ask`.

    Raises:
        StoreBusyError: The database is away.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known = Known()
        # A query of a local file that an index serves is done sooner than a thread takes
        # it up: five times the throughput, measured.
        self._near = _Near(engine) if engine.dialect.name == "sqlite" else None
        self._ending = Event()
        self._scanning: set[Any] = set()
        """Connections to a server on which much is read."""
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        # A server is asked a question for all who ask it meanwhile.
        self._lanes = [
            Lane(self._group, name=f"asker-{number}", linger=0)
            for number in range(0 if self._near else ASKERS)
        ]

    def start(self) -> None:
        """Open the lanes. Must be called on the event loop that will ask."""
        for lane in self._lanes:
            lane.start()

    async def __call__(self, query: Query[T], /, *, scan: bool = False) -> T:
        if self._near and not scan:
            return _tried(self._near, query)
        loop = asyncio.get_running_loop()
        ask = self._scan if scan else self._apart
        return await loop.run_in_executor(self._threads, _tried, ask, query)

    async def ask(self, question: Work[SqlReadStore, A, T], argument: A, /) -> T:
        """See `invites.ports.Ask`."""
        if self._near:
            [answer] = _tried(self._near.at_once, lambda store: question(store, [argument]))
            return answer
        coming: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        lane = min(self._lanes, key=attrgetter("waiting"))
        lane.put(Job(question, argument, "", coming))
        return await coming

    def end_scans(self) -> None:
        """Break off queries that read much: a server that stops has nobody who waits for them.

        Who asked hears a StoreBusyError, or the database's own.
        """
        self._ending.set()
        for connection in [*self._scanning]:
            connection.cancel()

    async def close(self) -> None:
        """Answer who waits, then stop."""
        await asyncio.gather(*(lane.close() for lane in self._lanes))
        self._threads.shutdown()
        if self._near:
            self._near.close()
        self._engine.dispose()

    def _apart(self, query: Query[T]) -> T:
        with self._engine.connect() as connection:
            return query(SqlReadStore(connection, self._known))

    def _scan(self, query: Query[T]) -> T:
        if self._ending.is_set():
            raise StoreBusyError
        with self._engine.connect() as connection:
            file = driver(connection)
            if file is None:
                with self._cancellable(connection):
                    return query(SqlReadStore(connection, self._known))
            file.set_progress_handler(self._ending.is_set, STEPS)
            # At once: of statements that are prepared SQLAlchemy hears nothing.
            run(connection, "BEGIN")
            return query(SqlReadStore(connection, self._known))

    @contextmanager
    def _cancellable(self, connection: Connection) -> Generator[None]:
        server: Any = connection.connection.driver_connection
        self._scanning.add(server)
        try:
            yield
        finally:
            self._scanning.discard(server)

    def _group(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        # Nobody minds in which order he is answered.
        alike = sorted(jobs, key=lambda job: id(job.work))
        try:
            found = _tried(self._apart, lambda store: values(store, alike))
        except Exception as error:  # noqa: BLE001  # whatever failed, who asked must hear it
            if len(jobs) == 1 or isinstance(error, StoreBusyError):
                return [Outcome(job, error=error) for job in jobs]
            # A question that fails fails alone.
            return [outcome for job in jobs for outcome in self._group([job])]
        return [Outcome(job, value) for job, value in zip(alike, found, strict=True)]


class _Near:
    """Runs queries of a file on one connection that stays open, where they are asked.

    To take one from the pool and give it back costs as much as ten queries. Rows must be read
    to their end: a cursor that is left open would hold on to what it sees.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open: tuple[Connection, SqlReadStore] | None = None

    def __call__(self, query: Query[T]) -> T:
        connection, store = self._opened()
        run(connection, "BEGIN")
        try:
            return query(store)
        finally:
            _leave(connection)

    def at_once(self, query: Query[T]) -> T:
        """Run a query of one statement, which sees one state of the database anyway."""
        connection, store = self._opened()
        try:
            return query(store)
        finally:
            _leave(connection)

    def _opened(self) -> tuple[Connection, SqlReadStore]:
        if self._open is None:
            connection = self._engine.connect()
            self._open = connection, SqlReadStore(connection, Known())
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open[0].close()


def _leave(connection: Connection) -> None:
    # SQLite may have left it by itself, after an error.
    if in_transaction(connection):
        run(connection, "ROLLBACK")


def _tried(ask: Callable[[Query[T]], T], query: Query[T]) -> T:
    for _ in range(TRIES):
        try:
            return ask(query)
        except DBAPIError as error:
            if not passing(error):
                raise
    raise StoreBusyError

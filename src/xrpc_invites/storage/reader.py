"""Queries: each sees one state of the database and waits for no writer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.storage.engines import READERS
from xrpc_invites.storage.failures import passing
from xrpc_invites.storage.listing import Known
from xrpc_invites.storage.prepared import run
from xrpc_invites.storage.store import SqlReadStore

T = TypeVar("T")
Query = Callable[[SqlReadStore], T]

TRIES = 3
"""Times a query is tried: a connection of the pool may have ended unheard."""


class Reader:
    """Runs queries. See `accounts.ports.Read`.

    Raises:
        StoreBusyError: The database is away.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known = Known()
        # A query of a local file that an index serves is done sooner than a thread takes
        # it up: five times the throughput, measured.
        self._near = _Near(engine) if engine.dialect.name == "sqlite" else None
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="reader")

    async def __call__(self, query: Query[T], /, *, scan: bool = False) -> T:
        if self._near and not scan:
            return _tried(self._near, query)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _tried, self._apart, query)

    def close(self) -> None:
        self._threads.shutdown()
        if self._near:
            self._near.close()
        self._engine.dispose()

    def _apart(self, query: Query[T]) -> T:
        with self._engine.connect() as connection:
            return query(SqlReadStore(connection, self._known))


class _Near:
    """Runs queries of a file on one connection that stays open, where they are asked.

    To take one from the pool and give it back costs as much as ten queries.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def __call__(self, query: Query[T]) -> T:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._store = SqlReadStore(self._connection, Known())
        run(self._connection, "BEGIN")
        try:
            return query(self._store)
        finally:
            run(self._connection, "ROLLBACK")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _tried(ask: Callable[[Query[T]], T], query: Query[T]) -> T:
    for _ in range(TRIES):
        try:
            return ask(query)
        except DBAPIError as error:
            if not passing(error):
                raise
    raise StoreBusyError

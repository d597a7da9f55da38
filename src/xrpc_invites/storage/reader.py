"""Queries: each sees one state of the database and waits for no writer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.storage.engines import READERS
from xrpc_invites.storage.failures import passing
from xrpc_invites.storage.store import SqlReadStore

T = TypeVar("T")

TRIES = 3
"""Times a query is tried: a connection of the pool may have ended unheard."""


class Reader:
    """Runs queries. See `accounts.ports.Read`.

    Raises:
        StoreBusyError: The database is away.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # A query of a local file that an index serves is done sooner than a thread takes
        # it up: five times the throughput, measured.
        self._at_once = engine.dialect.name == "sqlite"
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="reader")

    async def __call__(self, query: Callable[[SqlReadStore], T], /, *, scan: bool = False) -> T:
        if self._at_once and not scan:
            return self._run(query)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._run, query)

    def close(self) -> None:
        self._threads.shutdown()
        self._engine.dispose()

    def _run(self, query: Callable[[SqlReadStore], T]) -> T:
        for _ in range(TRIES):
            try:
                with self._engine.connect() as connection:
                    return query(SqlReadStore(connection))
            except DBAPIError as error:
                if not passing(error):
                    raise
        raise StoreBusyError

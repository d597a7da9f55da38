"""Connections to either database, set up so that reads never wait for a writer."""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event

from xrpc_invites.storage.failures import of_a_standby
from xrpc_invites.storage.prepared import in_transaction, run
from xrpc_invites.storage.urls import for_libpq, preparing

BUSY_TIMEOUT_MS = 10_000
"""How long SQLite waits for another process before it says that it is busy."""

READERS = 8
"""Connections that read at one time; on SQLite, those of long scans."""

ASKERS = 2
"""Connections more by which a server is asked what is asked all the time."""

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # With FULL a commit is on disk before it is answered; NORMAL loses the last ones.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)

_WRITING = (
    # New codes change pages all over the indexes. Pages that are kept until many were changed
    # again and again are moved into the file once: a fifth more codes a second, for a log of
    # 32 MB beside the file and 16 MB of memory, both only while much is written.
    "PRAGMA cache_size=-16384",
    "PRAGMA wal_autocheckpoint=8000",
)


def is_sqlite(url: URL) -> bool:
    """Whether the database is a file of ours."""
    return url.get_backend_name() == "sqlite"


def sqlite_file(url: URL) -> Path:
    """The file behind an SQLite URL."""
    return Path(url.database or "")


def writing(url: URL, *, lanes: int, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Engine:
    """An engine for `lanes` threads that write, each in transactions of its own."""
    if is_sqlite(url):
        patience = f"PRAGMA busy_timeout={busy_timeout_ms}"
        return _sqlite(url, begin="BEGIN IMMEDIATE", pragmas=(patience, *_WRITING, *_PRAGMAS))
    engine = _server(url, connections=lanes)

    @event.listens_for(engine, "handle_error")
    def _leave_a_standby(context: ExceptionContext) -> None:
        # Another connection may lead to the primary; these never will again.
        if of_a_standby(context.original_exception):
            context.is_disconnect = True

    return engine


def reading(url: URL) -> Engine:
    """An engine whose transactions each see one state of the database, and change nothing."""
    if is_sqlite(url):
        return _sqlite(url, begin="BEGIN", pragmas=(*_PRAGMAS, "PRAGMA query_only=ON"))
    return _server(
        url,
        connections=READERS + ASKERS,
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
    )


def _server(url: URL, *, connections: int, **options: object) -> Engine:
    return create_engine(
        for_libpq(url),
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        connect_args=preparing(url),
        **options,
    )


def _sqlite(url: URL, *, begin: str, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(
        url,
        pool_size=READERS + 1,
        max_overflow=0,
        hide_parameters=True,
        # Python's sqlite3 would begin transactions by rules of its own.
        connect_args={"isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The reader begins by itself on a connection that it keeps.
        if not in_transaction(connection):
            run(connection, begin)

    return engine

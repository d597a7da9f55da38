"""What an operator must know of a database before a server can use it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import URL, Engine, text
from sqlalchemy.exc import DBAPIError

from xrpc_invites.storage import engines

IMPATIENT_MS = 2_000
"""A database that is busy for longer is still one that can be written."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How a database is, seen from here."""

    product: str
    writable: bool
    now: datetime | None
    """By the database's own clock; None where that is this machine's."""


def condition(url: URL) -> Condition:
    """Look, and change nothing.

    Raises:
        DBAPIError: It cannot be reached, or is no database.
    """
    engine = engines.writing(url, lanes=1, busy_timeout_ms=IMPATIENT_MS)
    try:
        return _of_file(url, engine) if engines.is_sqlite(url) else _of_server(engine)
    finally:
        engine.dispose()


def _of_file(url: URL, engine: Engine) -> Condition:
    reading = engines.reading(url)
    try:
        with reading.connect() as connection:
            version = connection.scalar(text("SELECT sqlite_version()"))
            connection.execute(text("SELECT count(*) FROM sqlite_master"))
    finally:
        reading.dispose()
    return Condition(f"SQLite {version}", _takes_writers(engine), None)


def _takes_writers(engine: Engine) -> bool:
    try:
        # Written as it is, and not kept: the transaction ends without a commit.
        with engine.connect() as connection:
            number = connection.scalar(text("PRAGMA user_version"))
            connection.execute(text(f"PRAGMA user_version = {number}"))
    except DBAPIError as error:
        name = getattr(error.orig, "sqlite_errorname", "")
        if name.startswith("SQLITE_BUSY"):
            return True
        if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR")):
            return False
        raise
    return True


def _of_server(engine: Engine) -> Condition:
    asked = text(
        "SELECT current_setting('server_version') AS version, clock_timestamp() AS now, "
        "current_setting('transaction_read_only') AS read_only"
    )
    with engine.connect() as connection:
        row = connection.execute(asked).one()
    return Condition(f"PostgreSQL {row.version}", row.read_only == "off", row.now)

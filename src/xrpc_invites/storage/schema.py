"""Which schema a database has, and bringing it to the current one."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Column, Connection, Engine, Table, inspect, select, text

from xrpc_invites.storage import engines
from xrpc_invites.storage.columns import Bytewise, metadata
from xrpc_invites.storage.prepared import driver, run
from xrpc_invites.storage.turns import FileTurn

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x1C0DE
"""The advisory lock that keeps two migrations of one PostgreSQL apart."""


NEW_FILE = "sqlite.sql"
"""Beside the migrations: what they make of an empty SQLite file, as `make schema` writes it."""

schema_floor = Table(
    "schema_floor",
    metadata,
    # The schema of the oldest program that can work with this one; a migration raises it when it
    # takes away what older ones need. One row.
    Column("revision", Bytewise, primary_key=True),
    sqlite_with_rowid=False,
)


class Standing(Enum):
    """How a database's schema relates to the one that this program knows."""

    MISSING = auto()
    BEHIND = auto()
    CURRENT = auto()
    AHEAD = auto()
    """Newer, and it serves this program as well: an upgrade is under way."""
    NEWER = auto()
    """It no longer serves this program."""


def standing(url: URL, migrations: Path) -> Standing:
    """Compare without importing Alembic, which would double the time of every start."""
    known = sorted(path.name.split("_")[0] for path in migrations.glob("versions/[0-9]*.py"))
    if engines.is_sqlite(url) and not engines.sqlite_file(url).exists():
        return Standing.MISSING
    version, floor = _revisions(url)
    if version is None:
        return Standing.MISSING
    if version not in known:
        # Revisions are numbers of four digits, which sort as texts.
        return Standing.AHEAD if floor is not None and floor <= known[-1] else Standing.NEWER
    return Standing.CURRENT if version == known[-1] else Standing.BEHIND


def migrate(url: URL, migrations: Path) -> None:
    """Bring the database to the current schema; of several at once, one does the work."""
    with _alone(url) as connection:
        if _made_new(connection, migrations / NEW_FILE):
            return
        from alembic import command  # noqa: PLC0415  # costs 0.4 s, and is rarely needed

        command.upgrade(config(connection, migrations), "head")


def _made_new(connection: Connection, script: Path) -> bool:
    """Make a file that is new at once, which is the first start of most servers."""
    file = driver(connection)
    if file is None or not script.exists():
        return False
    if file.execute("SELECT 1 FROM sqlite_master").fetchone():
        return False
    run(connection, "BEGIN IMMEDIATE")
    for statement in script.read_text(encoding="utf-8").split(";")[:-1]:
        run(connection, statement)
    run(connection, "COMMIT")
    return True


def config(connection: Connection, migrations: Path) -> "Config":
    """What Alembic's commands need to work on this connection."""
    from alembic.config import Config  # noqa: PLC0415  # see migrate

    if engines.is_sqlite(connection.engine.url):
        # A table that is made anew is dropped while others refer to it.
        run(connection, "PRAGMA foreign_keys=OFF")
    made = Config()
    made.set_main_option("script_location", str(migrations).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def _revisions(url: URL) -> tuple[str | None, str | None]:
    """The schema's own, and that of the oldest program which it serves, where it says so."""
    engine = engines.reading(url)
    try:
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            if "alembic_version" not in tables:
                return None, None
            version = connection.scalar(text("SELECT version_num FROM alembic_version"))
            has_floor = schema_floor.name in tables
            return version, connection.scalar(select(schema_floor)) if has_floor else None
    finally:
        engine.dispose()


@contextmanager
def _alone(url: URL) -> Generator[Connection]:
    """A connection on which no other migration runs meanwhile."""
    engine = engines.writing(url, lanes=2)
    try:
        with _turn(engine), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _turn(engine: Engine) -> Generator[None]:
    if engines.is_sqlite(engine.url):
        with FileTurn(engines.sqlite_file(engine.url)) as turn, turn():
            yield
        return
    with engine.connect() as held:
        # Of a transaction, which is open meanwhile: behind a pooler a connection is ours no longer.
        held.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield

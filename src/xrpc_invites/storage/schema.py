"""Which schema a database has, and bringing it to the current one."""

from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, inspect, text

from xrpc_invites.storage import engines
from xrpc_invites.storage.turns import FileTurn

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x1C0DE
"""The advisory lock that keeps two migrations of one PostgreSQL apart."""


class Standing(Enum):
    """How a database's schema relates to the one that this program knows."""

    MISSING = auto()
    BEHIND = auto()
    CURRENT = auto()
    NEWER = auto()


def standing(url: URL, migrations: Path) -> Standing:
    """Compare without importing Alembic, which would double the time of every start."""
    known = sorted(path.name.split("_")[0] for path in migrations.glob("versions/[0-9]*.py"))
    if engines.is_sqlite(url) and not engines.sqlite_file(url).exists():
        return Standing.MISSING
    version = _version(url)
    if version is None:
        return Standing.MISSING
    if version not in known:
        return Standing.NEWER
    return Standing.CURRENT if version == known[-1] else Standing.BEHIND


def migrate(url: URL, migrations: Path) -> None:
    """Bring the database to the current schema; of several at once, one does the work."""
    from alembic import command  # noqa: PLC0415  # costs 0.4 s, and is rarely needed

    with _alone(url) as connection:
        command.upgrade(config(connection, migrations), "head")


def config(connection: Connection, migrations: Path) -> "Config":
    """What Alembic's commands need to work on this connection."""
    from alembic.config import Config  # noqa: PLC0415  # see migrate

    made = Config()
    made.set_main_option("script_location", str(migrations).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def _version(url: URL) -> str | None:
    engine = engines.reading(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return version
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

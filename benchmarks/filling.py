"""Codes and uses, the same in every database: every second code is used once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import URL

from xrpc_invites.invites.text import keys

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)

_OURS = (
    """INSERT INTO invite_code
    (code_key, code, available, use_count, for_account, created_by, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)""",
    "INSERT INTO invite_code_use (code_key, used_by, used_at) VALUES (?, ?, ?)",
)
_THEIRS = (
    """INSERT INTO invite_code
    (code, "availableUses", disabled, "forAccount", "createdBy", "createdAt")
    VALUES (?, ?, 0, ?, ?, ?)""",
    'INSERT INTO invite_code_use (code, "usedBy", "usedAt") VALUES (?, ?, ?)',
)


@dataclass(frozen=True, slots=True)
class Codes:
    """A run of numbered codes, a second apart."""

    first: int
    behind: int
    owner: str = "admin"
    used: bool = True
    """Whether every second one is used."""
    available: int = 1

    def __iter__(self) -> Iterator[tuple[str, int, datetime]]:
        for number in range(self.first, self.behind):
            yield text(number), int(self.used and number % 2 == 0), moment(number)


def text(number: int) -> str:
    """The code of this number."""
    return f"localhost-{number:010}"


def key(code: str) -> str:
    """Under what this server keeps a code."""
    return keys(code)[-1]


def moment(number: int) -> datetime:
    """When the code of this number was created."""
    return NOON + timedelta(seconds=number)


def cursor(number: int) -> str:
    """The cursor of a listing by age, behind the code of this number."""
    return f"{_milliseconds(moment(number))}::{text(number)}"


def fill_ours(folder: Path, codes: Codes) -> None:
    """Put codes into the SQLite file of this server."""
    _fill(folder / "invites.db", _OURS, _our_codes(codes), _our_uses(codes))


def fill_reference(folder: Path, codes: Codes) -> None:
    """Put the same codes into the SQLite file of the reference."""
    rows = (
        (code, codes.available, codes.owner, codes.owner, _rfc3339(at)) for code, _, at in codes
    )
    uses = ((code, _did(code), _rfc3339(at)) for code, used, at in codes if used)
    _fill(folder / "account.sqlite", _THEIRS, rows, uses)


def fill_postgres(url: URL, codes: Codes) -> None:
    """Put unused codes into the PostgreSQL database of this server."""
    columns = "code_key, code, available, use_count, for_account, created_by, created_at"
    conninfo = conninfo_of(url)
    with (
        psycopg.connect(conninfo) as connection,
        connection.cursor().copy(f"COPY invite_code ({columns}) FROM STDIN") as copied,
    ):
        for row in _our_codes(codes):
            copied.write_row(row)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE invite_code")


def conninfo_of(url: URL) -> str:
    """How drivers reach a PostgreSQL database of `tests.postgres`."""
    return f"host={url.query['host']} user={url.username} dbname={url.database}"


def _our_codes(codes: Codes) -> Iterator[tuple[object, ...]]:
    for code, used, at in codes:
        at_ms, owner = _milliseconds(at), codes.owner
        yield key(code), code, codes.available, used, owner, owner, at_ms


def _our_uses(codes: Codes) -> Iterator[tuple[object, ...]]:
    return ((key(code), _did(code), _milliseconds(at)) for code, used, at in codes if used)


def _fill(
    database: Path,
    statements: tuple[str, str],
    codes: Iterator[tuple[object, ...]],
    uses: Iterator[tuple[object, ...]],
) -> None:
    with closing(sqlite3.connect(database, timeout=60)) as connection:
        with connection:
            for statement, rows in zip(statements, (codes, uses), strict=True):
                connection.executemany(statement, rows)
        # Else every read would look through a log as large as the data.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _did(code: str) -> str:
    return f"did:plc:{code.replace('-', ''):a<24}"


def _milliseconds(at: datetime) -> int:
    return (at - _1970) // timedelta(milliseconds=1)


def _rfc3339(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

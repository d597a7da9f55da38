"""What the migrations make of a new SQLite file, as SQL: `python -m tests.schemas` writes it."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL

from xrpc_invites.app import shipped
from xrpc_invites.storage import schema

MIGRATIONS = shipped("migrations")

_HEAD = "-- What the migrations make of a new SQLite file. `make schema` writes it.\n\n"


def step_by_step(folder: Path) -> URL:
    """A new SQLite file that went through each migration."""
    only = shutil.copytree(
        MIGRATIONS, folder / "migrations", ignore=shutil.ignore_patterns(schema.NEW_FILE)
    )
    url = URL.create("sqlite", database=str(folder / "step-by-step.db"))
    schema.migrate(url, only)
    return url


def script(url: URL) -> str:
    """The statements that make such a file, and the rows that are in it."""
    connection = sqlite3.connect(str(url.database))
    try:
        return _HEAD + "".join(f"{statement};\n\n" for statement in _statements(connection))
    finally:
        connection.close()


def _statements(connection: sqlite3.Connection) -> Iterator[str]:
    found = connection.execute(
        "SELECT name, type, sql FROM sqlite_master"
        # SQLite makes by itself what has its name.
        " WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid"
    ).fetchall()
    yield from (sql.strip() for _, _, sql in found)
    for name in (name for name, kind, _ in found if kind == "table"):
        for row in connection.execute(f"SELECT * FROM {name}"):  # noqa: S608  # a name of ours
            yield f"INSERT INTO {name} VALUES ({', '.join(map(repr, row))})"  # noqa: S608  # ours


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        text = script(step_by_step(Path(folder)))
    (MIGRATIONS / schema.NEW_FILE).write_text(text, encoding="utf-8")

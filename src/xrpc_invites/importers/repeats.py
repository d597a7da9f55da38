"""Codes that stand twice in one file: the rest of one code's uses, or a mistake."""

import sqlite3
from hashlib import blake2b
from types import TracebackType
from typing import Self

from xrpc_invites.importers.rows import Row, RowFault


class Repeats:
    """Remembers the codes of a file, in a file of its own once they are many."""

    def __init__(self) -> None:
        # An empty name is a database of SQLite that goes to the disk when it has to, and then
        # goes away: a file may have more codes than memory has room for.
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute(
            "CREATE TABLE seen (digest BLOB PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID"
        )
        self._last: Row | None = None
        self._uses = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _value: object, _trace: TracebackType | None
    ) -> None:
        self._seen.close()

    def check(self, number: int, row: Row) -> None:
        """Raise RowFault unless the code is new, or goes on from the row before."""
        uses = len(row.get("uses", []))
        facts = {name: value for name, value in row.items() if name != "uses"}
        if uses and "useCount" in row and facts == self._last:
            self._uses += uses
            if self._uses > row["useCount"]:
                raise RowFault(
                    "duplicate-row: the line before has the same code, and together they have "
                    "more uses than useCount says"
                )
            return
        self._last, self._uses = facts, uses
        digest = blake2b(row["code"].encode(), digest_size=16).digest()
        added = self._seen.execute(
            "INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", (digest, number)
        )
        if added.rowcount == 0:
            [line] = self._seen.execute("SELECT line FROM seen WHERE digest = ?", [digest])
            raise RowFault(f"duplicate-row: line {line[0]} has the same code")

"""What became of a commit whose answer was lost: the row of its lane tells.

Every group that is written to a database server leaves its number in the row of its lane, first
of all and in its own transaction. Whoever lost the answer leaves the same number once more: that
waits until the lost transaction has ended, and finds the number there if it was committed.
"""

import secrets

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Table,
    delete,
    literal_column,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import insert

from xrpc_invites.storage.columns import Bytewise, Moment, metadata

lane_commit = Table(
    "lane_commit",
    metadata,
    Column("lane", Bytewise, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# By the database's own clock, which all replicas share.
_NOW: ColumnElement[int] = literal_column("CAST(extract(epoch FROM now()) * 1000 AS bigint)")
_DAY = 86_400_000
_LEFT = insert(lane_commit).values(at=_NOW)
_LEAVE = _LEFT.on_conflict_do_update(
    index_elements=[lane_commit.c.lane],
    set_={"number": _LEFT.excluded.number, "at": _LEFT.excluded.at},
    where=lane_commit.c.number != _LEFT.excluded.number,
).returning(lane_commit.c.number)
_TIDY = delete(lane_commit).where(type_coerce(lane_commit.c.at, BigInteger) < _NOW - _DAY)
# A lost connection may leave its transaction behind, until the server notices.
_PATIENCE = text("SET LOCAL lock_timeout = '3s'")


class Journal:
    """The numbers of one lane's groups. Its row has few bytes and is there once for each lane."""

    def __init__(self) -> None:
        self._lane = secrets.token_hex(8)
        self._number = 0

    def turn_page(self) -> None:
        """Begin with another group."""
        self._number += 1

    def leave(self, connection: Connection, *, again: bool) -> bool:
        """Leave the group's number; False when it is there, since the group was committed."""
        if again:
            connection.execute(_PATIENCE)
        if self._number == 1:
            # Rows of processes that are no more; nobody asks after a day.
            connection.execute(_TIDY)
        marked = {"lane": self._lane, "number": self._number}
        return connection.execute(_LEAVE, marked).first() is not None


class NoJournal(Journal):
    """Of a file no answer is ever lost."""

    def leave(self, connection: Connection, *, again: bool) -> bool:
        del connection, again
        return True

"""The audit log in SQL. See `invites.ports.AuditLog`.

The law of this file: entries are appended to the chain, or to the inbox and moved, once, from
there into the chain, and leave that from its beginning, behind a checkpoint. Nothing else in the
project changes or deletes one.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache, partial
from itertools import takewhile
from typing import Any

from pydantic_core import to_json
from sqlalchemy import (
    BigInteger,
    Connection,
    Delete,
    Insert,
    Integer,
    Select,
    TableClause,
    Text,
    bindparam,
    delete,
    func,
    insert,
    null,
    select,
    update,
)
from sqlalchemy.exc import OperationalError

from xrpc_invites.invites.audit import Entry, EntryFilter, Listed
from xrpc_invites.invites.paging import milliseconds
from xrpc_invites.invites.seals import (
    BrokenChainError,
    Checkpoint,
    Fields,
    Head,
    Link,
    chained,
    head_at,
    sound,
)
from xrpc_invites.storage.audit_entries import conditions, listed, moment_of, told_together
from xrpc_invites.storage.columns import as_stored
from xrpc_invites.storage.operator_tables import audit_entry, audit_head, audit_inbox
from xrpc_invites.storage.prepared import Prepared, Row, driver
from xrpc_invites.storage.sets import insert_all, insert_or_ignore, rows_named, table_of

CHAIN = "main"
"""The name of the one chain, under which its head is kept."""
ARCHIVED = "archived"
"""The name under which the checkpoint of the chain is kept."""

STRIDE = 1_000
"""Sealed entries that are in memory at one time."""

_FIELDS = tuple(audit_inbox.c.keys())


# Seals cover values as they are, whatever somebody made of them.
_stored_inbox, _stored_entry = as_stored(audit_inbox), as_stored(audit_entry)
_EITHER: tuple[tuple[TableClause, Select[Any]], ...] = (
    (_stored_inbox, select(_stored_inbox, null().label("seq"))),
    (_stored_entry, select(_stored_entry)),
)
# Fields first, so that they lie as they do in the inbox.
_SEALED = select(
    *(_stored_entry.c[name] for name in _FIELDS), _stored_entry.c.seq, _stored_entry.c.seal
)
_WAITING = Prepared(
    select(_stored_inbox).order_by(_stored_inbox.c.id).limit(bindparam("limit", type_=Integer))
)
_MARKS = Prepared(select(audit_head).where(audit_head.c.chain == bindparam("name")))
_MOVED = Prepared(
    update(audit_head)
    .where(
        audit_head.c.chain == bindparam("name"),
        audit_head.c.seq == bindparam("at_seq"),
        audit_head.c.seal == bindparam("at_seal"),
    )
    .values({name: bindparam(name) for name in ("seq", "seal", "proof")})
    .returning(audit_head.c.chain)
)
_LAST = Prepared(select(audit_entry.c.seq).order_by(audit_entry.c.seq.desc()).limit(1))


class SqlAuditTrail:
    """Reads the audit log on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, wanted: EntryFilter, /, *, before: str | None, limit: int) -> Sequence[Listed]:
        # Both in one view, so that an entry that moves meanwhile is in exactly one of them.
        creation = told_together(self._connection, wanted.subject)
        found = [
            listed(row)
            for kept, all_of_it in _EITHER
            for row in self._rows(
                all_of_it.where(*conditions(kept, wanted, before, creation))
                .order_by(kept.c.id.desc())
                .limit(limit)
            )
        ]
        return sorted(found, key=lambda one: one.entry.id, reverse=True)[:limit]

    def links(self) -> Iterator[Link]:
        place = _stored_entry.c.seq
        stride = _SEALED.order_by(place).limit(STRIDE)
        rows = self._rows(stride)
        while rows:
            yield from (Link(row.seq, _fields(row), row.seal) for row in rows)
            rows = self._rows(stride.where(place > rows[-1].seq))

    def head(self) -> Head | None:
        return next((Head(*mark) for mark in self._marks(CHAIN)), None)

    def checkpoint(self) -> Checkpoint | None:
        return next((Checkpoint(*mark) for mark in self._marks(ARCHIVED)), None)

    def oldest(self, *, before: datetime, limit: int) -> Sequence[Link]:
        first = _SEALED.order_by(_stored_entry.c.seq).limit(limit)
        # One without a time that can be read goes with its neighbours.
        due = takewhile(lambda row: moment_of(row.at) < before, self._rows(first))
        return [Link(row.seq, _fields(row), row.seal) for row in due]

    def last(self) -> int:
        row = _LAST.first(self._connection)
        return row.seq if row else 0

    def unsealed(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(audit_inbox)) or 0

    def waiting(self, limit: int, /) -> Sequence[Fields]:
        return [_fields(row) for row in self._read(partial(_WAITING.plain, limit=limit))]

    def _marks(self, name: str) -> Iterator[tuple[int, str, str]]:
        found = self._read(partial(_MARKS.all, name=name))
        return ((row.seq, row.seal, row.proof) for row in found)

    def _rows(self, statement: Select[Any]) -> Sequence[Row]:
        return self._read(lambda connection: connection.execute(statement).all())

    def _read(self, rows: Callable[[Connection], Sequence[Row]]) -> Sequence[Row]:
        """All rows, also those with text that is no UTF-8: SQLite keeps it, and then reads none."""
        raw = driver(self._connection)
        if raw is None:
            return rows(self._connection)
        try:
            return rows(self._connection)
        except OperationalError:
            # Rarely; reading each text so from the first would cost most of what sealing does.
            raw.text_factory = _decoded
            return rows(self._connection)
        finally:
            raw.text_factory = str


class SqlAuditLog(SqlAuditTrail):
    """Writes entries, and seals them, inside one unit of work."""

    def __init__(self, connection: Connection, key: bytes | None) -> None:
        """With a `key` entries are sealed as they come, where others write at no other time."""
        super().__init__(connection)
        self._key = key

    def add(self, entries: Sequence[Entry], /) -> None:
        if entries and not (self._key and self._seal_at_once(self._key, entries)):
            insert_all(self._connection, _stored_inbox, _FIELDS, [_row(one) for one in entries])

    def _seal_at_once(self, key: bytes, entries: Sequence[Entry]) -> bool:
        """Append entries to the chain; False, and nothing done, if that cannot go on."""
        head = self.head()
        if not sound(key, head, self.checkpoint(), last=self.last()):
            return False
        rows = [_row(entry) for entry in entries]
        links = chained(key, (dict(zip(_FIELDS, row, strict=True)) for row in rows), behind=head)
        if not self._move(CHAIN, head, head_at(key, links[-1])):
            return False
        sealed = [(*row, link.seq, link.seal) for row, link in zip(rows, links, strict=True)]
        insert_all(self._connection, _stored_entry, (*_FIELDS, "seq", "seal"), sealed)
        return True

    def seal(self, links: Sequence[Link], /, *, behind: Head | None, head: Head) -> None:
        # The lease keeps rivals away already; were one here all the same, it moved the head.
        if not self._move(CHAIN, behind, head):
            raise BrokenChainError
        seals = [(str(link.fields["id"]), link.seq, link.seal) for link in links]
        dialect = self._connection.dialect.name
        copy, drop = _moves(dialect)
        self._connection.execute(copy, rows_named(dialect, seals))
        # Both find the same: with every entry dropped from the inbox every one is in the chain.
        if self._connection.execute(drop, rows_named(dialect, seals)).rowcount != len(links):
            raise BrokenChainError

    def drop_archived(self, *, behind: Checkpoint | None, checkpoint: Checkpoint) -> bool:
        if not self._move(ARCHIVED, behind, checkpoint):
            return False
        before = behind.seq if behind else 0
        place = audit_entry.c.seq
        gone = self._connection.execute(
            delete(audit_entry).where(place > before, place <= checkpoint.seq)
        )
        if gone.rowcount != checkpoint.seq - before:
            raise BrokenChainError
        return True

    def _move(self, name: str, before: Head | None, to: Head) -> bool:
        """Move a mark, unless it is another by now."""
        after = {"seq": to.seq, "seal": to.seal, "proof": to.proof}
        mark = audit_head.c
        if before is None:
            new = insert_or_ignore(self._connection, audit_head).values(chain=name, **after)
            return self._connection.execute(new.returning(mark.chain)).first() is not None
        named = {"name": name, "at_seq": before.seq, "at_seal": before.seal, **after}
        return _MOVED.first(self._connection, **named) is not None


@cache
def _moves(dialect: str) -> tuple[Insert, Delete]:
    """From the inbox into the chain: what is sealed stays in the database, all at once."""
    sealed = table_of(dialect, ("id", Text()), ("seq", BigInteger()), ("seal", Text())).c
    inbox = _stored_inbox.c
    joined = select(*inbox, sealed.seq, sealed.seal).where(inbox.id == sealed.id)
    return (
        insert(_stored_entry).from_select([*_FIELDS, "seq", "seal"], joined),
        delete(audit_inbox).where(audit_inbox.c.id.in_(select(sealed.id))),
    )


def _fields(row: Row) -> Fields:
    return dict(zip(_FIELDS, row[: len(_FIELDS)], strict=True))


def _decoded(text: bytes) -> str:
    return text.decode(errors="backslashreplace")


def _row(entry: Entry) -> tuple[Any, ...]:
    """The values of `_FIELDS` as they are stored."""
    author, change = entry.author, entry.change
    return (
        entry.id,
        milliseconds(entry.at),
        author.actor,
        author.role,
        author.credentials,
        author.address,
        author.request,
        author.action,
        change.subject,
        change.reason,
        to_json(change.detail).decode(),
    )

"""The audit log in SQL. See `invites.ports.AuditLog`.

The law of this file: entries are appended to the inbox, moved, once, from there into the
chain, and leave that from its beginning, behind a checkpoint. Nothing else in the project
changes or deletes one.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    Row,
    Select,
    TableClause,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from xrpc_invites.invites.audit import Author, Change, Entry, EntryFilter, Listed
from xrpc_invites.invites.seals import BrokenChainError, Checkpoint, Fields, Head, Link
from xrpc_invites.storage.columns import as_stored
from xrpc_invites.storage.operator_tables import audit_entry, audit_head, audit_inbox
from xrpc_invites.storage.sets import among, insert_all, insert_or_ignore

CHAIN = "main"
"""The name of the one chain, under which its head is kept."""
ARCHIVED = "archived"
"""The name under which the checkpoint of the chain is kept."""

STRIDE = 1_000
"""Sealed entries that are in memory at one time."""

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FIELDS = tuple(audit_inbox.c.keys())


# Seals cover values as they are, whatever somebody made of them.
_stored_inbox, _stored_entry = as_stored(audit_inbox), as_stored(audit_entry)
_EITHER: tuple[tuple[TableClause, Select[Any]], ...] = (
    (_stored_inbox, select(_stored_inbox, null().label("seq"))),
    (_stored_entry, select(_stored_entry)),
)


class SqlAuditTrail:
    """Reads the audit log on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, wanted: EntryFilter, /, *, before: str | None, limit: int) -> Sequence[Listed]:
        # Both in one view, so that an entry that moves meanwhile is in exactly one of them.
        found = [
            _listed(row)
            for kept, all_of_it in _EITHER
            for row in self._rows(
                all_of_it.where(*_conditions(kept, wanted, before))
                .order_by(kept.c.id.desc())
                .limit(limit)
            )
        ]
        return sorted(found, key=lambda one: one.entry.id, reverse=True)[:limit]

    def links(self) -> Iterator[Link]:
        place = _stored_entry.c.seq
        stride = select(_stored_entry).order_by(place).limit(STRIDE)
        rows = self._rows(stride)
        while rows:
            yield from (Link(row.seq, _fields(row), row.seal) for row in rows)
            rows = self._rows(stride.where(place > rows[-1].seq))

    def head(self) -> Head | None:
        return next((Head(*mark) for mark in self._marks(CHAIN)), None)

    def checkpoint(self) -> Checkpoint | None:
        return next((Checkpoint(*mark) for mark in self._marks(ARCHIVED)), None)

    def oldest(self, *, before: datetime, limit: int) -> Sequence[Link]:
        first = select(_stored_entry).order_by(_stored_entry.c.seq).limit(limit)
        # One without a time that can be read goes with its neighbours.
        due = takewhile(lambda row: _at(row.at) < before, self._rows(first))
        return [Link(row.seq, _fields(row), row.seal) for row in due]

    def last(self) -> int:
        return self._connection.scalar(select(func.max(audit_entry.c.seq))) or 0

    def unsealed(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(audit_inbox)) or 0

    def waiting(self, limit: int, /) -> Sequence[Fields]:
        oldest = select(_stored_inbox).order_by(_stored_inbox.c.id).limit(limit)
        return [_fields(row) for row in self._rows(oldest)]

    def _marks(self, name: str) -> Iterator[tuple[int, str, str]]:
        found = select(audit_head).where(audit_head.c.chain == name)
        return ((row.seq, row.seal, row.proof) for row in self._rows(found))

    def _rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """All rows, also those with text that is no UTF-8: SQLite keeps it, and then reads none."""
        raw = self._connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            return self._connection.execute(statement).all()
        raw.text_factory = _decoded
        try:
            return self._connection.execute(statement).all()
        finally:
            raw.text_factory = str


class SqlAuditLog(SqlAuditTrail):
    """Writes entries, and seals them, inside one unit of work."""

    def add(self, entries: Sequence[Entry], /) -> None:
        if entries:
            insert_all(self._connection, audit_inbox, [_row(entry) for entry in entries])

    def seal(self, links: Sequence[Link], /, *, behind: Head | None, head: Head) -> None:
        # The lease keeps rivals away already; were one here all the same, it moved the head.
        if not self._move(CHAIN, behind, head):
            raise BrokenChainError
        self._connection.execute(
            insert(_stored_entry),
            [{"seq": link.seq, "seal": link.seal, **link.fields} for link in links],
        )
        ids = [str(link.fields["id"]) for link in links]
        moved = self._connection.execute(
            delete(audit_inbox).where(among(self._connection, audit_inbox.c.id, ids))
        )
        if moved.rowcount != len(links):
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
        moved = (
            update(audit_head)
            .where(mark.chain == name, mark.seq == before.seq, mark.seal == before.seal)
            .values(**after)
        )
        return self._connection.execute(moved.returning(mark.chain)).first() is not None


def _conditions(
    kept: TableClause, wanted: EntryFilter, before: str | None
) -> Iterator[ColumnElement[bool]]:
    if before is not None:
        yield kept.c.id < before
    # Ids begin with the time, so a span of time is a span of ids.
    if wanted.since is not None:
        yield kept.c.id >= _first_id(wanted.since)
    if wanted.until is not None:
        yield kept.c.id < _first_id(wanted.until)
    asked = [
        (name, value)
        for name in ("subject", "actor", "action")
        if (value := getattr(wanted, name)) is not None
    ]
    for number, (name, value) in enumerate(asked):
        # One index is enough, and a subject has the fewest entries. SQLite knows no numbers
        # and might walk through everything that the busiest actor ever did.
        yield _out_of_reach(kept.c[name], indexed=number == 0) == value


def _out_of_reach(named: ColumnClause[Any], *, indexed: bool) -> ColumnElement[Any]:
    return named if indexed else named.concat("")


def _first_id(at: datetime) -> str:
    """What no id at or after the instant is below, and every id before it is."""
    instant = -((_1970 - at) // _MILLISECOND)
    return f"{min(max(instant, 0), 10**13 - 1):013d}"


def _fields(row: Row[Any]) -> Fields:
    return {name: getattr(row, name) for name in _FIELDS}


def _listed(row: Row[Any]) -> Listed:
    """The entry; a list shows what is left of one that somebody has spoiled."""
    author = Author(
        actor=_text(row.actor),
        role=_text(row.role),
        credentials=_text(row.credentials),
        address=_text(row.address),
        request=_text(row.request),
        action=_text(row.action),
    )
    reason = None if row.reason is None else _text(row.reason)
    change = Change(subject=_text(row.subject), reason=reason, detail=_detail(_text(row.detail)))
    return Listed(Entry(id=_text(row.id), at=_at(row.at), author=author, change=change), row.seq)


def _decoded(text: bytes) -> str:
    return text.decode(errors="backslashreplace")


def _text(stored: object) -> str:
    return stored if isinstance(stored, str) else repr(stored)


def _at(stored: Any) -> datetime:  # noqa: ANN401  # of whatever type somebody made it
    try:
        at: datetime = _1970 + stored * _MILLISECOND
    except (TypeError, OverflowError):
        return _1970
    return at


def _detail(text: str) -> dict[str, object]:
    try:
        detail = json.loads(text)
        # What cannot be written cannot be answered either.
        json.dumps(detail, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return {"spoiled": text}
    return detail if isinstance(detail, dict) else {"spoiled": text}


_written = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def _row(entry: Entry) -> dict[str, object]:
    author, change = entry.author, entry.change
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": author.actor,
        "role": author.role,
        "credentials": author.credentials,
        "address": author.address,
        "request": author.request,
        "action": author.action,
        "subject": change.subject,
        "reason": change.reason,
        "detail": _written(change.detail),
    }

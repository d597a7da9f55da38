"""Entries of the audit log as they are listed: which are wanted, and what is left of each."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnClause, ColumnElement, Connection, TableClause, bindparam, or_, select

from xrpc_invites.invites.audit import Author, Change, Entry, EntryFilter, Listed
from xrpc_invites.invites.text import keys
from xrpc_invites.storage.prepared import Prepared, Row
from xrpc_invites.storage.tables import invite_code

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_CREATION = Prepared(
    select(invite_code.c.creation).where(
        invite_code.c.code_key.in_([bindparam("exact"), bindparam("folded")]),
        invite_code.c.code == bindparam("code"),
    )
)


def told_together(connection: Connection, code: str | None) -> str | None:
    """The entry that tells of a code's making."""
    if code is None:
        return None
    meant = keys(code)
    row = _CREATION.first(connection, exact=meant[0], folded=meant[-1], code=code)
    return row.creation if row else None


def conditions(
    kept: TableClause, wanted: EntryFilter, before: str | None, creation: str | None
) -> Iterator[ColumnElement[bool]]:
    """What holds for the entries that are wanted; `creation` is one that tells of the subject."""
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
        same = _out_of_reach(kept.c[name], indexed=number == 0) == value
        yield or_(same, kept.c.id == creation) if name == "subject" and creation else same


def _out_of_reach(named: ColumnClause[Any], *, indexed: bool) -> ColumnElement[Any]:
    return named if indexed else named.concat("")


def _first_id(at: datetime) -> str:
    """What no id at or after the instant is below, and every id before it is."""
    instant = -((_1970 - at) // _MILLISECOND)
    return f"{min(max(instant, 0), 10**13 - 1):013d}"


def listed(row: Row) -> Listed:
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
    return Listed(
        Entry(id=_text(row.id), at=moment_of(row.at), author=author, change=change), row.seq
    )


def _text(stored: object) -> str:
    return stored if isinstance(stored, str) else repr(stored)


def moment_of(stored: Any) -> datetime:  # noqa: ANN401  # of whatever type somebody made it
    """When an entry says that it was written."""
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

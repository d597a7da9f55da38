"""The outbox in SQL. See `invites.outbox`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from xrpc_invites.invites.mail_rates import Admission, Count, Counted, Group, Rates, windows
from xrpc_invites.invites.old import Old
from xrpc_invites.invites.outbox import Ending, Kind, Mail, Waiting
from xrpc_invites.storage.columns import Moment, as_stored
from xrpc_invites.storage.mail_tables import NO_REMINDER, mail_tally, outbox
from xrpc_invites.storage.sets import among, among_numbers, insert_or_ignore

TIDIED = 100
"""Windows that are past, of which as many are forgotten at a time."""

_AS_STORED = as_stored(outbox)
_WAITS = outbox.c.ended_at.is_(None)


class SqlOutbox:
    """Reads the outbox on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, *, now: datetime) -> bool:
        return self._connection.execute(_due(now).limit(1)).first() is not None

    def ended(self, *, before: datetime, limit: int) -> Sequence[Old]:
        oldest = (
            select(_AS_STORED)
            .where(_AS_STORED.c.ended_at < literal(before, Moment), NO_REMINDER)
            .order_by(_AS_STORED.c.ended_at)
            .limit(limit)
        )
        rows = self._connection.execute(oldest).mappings()
        return [Old(str(row["id"]), "", dict(row)) for row in rows]


class SqlOutboxBook(SqlOutbox):
    """Keeps mails inside one unit of work."""

    def add(self, mails: Sequence[Mail], /) -> None:
        if mails:
            added = insert_or_ignore(self._connection, outbox)
            self._connection.execute(added, [_row(mail) for mail in mails])

    def cancel(self, invitation: int, /) -> None:
        # What somebody is sending just now is looked up again before another try.
        waits = and_(_WAITS, outbox.c.invitation_id == invitation, outbox.c.holder.is_(None))
        self._connection.execute(delete(outbox).where(waits))

    def forget(self, ids: Sequence[str], /) -> None:
        numbers = [int(one) for one in ids]
        ended = and_(among_numbers(self._connection, outbox.c.id, numbers), ~_WAITS)
        self._connection.execute(delete(outbox).where(ended))

    def lock_due(self, *, now: datetime, most: int) -> Sequence[Waiting]:
        found = _due(now).order_by(outbox.c.due_at, outbox.c.id).limit(most)
        rows = self._connection.execute(found.with_for_update(skip_locked=True))
        return [_waiting(row) for row in rows]

    def drop(self, due: Sequence[Waiting], /, *, at: datetime) -> None:
        self._set(due, ended_at=at, ending=Ending.DROPPED, holder=None, lease_until=None)

    def admit(self, due: Sequence[Waiting], rates: Rates, /, *, now: datetime) -> Sequence[Waiting]:
        names = {window.name for one in due for window in windows(rates, one.groups)}
        admission = Admission(rates, self._lock_counts(sorted(names), now), now=now)
        admitted = [one for one in due if admission.admits(one.groups)]
        self._count(admission.counted)
        for group, until in sorted(admission.full.items()):
            self._wait(group, now=now, until=until)
        self._tidy(now)
        return admitted

    def take(self, due: Sequence[Waiting], /, *, holder: str, until: datetime) -> Sequence[Waiting]:
        self._set(due, holder=holder, lease_until=until, tries=outbox.c.tries + 1)
        return [replace(one, tries=one.tries + 1) for one in due]

    def end(self, taken: Waiting, ending: Ending, /, *, holder: str, at: datetime) -> bool:
        return self._give_back(taken, holder, ended_at=at, ending=ending)

    def postpone(self, taken: Waiting, /, *, holder: str, until: datetime) -> bool:
        return self._give_back(taken, holder, due_at=until)

    def _set(self, due: Sequence[Waiting], **values: object) -> None:
        ids = among_numbers(self._connection, outbox.c.id, [one.id for one in due])
        self._connection.execute(update(outbox).where(ids).values(**values))

    def _give_back(self, taken: Waiting, holder: str, **values: object) -> bool:
        ours = and_(
            outbox.c.id == taken.id,
            outbox.c.holder == holder,
            # Another time it was taken, if by the same holder, it has another number.
            outbox.c.tries == taken.tries,
        )
        given = update(outbox).where(ours).values(holder=None, lease_until=None, **values)
        return self._connection.execute(given.returning(outbox.c.id)).first() is not None

    def _lock_counts(self, names: Sequence[str], now: datetime) -> Mapping[str, Count]:
        """The windows of these names; nobody else counts in them meanwhile."""
        if not names:
            return {}
        # Written even where it is there: on PostgreSQL that locks the row. In one order, so
        # that rivals wait for each other and not in a circle.
        table = self._upsert()
        locked = table.on_conflict_do_update(
            index_elements=[mail_tally.c.name], set_={"used": mail_tally.c.used}
        )
        self._connection.execute(
            locked, [{"name": name, "used": 0, "ends_at": now} for name in names]
        )
        known = select(mail_tally).where(among(self._connection, mail_tally.c.name, names))
        rows = self._connection.execute(known)
        return {row.name: Count(row.used, row.ends_at) for row in rows}

    def _count(self, counted: Mapping[str, Count]) -> None:
        for name, count in counted.items():
            self._connection.execute(
                update(mail_tally).where(mail_tally.c.name == name).values(**count._asdict())
            )

    def _wait(self, group: Group, *, now: datetime, until: datetime) -> None:
        """Have all that is due of a group wait, so that nothing looks at each of them in turn."""
        if group.by is Counted.DOMAIN:
            alike = outbox.c.domain == group.name
        else:
            alike = and_(outbox.c.sender == group.name, outbox.c.tries == 0)
        due = _due(now).with_only_columns(outbox.c.id).where(alike)
        self._connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(due.with_for_update(skip_locked=True)))
            .values(due_at=until)
        )

    def _tidy(self, now: datetime) -> None:
        past = select(mail_tally.c.name).where(mail_tally.c.ends_at <= now).limit(TIDIED)
        self._connection.execute(
            delete(mail_tally).where(mail_tally.c.name.in_(past.with_for_update(skip_locked=True)))
        )

    def _upsert(self) -> postgresql.Insert | sqlite.Insert:
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(mail_tally)
        return sqlite.insert(mail_tally)


def _due(now: datetime) -> Select[Any]:
    return select(outbox).where(_WAITS, outbox.c.due_at <= now, _free(now))


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)


def _row(mail: Mail) -> dict[str, object]:
    return {
        "kind": mail.kind,
        "invitation_id": mail.invitation,
        "sender": mail.sender,
        "by_account": mail.by_account,
        "domain": mail.domain,
        "due_at": mail.due_at,
    }


def _waiting(row: Row[Any]) -> Waiting:
    mail = Mail(
        kind=Kind(row.kind),
        invitation=row.invitation_id,
        sender=row.sender,
        by_account=row.by_account,
        domain=row.domain,
        due_at=row.due_at,
    )
    return Waiting(id=row.id, mail=mail, tries=row.tries)

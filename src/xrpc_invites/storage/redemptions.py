"""Redemptions in SQL. See `invites.ports.Redemptions`.

Whoever changes what a code's reservations hold locks the row of the code first, so that
two who do so at once wait for each other and never in a circle.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from xrpc_invites.invites.old import Old
from xrpc_invites.invites.redemption import REPEATS, Redemption, State
from xrpc_invites.invites.tallies import What
from xrpc_invites.storage.columns import Moment, as_stored
from xrpc_invites.storage.operator_tables import tally_archived
from xrpc_invites.storage.search import overdue
from xrpc_invites.storage.sets import among
from xrpc_invites.storage.tables import invite_code, redemption

_AS_STORED = as_stored(redemption)
_WITH_CODE = select(redemption, invite_code.c.code, invite_code.c.email).join(
    invite_code, invite_code.c.code_key == redemption.c.code_key
)


class SqlRedemptions:
    """Reads and changes redemptions inside one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, id_: str, /) -> Redemption | None:
        return self._one(_WITH_CODE.where(redemption.c.id == id_))

    def lock(self, id_: str, /) -> Redemption | None:
        found = self.find(id_)
        if found is None:
            return None
        self._lock_code(found.key)
        return self.find(id_)

    def repeated(self, new: Redemption, /) -> Redemption | None:
        if new.idempotency_key is None:
            return None
        table = redemption.c
        same = (
            table.code_key == new.key,
            table.caller == new.caller,
            table.idempotency_key == new.idempotency_key,
        )
        # Before anything is looked for: the same request may be under way by another replica.
        self._lock_code(new.key)
        # A key that is too old to be a repetition is free for another request.
        self._connection.execute(
            update(redemption)
            .where(*same, table.created_at <= new.created_at - REPEATS)
            .values(idempotency_key=None)
        )
        return self._one(_WITH_CODE.where(*same))

    def add(self, new: Redemption, /) -> None:
        self._connection.execute(insert(redemption).values(**_row(new)))

    def settle(self, settled: Redemption, /) -> None:
        self._connection.execute(
            update(redemption)
            .where(redemption.c.code_key == settled.key, redemption.c.id == settled.id)
            .values(state=settled.state, settled_at=settled.settled_at, used_by=settled.used_by)
        )

    def end_leases(self, key: str, /, *, now: datetime) -> int:
        if self._lock_code(key) == 0:
            return 0
        ended = self._connection.execute(
            update(redemption)
            .where(redemption.c.code_key == key, *overdue(now))
            .values(state=State.EXPIRED, settled_at=redemption.c.lease_expires_at)
        ).rowcount
        if ended:
            self._connection.execute(
                update(invite_code)
                .where(invite_code.c.code_key == key)
                .values(pending=invite_code.c.pending - ended)
            )
        return ended

    def due(self, *, now: datetime, limit: int) -> Sequence[str]:
        keys = (
            select(redemption.c.code_key)
            .where(*overdue(now))
            .order_by(redemption.c.lease_expires_at, redemption.c.code_key)
            .limit(limit)
        )
        return [*self._connection.scalars(keys)]

    def settled(self, *, before: datetime, limit: int) -> Sequence[Old]:
        oldest = (
            select(_AS_STORED)
            .where(_AS_STORED.c.settled_at < literal(before, Moment))
            .order_by(_AS_STORED.c.settled_at)
            .limit(limit)
        )
        rows = self._connection.execute(oldest).mappings()
        return [Old(row["id"], row["code_key"], dict(row)) for row in rows]

    def drop(self, key: str, ids: Sequence[str], /, *, before: datetime) -> None:
        # Whoever completes one of them has the code locked, and then it is no more as old.
        self._lock_code(key)
        gone = (
            delete(redemption)
            .where(
                redemption.c.code_key == key,
                among(self._connection, redemption.c.id, ids),
                redemption.c.settled_at < before,
            )
            .returning(redemption.c.created_at)
        )
        self._count_archived([*self._connection.scalars(gone)])

    def _count_archived(self, made: Sequence[datetime]) -> None:
        """Keep the numbers of past hours as they were told."""
        hours = Counter(at.replace(minute=0, second=0, microsecond=0) for at in made)
        new = _upsert(self._connection)
        added = new.on_conflict_do_update(
            index_elements=[tally_archived.c.hour, tally_archived.c.what],
            set_={"number": tally_archived.c.number + new.excluded.number},
        )
        # In one order, so that lanes wait for each other and not in a circle.
        rows = [
            {"hour": hour, "what": What.RESERVED.value, "number": number}
            for hour, number in sorted(hours.items())
        ]
        if rows:
            self._connection.execute(added, rows)

    def _lock_code(self, key: str) -> int:
        """Lock the row of a code; what is pending on it."""
        row = select(invite_code.c.pending).where(invite_code.c.code_key == key).with_for_update()
        return self._connection.scalar(row) or 0

    def _one(self, statement: Select[Any]) -> Redemption | None:
        row = self._connection.execute(statement).first()
        return None if row is None else _redemption(row)


def _upsert(connection: Connection) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(tally_archived)
    return sqlite.insert(tally_archived)


def _redemption(row: Row[Any]) -> Redemption:
    return Redemption(
        id=row.id,
        key=row.code_key,
        code=row.code,
        state=State(row.state),
        created_at=row.created_at,
        lease_expires_at=row.lease_expires_at,
        settled_at=row.settled_at,
        used_by=row.used_by,
        caller=row.caller,
        idempotency_key=row.idempotency_key,
        request=row.request,
        email_domain=row.email_domain,
        email=row.email,
    )


def _row(new: Redemption) -> dict[str, object]:
    return {
        "code_key": new.key,
        "id": new.id,
        "state": new.state,
        "created_at": new.created_at,
        "lease_expires_at": new.lease_expires_at,
        "caller": new.caller,
        "idempotency_key": new.idempotency_key,
        "request": new.request,
        "email_domain": new.email_domain,
    }

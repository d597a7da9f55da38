"""Leases in SQL. See `invites.ports.LeaseBook`."""

from datetime import datetime

from sqlalchemy import Connection, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from xrpc_invites.storage.operator_tables import lease


class SqlLeases:
    """Reads leases on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def free(self, name: str, /, *, holder: str, at: datetime) -> bool:
        of_another = select(lease.c.name).where(
            lease.c.name == name, lease.c.holder != holder, lease.c.until > at
        )
        return self._connection.execute(of_another).first() is None


class SqlLeaseBook(SqlLeases):
    """Takes leases inside one unit of work."""

    def take(self, name: str, /, *, holder: str, at: datetime, until: datetime) -> bool:
        # One statement: it locks the row, so that rivals wait and then look again.
        wanted = self._insert().values(name=name, holder=holder, until=until)
        taken = wanted.on_conflict_do_update(
            index_elements=[lease.c.name],
            set_={"holder": holder, "until": until},
            where=or_(lease.c.holder == holder, lease.c.until <= at),
        )
        return self._connection.execute(taken.returning(lease.c.name)).first() is not None

    def _insert(self) -> postgresql.Insert | sqlite.Insert:
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(lease)
        return sqlite.insert(lease)

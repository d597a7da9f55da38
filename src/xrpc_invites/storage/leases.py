"""Leases in SQL. See `invites.ports.LeaseBook`."""

from datetime import datetime
from functools import cache

from sqlalchemy import Connection, bindparam, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from xrpc_invites.storage.columns import Moment
from xrpc_invites.storage.operator_tables import lease
from xrpc_invites.storage.prepared import Prepared

_OF_ANOTHER = Prepared(
    select(lease.c.name).where(
        lease.c.name == bindparam("name"),
        lease.c.holder != bindparam("holder"),
        lease.c.until > bindparam("at", type_=Moment),
    )
)


class SqlLeases:
    """Reads leases on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def free(self, name: str, /, *, holder: str, at: datetime) -> bool:
        asked = {"name": name, "holder": holder, "at": at}
        return _OF_ANOTHER.first(self._connection, **asked) is None


class SqlLeaseBook(SqlLeases):
    """Takes leases inside one unit of work."""

    def take(self, name: str, /, *, holder: str, at: datetime, until: datetime) -> bool:
        asked = {"name": name, "holder": holder, "until": until, "at": at}
        return _take(self._connection.dialect.name).first(self._connection, **asked) is not None


@cache
def _take(dialect: str) -> Prepared:
    """One statement: it locks the row, so that rivals wait and then look again."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    wanted = insert(lease).values(
        {column.name: bindparam(column.name, type_=column.type) for column in lease.c}
    )
    taken = wanted.on_conflict_do_update(
        index_elements=[lease.c.name],
        set_={"holder": wanted.excluded.holder, "until": wanted.excluded.until},
        where=or_(
            lease.c.holder == wanted.excluded.holder,
            lease.c.until <= bindparam("at", type_=Moment),
        ),
    )
    return Prepared(taken.returning(lease.c.name))

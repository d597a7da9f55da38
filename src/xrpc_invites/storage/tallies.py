"""Tallies in SQL. See `invites.ports.TallyBook`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
)

from xrpc_invites.invites.model import ADMIN
from xrpc_invites.invites.paging import from_milliseconds, milliseconds
from xrpc_invites.invites.tallies import (
    MOST_OF_A_CODE,
    TOP,
    Hours,
    Kept,
    News,
    Tally,
    Totals,
    What,
)
from xrpc_invites.storage.columns import Moment
from xrpc_invites.storage.invitation_tables import invitation
from xrpc_invites.storage.operator_tables import inviter_tally, tally, tally_archived, tally_total
from xrpc_invites.storage.search import ended_leases
from xrpc_invites.storage.sets import among
from xrpc_invites.storage.tables import account, invite_code, invite_code_use, redemption

# Written out, since PostgreSQL takes two parameters for two expressions.
_HOUR: ColumnElement[int] = literal_column("3600000", BigInteger)
_FRESH_UNTIL = "fresh_until"
_MOST = 2**53 - 1
"""The largest number that the wire has."""


class SqlTallies:
    """Counts, and reads what was counted, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counted(self, *, now: datetime) -> Tally:
        return Tally(self._totals(now), dict(self._hours()), self._inviters())

    def kept(self, *, since: datetime | None = None, until: datetime | None = None) -> Kept | None:
        totals = {row.name: row.value for row in self._connection.execute(select(tally_total))}
        fresh = from_milliseconds(totals.pop(_FRESH_UNTIL, 0)) if totals else None
        if fresh is None:
            return None
        best = select(inviter_tally).order_by(inviter_tally.c.uses.desc(), inviter_tally.c.did)
        inviters = tuple((row.did, row.uses) for row in self._connection.execute(best))
        known = Totals(**{one.name: totals.get(one.name, 0) for one in fields(Totals)})
        return Kept(Tally(known, self._kept_hours(since, until), inviters), fresh)

    def handles(self, dids: Sequence[str], /) -> Mapping[str, str]:
        here = select(account.c.did, account.c.handle).where(
            among(self._connection, account.c.did, dids), account.c.deleted_at.is_(None)
        )
        return {row.did: row.handle for row in self._connection.execute(here)}

    def _kept_hours(self, since: datetime | None, until: datetime | None) -> Hours:
        wanted = select(tally)
        if since is not None:
            wanted = wanted.where(tally.c.hour >= since)
        if until is not None:
            wanted = wanted.where(tally.c.hour < until)
        rows = self._connection.execute(wanted)
        return {(row.hour, What(row.what)): row.number for row in rows}

    def _totals(self, now: datetime) -> Totals:
        columns = invite_code.c
        held = case((columns.pending > 0, columns.pending - ended_leases(now)), else_=0)
        left = columns.available - columns.use_count - held
        codes = self._connection.execute(
            select(
                func.count().label("codes"),
                _sum(columns.use_count).label("uses"),
                _sum(left).label("remaining"),
                _sum(held).label("reserved"),
            ).select_from(invite_code)
        ).one()
        accounts = select(func.count()).where(account.c.deleted_at.is_(None))
        return Totals(
            codes=codes.codes,
            uses=min(int(codes.uses), _MOST),
            remaining=min(int(codes.remaining), _MOST),
            reserved=min(int(codes.reserved), _MOST),
            accounts=self._connection.scalar(accounts) or 0,
            invitations=self._connection.scalar(select(func.count()).select_from(invitation)) or 0,
        )

    def _hours(self) -> Iterator[tuple[tuple[datetime, What], int]]:
        disabled = and_(invite_code.c.disabled, invite_code.c.disabled_at.is_not(None))
        yield from self._by_hour(What.CREATED, invite_code.c.created_at)
        mailed = invitation.c.sent_at.is_not(None)
        yield from self._by_hour(What.SENT, invitation.c.sent_at, mailed)
        yield from self._by_hour(What.USED, invite_code_use.c.used_at)
        yield from self._reserved()
        yield from self._by_hour(What.DISABLED, invite_code.c.disabled_at, disabled)

    def _reserved(self) -> Iterator[tuple[tuple[datetime, What], int]]:
        """Those that are here, and those that were archived."""
        found = Counter(dict(self._by_hour(What.RESERVED, redemption.c.created_at)))
        for row in self._connection.execute(select(tally_archived)):
            found[row.hour, What(row.what)] += row.number
        yield from found.items()

    def _by_hour(
        self, what: What, column: Column[datetime], *where: ColumnElement[bool]
    ) -> Iterator[tuple[tuple[datetime, What], int]]:
        at = type_coerce(column, BigInteger)
        # Both databases divide towards 0, and there are moments before 1970.
        hour = (at - ((at % _HOUR) + _HOUR) % _HOUR).label("hour")
        found = select(hour, func.count().label("number")).where(*where).group_by(hour)
        for row in self._connection.execute(found):
            begun = from_milliseconds(row.hour)
            if begun is not None:
                yield (begun, what), row.number

    def _inviters(self) -> tuple[tuple[str, int], ...]:
        columns = invite_code.c
        uses = _sum(columns.use_count).label("uses")
        found = (
            select(columns.for_account, uses)
            .where(columns.for_account != ADMIN, columns.use_count > 0)
            .group_by(columns.for_account)
            .order_by(uses.desc(), columns.for_account)
            .limit(TOP)
        )
        rows = self._connection.execute(found)
        return tuple((row.for_account, min(int(row.uses), _MOST)) for row in rows)


class SqlTallyBook(SqlTallies):
    """Keeps what was counted, inside one unit of work."""

    def keep(self, news: News, /) -> None:
        totals = {**asdict(news.totals), _FRESH_UNTIL: milliseconds(news.fresh_until)}
        self._replace(tally_total, [{"name": k, "value": v} for k, v in totals.items()])
        self._replace(inviter_tally, [{"did": did, "uses": n} for did, n in news.inviters])
        if news.hours:
            self._replace_hours(news.hours)

    def _replace(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Make these the rows of a small table."""
        self._connection.execute(delete(table))
        if rows:
            self._connection.execute(insert(table), rows)

    def _replace_hours(self, hours: Hours) -> None:
        place = (tally.c.hour == bindparam("at", type_=Moment), tally.c.what == bindparam("of"))
        old = [{"at": hour, "of": what} for hour, what in hours]
        self._connection.execute(delete(tally).where(*place), old)
        new = [
            {"hour": at, "what": of, "number": number}
            for (at, of), number in hours.items()
            if number
        ]
        if new:
            self._connection.execute(insert(tally), new)


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    most = case((column > MOST_OF_A_CODE, MOST_OF_A_CODE), (column < 0, 0), else_=column)
    return func.coalesce(func.sum(most), 0)

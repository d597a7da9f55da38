"""Long lists of codes in SQL. See `invites.listing.Listing`.

What a page costs is what is done for each of its rows: statements are made once, and rows stay
the plain values that the driver gives.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Row,
    Select,
    Text,
    bindparam,
    select,
    tuple_,
    type_coerce,
)

from xrpc_invites.invites.listing import ListedCode, ListedUse
from xrpc_invites.invites.paging import MAX_USES, Position, Sort
from xrpc_invites.storage.sets import among_named, values_named
from xrpc_invites.storage.tables import invite_code, invite_code_use

_KEY, _USE_COUNT = 0, 3
"""Places in the rows."""

_CREATED = type_coerce(invite_code.c.created_at, BigInteger)
_CODES = select(
    invite_code.c.code_key,
    invite_code.c.code,
    invite_code.c.available,
    invite_code.c.use_count,
    invite_code.c.pending,
    invite_code.c.disabled,
    invite_code.c.for_account,
    invite_code.c.created_by,
    _CREATED,
)
_OWNED = _CODES.where(invite_code.c.for_account == bindparam("owner")).order_by(
    invite_code.c.created_at, invite_code.c.code
)
_USES = select(
    invite_code_use.c.code_key,
    invite_code_use.c.used_by,
    type_coerce(invite_code_use.c.used_at, BigInteger),
).order_by(
    invite_code_use.c.code_key,
    invite_code_use.c.used_at.desc(),
    invite_code_use.c.used_by.desc(),
)
_OF_ONE = _USES.where(invite_code_use.c.code_key == bindparam("key")).limit(MAX_USES)


class SqlListing:
    """Reads long lists on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, sort: Sort, /, *, after: Position | None, limit: int) -> Sequence[ListedCode]:
        asked: dict[str, object] = {"limit": limit}
        if after is not None:
            asked |= {"primary": after.primary, "code": after.code}
        return self._read(_page(sort, first=after is None), asked)

    def owned_by(self, owner: str, /) -> Sequence[ListedCode]:
        return self._read(_OWNED, {"owner": owner})

    def _read(
        self, statement: Select[*tuple[Any, ...]], asked: dict[str, object]
    ) -> Sequence[ListedCode]:
        rows = self._connection.execute(statement, asked).all()
        uses = self._uses({row[_KEY]: row[_USE_COUNT] for row in rows if row[_USE_COUNT]})
        make = ListedCode._make
        return [make((*row, uses.get(row[_KEY], ()))) for row in rows]

    def _uses(self, counts: Mapping[str, int]) -> Mapping[str, Sequence[ListedUse]]:
        """The newest uses of codes that were used so often."""
        many = [key for key, count in counts.items() if count <= MAX_USES]
        found: dict[str, Sequence[ListedUse]] = {}
        if many:
            dialect = self._connection.dialect.name
            asked = {"keys": values_named(dialect, many)}
            found |= _by_key(self._connection.execute(_of_many(dialect), asked).all())
        # A code used more often is read alone, where the limit ends the scan.
        for key in (key for key, count in counts.items() if count > MAX_USES):
            found |= _by_key(self._connection.execute(_OF_ONE, {"key": key}).all())
        return found


def _by_key(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, Sequence[ListedUse]]:
    make, by_key = ListedUse._make, groupby(rows, itemgetter(_KEY))
    return {key: tuple([make(row[1:]) for row in uses]) for key, uses in by_key}


@cache
def _page(sort: Sort, *, first: bool) -> Select[*tuple[Any, ...]]:
    """The codes of a page; that they are made once halves what SQLAlchemy takes of it."""
    primary = invite_code.c.use_count if sort is Sort.USAGE else _CREATED
    order = (primary, invite_code.c.code)
    limited = _CODES.order_by(*(column.desc() for column in order)).limit(
        bindparam("limit", type_=Integer)
    )
    if first:
        return limited
    place = (bindparam("primary", type_=BigInteger), bindparam("code", type_=Text))
    return limited.where(tuple_(*order) < tuple_(*place))


@cache
def _of_many(dialect: str) -> Select[*tuple[Any, ...]]:
    return _USES.where(among_named(dialect, invite_code_use.c.code_key, "keys"))

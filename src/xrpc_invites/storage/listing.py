"""Long lists of codes in SQL. See `invites.listing.Listing`.

What a page costs is what is done for each of its rows: of a code that was listed before only
that is read which changes, its counters and whether it is disabled.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from threading import Lock
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Text,
    bindparam,
    select,
    tuple_,
    type_coerce,
)

from xrpc_invites.invites.listing import ListedCode, ListedUse
from xrpc_invites.invites.paging import MAX_USES, Position, Sort
from xrpc_invites.invites.text import keys
from xrpc_invites.storage.orders import CREATED, order, place
from xrpc_invites.storage.prepared import Prepared
from xrpc_invites.storage.sets import among_named, values_named
from xrpc_invites.storage.tables import invite_code, invite_code_use

MAX_KNOWN = 24_576
"""Codes and uses that are remembered, with what they look like: at most some 15 MB."""

_KEY = 0
"""The place of the key in every row."""

_CHANGING = (
    invite_code.c.code_key,
    invite_code.c.available,
    invite_code.c.use_count,
    invite_code.c.pending,
    invite_code.c.disabled,
    # With this a use that is not the one it was is noticed also where history was rewound: by a
    # standby that lacks the last commits, or from a backup.
    type_coerce(invite_code.c.last_used_at, BigInteger),
)
_OWNED = Prepared(
    select(*_CHANGING)
    .where(invite_code.c.for_account == bindparam("owner"))
    .order_by(invite_code.c.created_at, invite_code.c.code)
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
_OF_ONE = Prepared(_USES.where(invite_code_use.c.code_key == bindparam("key")).limit(MAX_USES))


class Known:
    """Codes as they were when they were listed, by all of their row that changes."""

    def __init__(self) -> None:
        self._codes: dict[Sequence[Any], ListedCode] = {}
        self._size = 0
        self._one_at_a_time = Lock()

    def find(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """The code of each row if it is known as it is there, else None."""
        find = self._codes.get
        return [find(row) for row in rows]

    def keep(self, codes: Mapping[Sequence[Any], ListedCode]) -> None:
        """Remember codes; all others are forgotten when they are too many together."""
        # All uses are there: no other can come without being counted.
        whole = {row: code for row, code in codes.items() if len(code.uses) == code.use_count}
        size = sum(1 + len(code.uses) for code in whole.values())
        if size > MAX_KNOWN:
            return
        with self._one_at_a_time:
            if self._size + size > MAX_KNOWN:
                self._codes, self._size = {}, 0
            self._codes |= whole
            self._size += size


class SqlListing:
    """Reads long lists on one connection."""

    def __init__(self, connection: Connection, known: Known) -> None:
        self._connection = connection
        self._known = known

    def page(self, sort: Sort, /, *, after: Position | None, limit: int) -> Sequence[ListedCode]:
        asked: dict[str, object] = {"limit": limit}
        if after is not None:
            asked |= {"primary": after.primary, "code": after.code}
            if sort is Sort.USAGE:
                meant = keys(after.code)
                asked |= {"exact": meant[0], "folded": meant[-1]}
        return self._read(_page(sort, first=after is None), asked)

    def owned_by(self, owner: str, /) -> Sequence[ListedCode]:
        return self._read(_OWNED, {"owner": owner})

    def _read(self, statement: Prepared, asked: dict[str, object]) -> Sequence[ListedCode]:
        rows = statement.plain(self._connection, **asked)
        found = self._known.find(rows)
        if all(found):
            return found
        new = {row[_KEY]: row for row, code in zip(rows, found, strict=True) if code is None}
        fresh = {code.key: code for code in self._whole(new)}
        self._known.keep({new[key]: code for key, code in fresh.items()})
        return [code or fresh[row[_KEY]] for row, code in zip(rows, found, strict=True)]

    def _whole(self, rows: Mapping[str, Sequence[Any]]) -> Iterator[ListedCode]:
        """All of those codes of which the row is known that changes."""
        uses = self._uses({key: row[2] for key, row in rows.items() if row[2]})
        for key, code, owner, creator, created in self._of_many(_lasting, [*rows]):
            _, available, use_count, pending, disabled, _ = rows[key]
            counters = (available, use_count, pending, bool(disabled))
            lasting = (owner, creator, created, uses.get(key, ()))
            yield ListedCode(key, code, *counters, *lasting)

    def _uses(self, counts: Mapping[str, int]) -> Mapping[str, Sequence[ListedUse]]:
        """The newest uses of codes that were used so often."""
        many = [key for key, count in counts.items() if count <= MAX_USES]
        found = _by_key(self._of_many(_uses, many)) if many else {}
        # A code used more often is read alone, where the limit ends the scan.
        for key in (key for key, count in counts.items() if count > MAX_USES):
            found |= _by_key(_OF_ONE.plain(self._connection, key=key))
        return found

    def _of_many(
        self, statement: Callable[[str], Prepared], keys: Sequence[str]
    ) -> Sequence[Sequence[Any]]:
        dialect = self._connection.dialect.name
        return statement(dialect).plain(self._connection, keys=values_named(dialect, keys))


def _by_key(rows: Sequence[Sequence[Any]]) -> dict[str, Sequence[ListedUse]]:
    make, by_key = ListedUse._make, groupby(rows, itemgetter(_KEY))
    return {key: tuple([make(row[1:]) for row in uses]) for key, uses in by_key}


@cache
def _page(sort: Sort, *, first: bool) -> Prepared:
    """The codes of a page."""
    ordered = order(sort)
    limited = (
        select(*_CHANGING)
        .order_by(*(column.desc() for column in ordered))
        .limit(bindparam("limit", type_=Integer))
    )
    if first:
        return Prepared(limited)
    code, *meant = (bindparam(name, type_=Text) for name in ("code", "exact", "folded"))
    after = place(sort, bindparam("primary", type_=BigInteger), code, meant)
    return Prepared(limited.where(tuple_(*ordered) < after))


@cache
def _lasting(dialect: str) -> Prepared:
    """What of codes never changes."""
    table = invite_code.c
    kept = (table.code_key, table.code, table.for_account, table.created_by, CREATED)
    return Prepared(select(*kept).where(among_named(dialect, table.code_key, "keys")))


@cache
def _uses(dialect: str) -> Prepared:
    return Prepared(_USES.where(among_named(dialect, invite_code_use.c.code_key, "keys")))

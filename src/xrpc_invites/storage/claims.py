"""Spending many uses in SQL. See `invites.claims.ClaimBook`.

The claims of one code are counted, and its row is changed by their number at once. Where that
is not possible, since not all find a use or the terms look at who claims, each is made alone.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    not_,
    select,
    true,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from xrpc_invites.invites.claims import Claim, Holder
from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.paging import milliseconds
from xrpc_invites.storage.codes import grant_of
from xrpc_invites.storage.columns import Moment
from xrpc_invites.storage.ledger import SqlLedger
from xrpc_invites.storage.prepared import Prepared
from xrpc_invites.storage.search import OWNER_GONE
from xrpc_invites.storage.sets import among, lock_rows, rows_named, table_of
from xrpc_invites.storage.tables import invite_code, invite_code_use


class _Wanted(NamedTuple):
    """How many uses of a code are wanted, and in which span of time."""

    key: str
    uses: int
    first: int
    last: int


class SqlClaims:
    """Spends uses inside one unit of work."""

    def __init__(self, connection: Connection, ledger: SqlLedger) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._ledger = ledger

    def each(self, claims: Sequence[Claim], /) -> Mapping[Holder, Grant]:
        wanted = {claim.holder: claim for claim in claims}
        found = self._grants([*wanted]) if wanted else {}
        new = [claim for holder, claim in wanted.items() if holder not in found]
        if not new:
            return found
        taken = self._taken(new)
        self._record([claim for claim in new if claim.key in taken])
        # Each attempt, also of one who tries twice: the code may suit another of his addresses.
        for claim in claims:
            if claim.holder not in found and claim.key not in taken:
                self._ledger.claim(claim.key, claim.attempt, did=claim.did)
        # Also of those for whom nothing was free: the last use may be their own, since a
        # moment ago by another replica.
        return {**found, **self._grants([claim.holder for claim in new])}

    def _grants(self, holders: Sequence[Holder]) -> dict[Holder, Grant]:
        rows = _granted(self._dialect).all(self._connection, **self._named(holders))
        return {(row.code_key, row.used_by): grant_of(row) for row in rows}

    def _taken(self, claims: Sequence[Claim]) -> frozenset[str]:
        """Keys of those codes that had a use for everyone who claims one."""
        by_key: dict[str, list[int]] = {}
        for claim in claims:
            by_key.setdefault(claim.key, []).append(milliseconds(claim.attempt.at))
        if self._dialect == "postgresql":
            self._lock([*by_key])
        wanted = [_Wanted(key, len(at), min(at), max(at)) for key, at in by_key.items()]
        taken = _take(self._dialect).plain(self._connection, **self._named(wanted))
        return frozenset(key for (key,) in taken)

    def _lock(self, keys: Sequence[str]) -> None:
        # In one order, so that rivals wait for each other and not in a circle.
        rows = select(invite_code.c.code_key).where(
            among(self._connection, invite_code.c.code_key, keys)
        )
        lock_rows(self._connection, rows.order_by(invite_code.c.code_key))

    def _record(self, claims: Sequence[Claim]) -> None:
        if not claims:
            return
        rows = [(one.key, one.did, milliseconds(one.attempt.at)) for one in claims]
        added = _add(self._dialect).plain(self._connection, **self._named(rows))
        recorded = {(key, did) for key, did in added}
        for claim in claims:
            if claim.holder not in recorded:
                # The DID has its use already, since a moment ago by another replica.
                self._ledger.give_back_use(claim.key)

    def _named(self, rows: Sequence[tuple[Any, ...]]) -> dict[str, object]:
        return rows_named(self._dialect, rows)


@cache
def _granted(dialect: str) -> Prepared:
    wanted = table_of(dialect, ("key", Text()), ("did", Text()))
    used = invite_code_use.c
    return Prepared(
        select(invite_code_use, invite_code.c.code)
        .select_from(wanted)
        .join(invite_code_use, (used.code_key == wanted.c.key) & (used.used_by == wanted.c.did))
        .join(invite_code, invite_code.c.code_key == used.code_key)
    )


@cache
def _take(dialect: str) -> Prepared:
    """Take as many uses as are wanted of each code that has them, and that anyone may use."""
    wanted = table_of(
        dialect,
        ("key", Text()),
        ("uses", BigInteger()),
        ("first", BigInteger()),
        ("last", BigInteger()),
    ).c
    code = invite_code.c
    begins, ends = (type_coerce(at, BigInteger) for at in (code.not_before, code.expires_at))
    # The WHERE clause is the lock, as that of a claim that is made alone.
    return Prepared(
        update(invite_code)
        .where(
            code.code_key == wanted.key,
            not_(code.disabled),
            code.available >= code.use_count + code.pending + wanted.uses,
            (begins.is_(None)) | (begins <= wanted.first),
            (ends.is_(None)) | (ends > wanted.last),
            code.email_domains == "[]",
            code.email.is_(None),
            not_(OWNER_GONE),
        )
        .values(
            use_count=code.use_count + wanted.uses,
            last_used_at=type_coerce(wanted.last, Moment()),
        )
        .returning(code.code_key)
    )


@cache
def _add(dialect: str) -> Prepared:
    """Record uses, with what their codes grant; those that are there are left alone."""
    wanted = table_of(dialect, ("key", Text()), ("did", Text()), ("at", BigInteger())).c
    code = invite_code.c
    granting = (
        select(code.code_key, wanted.did, wanted.at, code.role, code.tags)
        .where(code.code_key == wanted.key)
        .where(true())
    )
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return Prepared(
        insert(invite_code_use)
        .from_select(["code_key", "used_by", "used_at", "role", "tags"], granting)
        .on_conflict_do_nothing()
        .returning(invite_code_use.c.code_key, invite_code_use.c.used_by)
    )

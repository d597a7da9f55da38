"""Reading codes in SQL. See `invites.ports.Codes`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, bindparam, literal, select, tuple_

from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.model import (
    ADMIN,
    PLAIN,
    InviteCode,
    InviteCodeUse,
    Owner,
    Terms,
)
from xrpc_invites.invites.paging import MAX_USES
from xrpc_invites.invites.preview import Previewed
from xrpc_invites.invites.search import Cut, Search
from xrpc_invites.invites.status import Described, Status, described
from xrpc_invites.invites.text import keys
from xrpc_invites.storage.columns import Moment
from xrpc_invites.storage.nearby import nearby
from xrpc_invites.storage.owners import owner_of
from xrpc_invites.storage.prepared import Prepared, Row
from xrpc_invites.storage.search import GONE, described_codes, more_than_few, overdue, searched
from xrpc_invites.storage.sets import among, among_named, values_named
from xrpc_invites.storage.tables import account, invite_code, invite_code_use, redemption

_EMPTY = "[]"
_PLAIN = (None, None, None, None, False)
_GRANTS = select(invite_code_use, invite_code.c.code).join(
    invite_code, invite_code.c.code_key == invite_code_use.c.code_key
)
_NEWEST_USES = select(invite_code_use).order_by(
    invite_code_use.c.code_key,
    invite_code_use.c.used_at.desc(),
    invite_code_use.c.used_by.desc(),
)


# Asked at every sign-up and redemption.
_MEANT = invite_code.c.code_key.in_([bindparam("exact"), bindparam("folded")])
_FOUND = Prepared(select(invite_code).where(_MEANT))
_KEY = Prepared(select(invite_code.c.code_key).where(_MEANT))
_MEANT_AND_DESCRIBED = described_codes(bindparam("now", type_=Moment)).where(_MEANT)
_DESCRIBED = Prepared(_MEANT_AND_DESCRIBED)
_PREVIEWED = Prepared(
    _MEANT_AND_DESCRIBED.add_columns(account.c.handle).outerjoin(
        account, account.c.did == invite_code.c.for_account
    )
)


@cache
def _stored(dialect: str) -> Prepared:
    wanted = among_named(dialect, invite_code.c.code_key, "keys")
    return Prepared(select(invite_code.c.code_key).where(wanted))


class SqlCodes:
    """Reads codes on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, text: str, /) -> InviteCode | None:
        row = self._meant(text, _FOUND)
        return None if row is None else code_of(row)

    def keys(self, texts: Sequence[str], /) -> Mapping[str, str]:
        meant = {text: keys(text) for text in texts}
        stored = {key for (key,) in self._stored([*meant.values()])}
        found = ((text, next((k for k in c if k in stored), None)) for text, c in meant.items())
        return {text: key for text, key in found if key is not None}

    def _stored(self, meant: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """Those of the keys that there are."""
        if len(meant) == 1:
            # SQLite takes longer over a list than over all the rest.
            return _KEY.plain(self._connection, exact=meant[0][0], folded=meant[0][-1])
        dialect = self._connection.dialect.name
        named = values_named(dialect, [key for candidates in meant for key in candidates])
        return _stored(dialect).plain(self._connection, keys=named)

    def show(self, text: str, /) -> InviteCode | None:
        found = self.find(text)
        return None if found is None else self._with_uses([found])[0]

    def described(self, text: str, /, *, now: datetime) -> Described | None:
        row = self._meant(text, _DESCRIBED, now=now)
        return None if row is None else described_of(row, now)

    def preview(self, text: str, /, *, now: datetime) -> Previewed | None:
        row = self._meant(text, _PREVIEWED, now=now)
        return None if row is None else Previewed(described_of(row, now), row.handle)

    def search(self, wanted: Search, cut: Cut, /) -> Sequence[Described]:
        # Rarely any, since a worker writes ended leases down; then indexes serve everything.
        ended = select(redemption.c.id).where(*overdue(cut.now)).limit(1)
        by_use = wanted.status in {Status.ACTIVE, Status.EXHAUSTED}
        leases_ended = by_use and self._connection.execute(ended).first() is not None
        many = more_than_few(self._connection, wanted.status, cut.now)
        rows = nearby(self._connection, wanted, cut, leases_ended=leases_ended)
        if rows is None:
            found = searched(wanted, cut, leases_ended=leases_ended, many=many)
            rows = self._connection.execute(found).all()
        return [described_of(row, cut.now) for row in rows]

    def grant(self, key: str, did: str, /) -> Grant | None:
        one = _GRANTS.where(invite_code_use.c.code_key == key, invite_code_use.c.used_by == did)
        row = self._connection.execute(one).first()
        return None if row is None else grant_of(row)

    def grants(self, dids: Sequence[str], /) -> Sequence[Grant]:
        mine = among(self._connection, invite_code_use.c.used_by, dids)
        rows = self._connection.execute(
            _GRANTS.where(mine, invite_code_use.c.revoked_at.is_(None)).order_by(
                invite_code_use.c.used_by, invite_code_use.c.used_at, invite_code.c.code
            )
        )
        return [grant_of(row) for row in rows]

    def uses(
        self, key: str, /, *, after: InviteCodeUse | None, limit: int
    ) -> Sequence[tuple[InviteCodeUse, str | None]]:
        table = invite_code_use.c
        page = (
            _NEWEST_USES.add_columns(account.c.handle)
            .outerjoin(account, account.c.did == table.used_by)
            .where(table.code_key == key)
            .limit(limit)
        )
        if after is not None:
            place = tuple_(literal(after.used_at, Moment), literal(after.used_by))
            page = page.where(tuple_(table.used_at, table.used_by) < place)
        return [(_use(row), row.handle) for row in self._connection.execute(page)]

    def first_use(self, key: str, /) -> InviteCodeUse | None:
        return first_uses(self._connection, [key]).get(key)

    def owner_available(self, owner: str, /) -> bool:
        if owner == ADMIN:
            return True
        gone = select(account.c.did).where(account.c.did == owner, GONE)
        return self._connection.execute(gone).first() is None

    def owned_by(self, owners: Sequence[str], /) -> Sequence[InviteCode]:
        return self._codes(
            select(invite_code)
            .where(among(self._connection, invite_code.c.for_account, owners))
            .order_by(invite_code.c.created_at, invite_code.c.code)
        )

    def joined_with(self, dids: Sequence[str], /) -> Mapping[str, InviteCode]:
        uses = self._connection.execute(
            select(invite_code_use.c.used_by, invite_code_use.c.code_key)
            .where(among(self._connection, invite_code_use.c.used_by, dids))
            .order_by(invite_code_use.c.used_at.desc(), invite_code_use.c.code_key.desc())
        )
        # The rows come newest first, so the first use of a DID is the one that stays.
        first = {row.used_by: row.code_key for row in uses}
        codes = self._codes(
            select(invite_code).where(
                among(self._connection, invite_code.c.code_key, [*first.values()])
            )
        )
        by_key = {code.key: code for code in codes}
        return {did: by_key[key] for did, key in first.items()}

    def owner(self, did: str, /) -> Owner | None:
        return owner_of(self._connection, did)

    def _meant(self, text: str, statement: Prepared, **asked: datetime) -> Row | None:
        """The row of the code that an input means."""
        wanted = keys(text)
        rows = statement.all(self._connection, exact=wanted[0], folded=wanted[-1], **asked)
        found = {row.code_key: row for row in rows}
        return next((found[key] for key in wanted if key in found), None)

    def _codes(self, statement: Select[Any]) -> Sequence[InviteCode]:
        return self._with_uses([code_of(row) for row in self._connection.execute(statement)])

    def _with_uses(self, codes: Sequence[InviteCode]) -> Sequence[InviteCode]:
        used = [code for code in codes if code.use_count]
        if not used:
            return codes
        uses = self._uses_of_many([c.key for c in used if c.use_count <= MAX_USES])
        # A code used more often is read alone, where the limit ends the scan.
        uses |= {c.key: self._uses_of_one(c.key) for c in used if c.use_count > MAX_USES}
        return [code._replace(uses=uses.get(code.key, ())) for code in codes]

    def _uses_of_many(self, code_keys: Sequence[str]) -> dict[str, tuple[InviteCodeUse, ...]]:
        rows = self._connection.execute(
            _NEWEST_USES.where(among(self._connection, invite_code_use.c.code_key, code_keys))
        )
        return {
            key: tuple(_use(row) for row in uses)
            for key, uses in groupby(rows, key=lambda row: row.code_key)
        }

    def _uses_of_one(self, code_key: str) -> tuple[InviteCodeUse, ...]:
        newest = _NEWEST_USES.where(invite_code_use.c.code_key == code_key).limit(MAX_USES)
        return tuple(_use(row) for row in self._connection.execute(newest))


def code_of(row: Row) -> InviteCode:
    """The code of a row."""
    return InviteCode(
        key=row.code_key,
        code=row.code,
        available=row.available,
        use_count=row.use_count,
        pending=row.pending,
        disabled=row.disabled,
        for_account=row.for_account,
        created_by=row.created_by,
        created_at=row.created_at,
        terms=_terms(row),
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        last_used_at=row.last_used_at,
        email=row.email,
        creation=row.creation,
    )


def _terms(row: Row) -> Terms:
    begins, ends, note, role, shown = values = (
        row.not_before,
        row.expires_at,
        row.note,
        row.role,
        row.show_inviter,
    )
    tags, domains = row.tags, row.email_domains
    # Most codes of a long list have none, and then share one.
    if values == _PLAIN and tags == domains == _EMPTY:
        return PLAIN
    return Terms(
        not_before=begins,
        expires_at=ends,
        note=note,
        role=role,
        tags=_listed(tags),
        email_domains=_listed(domains),
        show_inviter=shown,
    )


def _listed(value: str) -> tuple[str, ...]:
    return () if value == _EMPTY else tuple(json.loads(value))


def described_of(row: Row, now: datetime) -> Described:
    """The code of a row of `described_codes`, as it stands."""
    code = code_of(row)
    if row.ended:
        code = code._replace(pending=code.pending - row.ended)
    found = described(code, now=now, owner_available=not row.owner_gone)
    return found if row.invitation is None else replace(found, invitation=row.invitation)


def first_uses(connection: Connection, keys: Sequence[str]) -> Mapping[str, InviteCodeUse]:
    """The oldest use of each of these codes that has one."""
    # One by one, since the index ends each at its first row however often a code was used.
    oldest = (
        select(invite_code_use)
        .where(invite_code_use.c.code_key == bindparam("key"))
        .order_by(invite_code_use.c.used_at, invite_code_use.c.used_by)
        .limit(1)
    )
    rows = ((key, connection.execute(oldest, {"key": key}).first()) for key in keys)
    return {key: _use(row) for key, row in rows if row is not None}


def grant_of(row: Row) -> Grant:
    """What a row of a use, with the text of its code, grants."""
    return Grant(
        did=row.used_by,
        code=row.code,
        role=row.role,
        tags=_listed(row.tags),
        granted_at=row.used_at,
        revoked_at=row.revoked_at,
    )


def _use(row: Row) -> InviteCodeUse:
    return InviteCodeUse(row.used_by, row.used_at)

"""Reading codes in SQL. See `invites.ports.Codes`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Select,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
)

from xrpc_invites.invites.model import ADMIN, InviteCode, InviteCodeUse, Owner
from xrpc_invites.invites.paging import MAX_USES, Position, Sort
from xrpc_invites.invites.text import keys
from xrpc_invites.storage.sets import among
from xrpc_invites.storage.tables import account, invite_code, invite_code_use

GONE = or_(account.c.taken_down_at.is_not(None), account.c.deleted_at.is_not(None))
"""The account is taken down or deleted: its codes cannot be used."""

_ORDER = {
    # Positions hold plain milliseconds, so the column is compared as the number it is.
    Sort.RECENT: type_coerce(invite_code.c.created_at, BigInteger),
    Sort.USAGE: invite_code.c.use_count,
}
_NEWEST_USES = select(invite_code_use).order_by(
    invite_code_use.c.code_key,
    invite_code_use.c.used_at.desc(),
    invite_code_use.c.used_by.desc(),
)


class SqlCodes:
    """Reads codes on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, text: str, /) -> InviteCode | None:
        wanted = keys(text)
        rows = self._connection.execute(
            select(invite_code).where(invite_code.c.code_key.in_(wanted))
        )
        found = {row.code_key: row for row in rows}
        return next((_code(found[key]) for key in wanted if key in found), None)

    def show(self, text: str, /) -> InviteCode | None:
        found = self.find(text)
        return None if found is None else self._with_uses([found])[0]

    def owner_available(self, owner: str, /) -> bool:
        if owner == ADMIN:
            return True
        gone = select(account.c.did).where(account.c.did == owner, GONE)
        return self._connection.execute(gone).first() is None

    def page(self, sort: Sort, /, *, after: Position | None, limit: int) -> Sequence[InviteCode]:
        primary, code = _ORDER[sort], invite_code.c.code
        page = select(invite_code).order_by(primary.desc(), code.desc()).limit(limit)
        if after is not None:
            place = tuple_(literal(after.primary, BigInteger), literal(after.code))
            page = page.where(tuple_(primary, code) < place)
        return self._codes(page)

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
            .order_by(invite_code_use.c.used_at.desc())
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
        return self._owner(select_owner(did))

    def _owner(self, statement: Select[Any, Any, Any]) -> Owner | None:
        row = self._connection.execute(statement).first()
        return None if row is None else Owner(row.did, row.created_at, row.invites_disabled)

    def _codes(self, statement: Select[Any]) -> Sequence[InviteCode]:
        return self._with_uses([_code(row) for row in self._connection.execute(statement)])

    def _with_uses(self, codes: Sequence[InviteCode]) -> Sequence[InviteCode]:
        used = [code for code in codes if code.use_count]
        if not used:
            return codes
        uses = self._uses_of_many([c.key for c in used if c.use_count <= MAX_USES])
        # A code used more often is read alone, where the limit ends the scan.
        uses |= {c.key: self._uses_of_one(c.key) for c in used if c.use_count > MAX_USES}
        return [replace(code, uses=uses.get(code.key, ())) for code in codes]

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


def select_owner(did: str) -> Select[Any, Any, Any]:
    """What the domain knows of an account, unless it is deleted."""
    return select(account.c.did, account.c.created_at, account.c.invites_disabled).where(
        account.c.did == did, account.c.deleted_at.is_(None)
    )


def _code(row: Row[Any]) -> InviteCode:
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
    )


def _use(row: Row[Any]) -> InviteCodeUse:
    return InviteCodeUse(row.used_by, row.used_at)

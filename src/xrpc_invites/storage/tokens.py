"""Operators' tokens in SQL. See `invites.ports.TokenBook`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)

from xrpc_invites.invites.books import TokenPlace
from xrpc_invites.invites.operators import OperatorToken, name_key
from xrpc_invites.storage.operator_tables import operator_token
from xrpc_invites.storage.prepared import Prepared, Row
from xrpc_invites.storage.sets import among_named, insert_or_ignore, values_named

# Places hold plain milliseconds, so the column is compared as the number it is.
_ORDER = (type_coerce(operator_token.c.created_at, BigInteger), operator_token.c.id)


_BY_HASH = Prepared(
    select(operator_token).where(operator_token.c.token_hash == bindparam("token_hash"))
)


@cache
def _by_hashes(dialect: str) -> Prepared:
    wanted = among_named(dialect, operator_token.c.token_hash, "hashes")
    return Prepared(select(operator_token).where(wanted))


class SqlTokens:
    """Reads tokens on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_hashes(self, hashes: Sequence[str], /) -> Mapping[str, OperatorToken]:
        if len(hashes) == 1:
            # SQLite takes longer over a list than over all the rest.
            rows = _BY_HASH.all(self._connection, token_hash=hashes[0])
        else:
            dialect = self._connection.dialect.name
            named = values_named(dialect, [*{*hashes}])
            rows = _by_hashes(dialect).all(self._connection, hashes=named)
        return {row.token_hash: _token(row) for row in rows}

    def by_id(self, id_: str, /) -> OperatorToken | None:
        wanted = select(operator_token).where(operator_token.c.id == id_)
        return _one(self._connection.execute(wanted).first())

    def page(self, *, after: TokenPlace | None, limit: int) -> Sequence[OperatorToken]:
        found = select(operator_token).order_by(*(column.desc() for column in _ORDER)).limit(limit)
        if after is not None:
            found = found.where(tuple_(*_ORDER) < after)
        return [_token(row) for row in self._connection.execute(found)]


class SqlTokenBook(SqlTokens):
    """Reads and changes tokens inside one unit of work."""

    def add(self, token: OperatorToken, /) -> bool:
        key = name_key(token.name)
        # Only the clock ends an expired token, so its name is taken back when it is wanted.
        self._connection.execute(
            update(operator_token)
            .where(
                operator_token.c.name_key == key,
                operator_token.c.expires_at <= token.created_at,
            )
            .values(name_key=null())
        )
        # The unique key is the lock: of rivals for a name one inserts, the others see nothing.
        added = insert_or_ignore(self._connection, operator_token).values(
            id=token.id,
            name=token.name,
            name_key=key,
            role=token.role,
            token_hash=token.token_hash,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
        return self._connection.execute(added.returning(operator_token.c.id)).first() is not None

    def revoke(self, id_: str, /, *, at: datetime) -> bool:
        revoked = self._connection.execute(
            update(operator_token)
            .where(operator_token.c.id == id_, operator_token.c.revoked_at.is_(None))
            .values(revoked_at=at, name_key=null())
        )
        return revoked.rowcount > 0

    def touch(self, id_: str, /, *, at: datetime, unless_since: datetime) -> None:
        last = operator_token.c.last_used_at
        self._connection.execute(
            update(operator_token)
            .where(operator_token.c.id == id_, or_(last.is_(None), last <= unless_since))
            .values(last_used_at=at)
        )


def _one(row: Row | None) -> OperatorToken | None:
    return None if row is None else _token(row)


def _token(row: Row) -> OperatorToken:
    return OperatorToken(
        id=row.id,
        name=row.name,
        role=row.role,
        token_hash=row.token_hash,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )

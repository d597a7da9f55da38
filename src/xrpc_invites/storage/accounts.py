"""Accounts in SQL. See `accounts.ports.AccountBook`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, null, select, tuple_, update

from xrpc_invites.accounts.model import Account, SigningKey
from xrpc_invites.storage.prepared import Prepared, Row
from xrpc_invites.storage.sets import among, insert_or_ignore
from xrpc_invites.storage.tables import account, session

# Asked at every sign-up and by every account that calls.
_BY_DID = Prepared(select(account).where(account.c.did == bindparam("did")))
_BY_HANDLE = Prepared(select(account).where(account.c.handle == bindparam("handle")))
_BY_EMAIL = Prepared(select(account).where(account.c.email == bindparam("email")))


class SqlAccounts:
    """Reads accounts on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_did(self, did: str, /) -> Account | None:
        return _one(_BY_DID.first(self._connection, did=did))

    def by_handle(self, handle: str, /) -> Account | None:
        return _one(_BY_HANDLE.first(self._connection, handle=handle))

    def by_email(self, email: str, /) -> Account | None:
        return _one(_BY_EMAIL.first(self._connection, email=email))

    def by_dids(self, dids: Sequence[str], /) -> Sequence[Account]:
        wanted = select(account).where(among(self._connection, account.c.did, dids))
        found = {row.did: _account(row) for row in self._connection.execute(wanted)}
        return [found[did] for did in dids if did in found]

    def handles_taken(self, handles: Sequence[str], /) -> frozenset[str]:
        taken = select(account.c.handle).where(among(self._connection, account.c.handle, handles))
        return frozenset(self._connection.scalars(taken))

    def search(
        self, email: str, /, *, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Account]:
        order = (account.c.created_at, account.c.did)
        found = (
            select(account)
            .where(account.c.deleted_at.is_(None))
            .order_by(*(column.desc() for column in order))
            .limit(limit)
        )
        if email:
            found = found.where(account.c.email.contains(email, autoescape=True))
        if after is not None:
            found = found.where(tuple_(*order) < after)
        return [_account(row) for row in self._connection.execute(found)]


class SqlAccountBook(SqlAccounts):
    """Reads and changes accounts inside one unit of work."""

    def add(self, new: Account, /) -> bool:
        # A conflict is an answer here, not an error: nothing must be rolled back.
        added = insert_or_ignore(self._connection, account).values(**_row(new))
        return self._connection.execute(added.returning(account.c.did)).first() is not None

    def withdraw(self, did: str, /) -> None:
        self._connection.execute(delete(session).where(session.c.did == did))
        self._connection.execute(delete(account).where(account.c.did == did))

    def lock(self, did: str, /) -> Account | None:
        locked = select(account).where(account.c.did == did).with_for_update()
        return _one(self._connection.execute(locked).first())

    def set_invites(self, did: str, /, *, disabled: bool, note: str | None) -> None:
        noted = {} if note is None else {"invite_note": note}
        self._set(did, invites_disabled=disabled, **noted)

    def set_takedown(self, did: str, /, *, at: datetime | None, ref: str | None) -> None:
        self._set(did, taken_down_at=at, takedown_ref=ref)

    def set_deactivated(self, did: str, /, *, at: datetime | None) -> None:
        self._set(did, deactivated_at=at)

    def delete(self, did: str, /, *, at: datetime) -> None:
        self._connection.execute(delete(session).where(session.c.did == did))
        erased = ("email", "password_hash", "key_secret", "key_multibase", "invite_note")
        self._set(did, deleted_at=at, **dict.fromkeys(erased, null()))

    def _set(self, did: str, **values: object) -> None:
        self._connection.execute(
            update(account)
            .where(account.c.did == did, account.c.deleted_at.is_(None))
            .values(**values)
        )


def _one(row: Row | None) -> Account | None:
    return None if row is None else _account(row)


def _account(row: Row) -> Account:
    return Account(
        did=row.did,
        handle=row.handle,
        email=row.email,
        password_hash=row.password_hash,
        key=SigningKey(row.key_secret, row.key_multibase) if row.key_secret else None,
        created_at=row.created_at,
        invites_disabled=row.invites_disabled,
        invite_note=row.invite_note,
        taken_down_at=row.taken_down_at,
        takedown_ref=row.takedown_ref,
        deactivated_at=row.deactivated_at,
        deleted_at=row.deleted_at,
    )


def _row(new: Account) -> dict[str, object]:
    return {
        "did": new.did,
        "handle": new.handle,
        "email": new.email,
        "password_hash": new.password_hash,
        "key_secret": new.key.secret if new.key else None,
        "key_multibase": new.key.multibase if new.key else None,
        "created_at": new.created_at,
    }

"""Refresh tokens in SQL. See `accounts.ports.SessionBook`."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from xrpc_invites.accounts.model import Session
from xrpc_invites.storage.tables import session


class SqlSessionBook:
    """Reads and changes sessions inside one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Session, /) -> None:
        self._connection.execute(
            insert(session).values(
                jti=new.jti,
                family=new.family,
                did=new.did,
                expires_at=new.expires_at,
                next_jti=new.next_jti,
            )
        )

    def find(self, jti: str, /) -> Session | None:
        row = self._connection.execute(
            select(session).where(session.c.jti == jti).with_for_update()
        ).first()
        if row is None:
            return None
        return Session(
            jti=row.jti,
            family=row.family,
            did=row.did,
            expires_at=row.expires_at,
            next_jti=row.next_jti,
        )

    def rotate(self, jti: str, /, *, next_jti: str, expires_at: datetime) -> None:
        self._connection.execute(
            update(session)
            .where(session.c.jti == jti)
            .values(next_jti=next_jti, expires_at=expires_at)
        )

    def end(self, family: str, /) -> None:
        self._connection.execute(delete(session).where(session.c.family == family))

    def tidy(self, did: str, /, *, now: datetime) -> None:
        self._connection.execute(
            delete(session).where(session.c.did == did, session.c.expires_at <= now)
        )

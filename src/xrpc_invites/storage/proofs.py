"""Proofs that were used, in SQL. See `invites.ports.ProofBook`."""

from datetime import datetime
from hmac import compare_digest

from sqlalchemy import Connection, delete, select

from xrpc_invites.invites.proofs import Consumed, Proof
from xrpc_invites.storage.sets import insert_or_ignore
from xrpc_invites.storage.tables import seen_jti


class SqlProofs:
    """Reads which proofs were used on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seen(self, proof: Proof, /, *, now: datetime) -> Consumed:
        body = self._connection.scalar(
            select(seen_jti.c.body).where(seen_jti.c.key == proof.key, seen_jti.c.ends_at >= now)
        )
        if body is None:
            return Consumed.FRESH
        return Consumed.AGAIN if compare_digest(body, proof.body) else Consumed.REPLAYED


class SqlProofBook(SqlProofs):
    """Uses proofs inside one unit of work."""

    def consume(self, proof: Proof, /, *, now: datetime) -> Consumed:
        # One that is past is no hindrance, whether or not it was tidied away.
        self._connection.execute(
            delete(seen_jti).where(seen_jti.c.key == proof.key, seen_jti.c.ends_at < now)
        )
        # The key is the lock: a rival that uses the same proof waits here for this unit's end.
        added = insert_or_ignore(self._connection, seen_jti).values(
            key=proof.key, body=proof.body, ends_at=proof.ends_at
        )
        if self._connection.execute(added.returning(seen_jti.c.key)).first() is not None:
            return Consumed.FRESH
        return self.seen(proof, now=now)

    def withdraw(self, proof: Proof, /) -> None:
        self._connection.execute(delete(seen_jti).where(seen_jti.c.key == proof.key))

    def tidy(self, *, now: datetime, limit: int) -> int:
        past = (
            select(seen_jti.c.key)
            .where(seen_jti.c.ends_at < now)
            .order_by(seen_jti.c.ends_at)
            .limit(limit)
        )
        return self._connection.execute(
            delete(seen_jti).where(seen_jti.c.key.in_(past), seen_jti.c.ends_at < now)
        ).rowcount

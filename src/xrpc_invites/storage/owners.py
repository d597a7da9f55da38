"""Owners of codes in SQL, with what holds their codes shut."""

from typing import Any

from sqlalchemy import Connection, Select, select

from xrpc_invites.invites.model import Freeze, Owner
from xrpc_invites.storage.tables import account, invite_code
from xrpc_invites.storage.tree_tables import frozen_code, frozen_did, tree_batch


def owner_of(connection: Connection, statement: Select[Any, Any, Any]) -> Owner | None:
    """The owner whom a statement of `select_owner` finds."""
    row = connection.execute(statement).first()
    if row is None:
        return None
    freezes = tuple(Freeze(*found) for found in connection.execute(_freezes(row.did)))
    held = frozenset(connection.scalars(_held(row.did))) if freezes else frozenset()
    return Owner(row.did, row.created_at, row.invites_disabled, freezes, held)


def select_owner(did: str) -> Select[Any, Any, Any]:
    """What the domain knows of an account, unless it is deleted."""
    return select(account.c.did, account.c.created_at, account.c.invites_disabled).where(
        account.c.did == did, account.c.deleted_at.is_(None)
    )


def _freezes(did: str) -> Select[str, str | None]:
    batch = tree_batch.c
    return (
        select(batch.id, batch.reason)
        .join(frozen_did, frozen_did.c.batch_id == batch.id)
        .where(frozen_did.c.did == did)
        .order_by(batch.disabled_at, batch.id)
    )


def _held(did: str) -> Select[str]:
    """Keys of the codes of this owner that batches hold."""
    return (
        select(frozen_code.c.code_key)
        .join(invite_code, invite_code.c.code_key == frozen_code.c.code_key)
        .where(invite_code.c.for_account == did)
    )

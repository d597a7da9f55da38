"""Owners of codes in SQL, with what holds their codes shut."""

from sqlalchemy import BindParameter, Connection, bindparam, select

from xrpc_invites.invites.model import Freeze, Owner
from xrpc_invites.storage.prepared import Prepared
from xrpc_invites.storage.tables import account, invite_code
from xrpc_invites.storage.tree_tables import frozen_code, frozen_did, tree_batch

_DID: BindParameter[str] = bindparam("did")
_KNOWN = select(account.c.did, account.c.created_at, account.c.invites_disabled).where(
    account.c.did == _DID, account.c.deleted_at.is_(None)
)
_OWNER, _LOCKED = Prepared(_KNOWN), Prepared(_KNOWN.with_for_update())
_FREEZES = Prepared(
    select(tree_batch.c.id, tree_batch.c.reason)
    .join(frozen_did, frozen_did.c.batch_id == tree_batch.c.id)
    .where(frozen_did.c.did == _DID)
    .order_by(tree_batch.c.disabled_at, tree_batch.c.id)
)
_HELD = Prepared(
    select(frozen_code.c.code_key)
    .join(invite_code, invite_code.c.code_key == frozen_code.c.code_key)
    .where(invite_code.c.for_account == _DID)
)


def owner_of(connection: Connection, did: str, *, lock: bool = False) -> Owner | None:
    """What the domain knows of an account, unless it is deleted; nobody else changes it meanwhile.

    The latter with `lock`, inside a unit of work.
    """
    row = (_LOCKED if lock else _OWNER).first(connection, did=did)
    if row is None:
        return None
    freezes = tuple(Freeze(*found) for found in _FREEZES.plain(connection, did=did))
    held = frozenset(key for (key,) in _HELD.plain(connection, did=did)) if freezes else frozenset()
    return Owner(row.did, row.created_at, row.invites_disabled, freezes, held)

"""Switching codes by hand in SQL, which outranks what batches of the invite tree did."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Update, and_, delete, exists, not_, select, update

from xrpc_invites.invites.switching import Switch, Switched
from xrpc_invites.storage.sets import among
from xrpc_invites.storage.tables import invite_code
from xrpc_invites.storage.tree_tables import frozen_code

HELD = exists().where(frozen_code.c.code_key == invite_code.c.code_key).correlate(invite_code)
"""The code is disabled by batches alone."""


def switch(connection: Connection, asked: Switch, named: Sequence[str]) -> Switched:
    """Switch the codes with these keys, and those of the owners."""
    table = invite_code.c
    those = among(connection, table.code_key, named)
    codes = [*connection.scalars(_switched(asked, those).returning(table.code))]
    _release(connection, among(connection, frozen_code.c.code_key, named))
    owned: dict[str, int] = {}
    for owner in dict.fromkeys(asked.owners):
        mine = table.for_account == owner
        owned[owner] = connection.execute(_switched(asked, mine)).rowcount
        _release(connection, frozen_code.c.code_key.in_(select(table.code_key).where(mine)))
    return Switched(codes, {owner: count for owner, count in owned.items() if count})


def _release(connection: Connection, which: ColumnElement[bool]) -> None:
    # Behind the switch, which locked the codes: only then is it certain what batches hold.
    connection.execute(delete(frozen_code).where(which))


def _switched(asked: Switch, which: ColumnElement[bool]) -> Update:
    """Those of the codes that do not stand so already."""
    disabled = invite_code.c.disabled
    # Disabled by a batch and by hand is not the same: only the former comes back with it.
    stands = and_(disabled, not_(HELD)) if asked.disabled else not_(disabled)
    at, reason = (asked.at, asked.reason) if asked.disabled else (None, None)
    return (
        update(invite_code)
        .where(which, not_(stands))
        .values(disabled=asked.disabled, disabled_at=at, disabled_reason=reason)
    )

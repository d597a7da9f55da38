"""Changing codes in SQL. See `invites.ports.Ledger`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, insert, not_, or_, select, update
from sqlalchemy.exc import IntegrityError

from xrpc_invites.invites.model import InviteCode, Owner
from xrpc_invites.invites.ports import CodeTakenError
from xrpc_invites.invites.text import keys
from xrpc_invites.storage.codes import GONE, SqlCodes, select_owner
from xrpc_invites.storage.sets import among
from xrpc_invites.storage.tables import account, invite_code, invite_code_use

# The WHERE clause is the lock. Rivals for the last use all reach this row; the database
# lets one change it and makes the others look again.
_CLAIM = (
    update(invite_code)
    .where(
        not_(invite_code.c.disabled),
        invite_code.c.use_count + invite_code.c.pending < invite_code.c.available,
        not_(exists().where(account.c.did == invite_code.c.for_account, GONE)),
    )
    .values(use_count=invite_code.c.use_count + 1)
)


class SqlLedger(SqlCodes):
    """Reads and changes codes inside one unit of work."""

    def add(self, codes: Sequence[InviteCode], /) -> None:
        if not codes:
            return
        try:
            self._connection.execute(insert(invite_code), [_row(code) for code in codes])
        except IntegrityError:
            # New codes can break one constraint only. The cause is left out: its text
            # holds the codes.
            raise CodeTakenError from None

    def claim(self, key: str, /, *, did: str, at: datetime) -> bool:
        taken = self._connection.execute(_CLAIM.where(invite_code.c.code_key == key))
        if taken.rowcount == 0:
            return False
        self._connection.execute(
            insert(invite_code_use).values(code_key=key, used_by=did, used_at=at)
        )
        return True

    def disable(self, *, texts: Sequence[str], owners: Sequence[str]) -> int:
        changed = self._connection.execute(
            update(invite_code)
            .where(
                not_(invite_code.c.disabled),
                or_(
                    among(self._connection, invite_code.c.code_key, self._keys(texts)),
                    among(self._connection, invite_code.c.for_account, owners),
                ),
            )
            .values(disabled=True)
        )
        return changed.rowcount

    def lock_owner(self, did: str, /) -> Owner | None:
        return self._owner(select_owner(did).with_for_update())

    def _keys(self, texts: Sequence[str]) -> Sequence[str]:
        """The keys that these inputs mean, as `find` would choose them."""
        meant = [keys(text) for text in texts]
        wanted = [key for candidates in meant for key in candidates]
        stored = frozenset(
            self._connection.scalars(
                select(invite_code.c.code_key).where(
                    among(self._connection, invite_code.c.code_key, wanted)
                )
            )
        )
        found = (next((k for k in candidates if k in stored), None) for candidates in meant)
        return [key for key in found if key is not None]


def _row(code: InviteCode) -> dict[str, object]:
    return {
        "code_key": code.key,
        "code": code.code,
        "available": code.available,
        "disabled": code.disabled,
        "for_account": code.for_account,
        "created_by": code.created_by,
        "created_at": code.created_at,
    }

"""The invite tree in SQL. See `invites.ports.Tree`.

A use tells who invited its DID when no earlier use of that DID is there: `FIRST`. Every
statement goes from a DID over the index of its codes and over that of their uses to others.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    select,
    tuple_,
    update,
)

from xrpc_invites.invites.tree import COUNTED, Batch, Branch, Join, Thawed
from xrpc_invites.storage.columns import Bytewise, Moment
from xrpc_invites.storage.sets import among, by_index, each, lock_rows
from xrpc_invites.storage.switching import HELD
from xrpc_invites.storage.tables import account, invite_code, invite_code_use
from xrpc_invites.storage.tree_tables import frozen_code, frozen_did, tree_batch

STRIDE = 100
"""Codes or uses that are read at one time."""

_code, _use, _earlier = invite_code.c, invite_code_use.c, invite_code_use.alias("earlier")
FIRST = not_(
    exists()
    .where(
        _earlier.c.used_by == _use.used_by,
        tuple_(_earlier.c.used_at, _earlier.c.code_key) < tuple_(_use.used_at, _use.code_key),
    )
    .correlate(invite_code_use)
)
_JOINS = select(invite_code_use, _code.code, _code.created_at, _code.for_account).join(
    invite_code, _code.code_key == _use.code_key
)
_TOP, _ROOT = bindparam("top", type_=Bytewise), bindparam("root", type_=Bytewise)


def tree_below(
    top: ColumnElement[str], *, root: ColumnElement[str], depth: int | None = None
) -> CTE:
    """A DID and all below it, with their depths.

    Nobody is reached twice once the root of the tree is left out: each has one inviter.
    """
    start = select(cast(top, Bytewise).label("did"), literal(0).label("depth"))
    tree = start.cte("tree", recursive=True)
    further = (
        select(_use.used_by, tree.c.depth + 1)
        .select_from(tree)
        .join(invite_code, _code.for_account == tree.c.did)
        .join(invite_code_use, _use.code_key == _code.code_key)
        .where(_use.used_by != root, FIRST)
    )
    if depth is not None:
        further = further.where(tree.c.depth < depth)
    return tree.union_all(further)


def _counted(found: Select[Any]) -> Select[int]:
    """How many rows, as far as it is worth counting."""
    return select(func.count()).select_from(found.limit(COUNTED).subquery())


_CHILDREN = _counted(
    select(_use.used_by)
    .join(invite_code, _code.code_key == _use.code_key)
    .where(_code.for_account == _TOP, _use.used_by != _ROOT, FIRST)
)
_BELOW = tree_below(_TOP, root=_ROOT)
_DESCENDANTS = _counted(select(_BELOW.c.did).where(_BELOW.c.depth > 0))


class SqlTree:
    """Reads the tree on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def joined(self, did: str, /) -> Join | None:
        first = _JOINS.where(_use.used_by == did).order_by(_use.used_at, _use.code_key).limit(1)
        row = self._connection.execute(first).first()
        return None if row is None else _join(row)

    def invited(self, did: str, /, *, root: str, after: Join | None) -> Iterator[Join]:
        if after is not None:
            yield from self._joined_by(after.key, root, after)
        for key in self._used_codes(did, after):
            yield from self._joined_by(key, root, None)

    def branches(self, dids: Sequence[str], /, *, root: str) -> Mapping[str, Branch]:
        handles = self._among(select(account.c.did, account.c.handle), account.c.did, dids)
        frozen = self._among(select(frozen_did.c.did, literal("")), frozen_did.c.did, dids)
        # Most of a tree are leaves, and for these nothing is counted.
        inviting = select(_code.for_account, literal("")).where(_code.use_count > 0).distinct()
        inviters = self._among(inviting, _code.for_account, dids)
        with by_index(self._connection):
            return {
                did: Branch(
                    handle=handles.get(did),
                    frozen=did in frozen,
                    children=self._count(_CHILDREN, did, root) if did in inviters else 0,
                    descendants=self._count(_DESCENDANTS, did, root) if did in inviters else 0,
                )
                for did in dids
            }

    def below(self, root: str, /, *, depth: int | None, limit: int) -> Sequence[str]:
        top = literal(root, Bytewise)
        tree = tree_below(top, root=top, depth=depth)
        # Cut off within, so that it ends the recursion; sorted afterwards.
        found = select(tree).where(tree.c.depth > 0).limit(limit).subquery()
        with by_index(self._connection):
            rows = self._connection.scalars(
                select(found.c.did).order_by(found.c.depth, found.c.did)
            )
            return [*rows]

    def stoppable(self, dids: Sequence[str], /) -> int:
        mine = among(self._connection, _code.for_account, dids)
        count = select(func.count()).where(mine, not_(_code.disabled))
        return self._connection.scalar(count) or 0

    def _used_codes(self, did: str, after: Join | None) -> Iterator[str]:
        place = None if after is None else (after.created_at, after.code)
        while True:
            stride = (
                select(_code.code_key, _code.created_at, _code.code)
                .where(_code.for_account == did)
                .order_by(_code.created_at, _code.code)
                .limit(STRIDE)
            )
            if place is not None:
                behind = tuple_(literal(place[0], Moment), literal(place[1], Bytewise))
                stride = stride.where(tuple_(_code.created_at, _code.code) > behind)
            rows = self._connection.execute(stride.where(_code.use_count > 0)).all()
            yield from (row.code_key for row in rows)
            if len(rows) < STRIDE:
                return
            place = rows[-1].created_at, rows[-1].code

    def _joined_by(self, key: str, root: str, after: Join | None) -> Iterator[Join]:
        """Those whose first code this was, as they joined."""
        while True:
            stride = (
                _JOINS.where(_use.code_key == key, _use.used_by != root, FIRST)
                .order_by(_use.used_at, _use.used_by)
                .limit(STRIDE)
            )
            if after is not None:
                behind = tuple_(literal(after.at, Moment), literal(after.did, Bytewise))
                stride = stride.where(tuple_(_use.used_at, _use.used_by) > behind)
            rows = self._connection.execute(stride).all()
            joins = [_join(row) for row in rows]
            yield from joins
            if len(joins) < STRIDE:
                return
            after = joins[-1]

    def _among(
        self, statement: Select[str, str], did: Column[str], dids: Sequence[str]
    ) -> Mapping[str, str]:
        """The second column by the first, which is one of the DIDs."""
        rows = self._connection.execute(statement.where(among(self._connection, did, dids)))
        return {row[0]: row[1] for row in rows}

    def _count(self, statement: Select[int], top: str, root: str) -> int:
        return self._connection.execute(statement, {"top": top, "root": root}).scalar_one()


class SqlTreeBook(SqlTree):
    """Freezes and thaws inside one unit of work, while nobody else does."""

    def freeze(self, batch: Batch, dids: Sequence[str], /) -> int:
        run = self._connection.execute
        run(insert(tree_batch).values(_row(batch)))
        frozen = select(
            literal(batch.id, Bytewise), each(self._connection, dids).subquery().c.value
        )
        run(insert(frozen_did).from_select(["batch_id", "did"], frozen))
        self._lock_accounts(batch)
        mine = _code.for_account.in_(
            select(frozen_did.c.did).where(frozen_did.c.batch_id == batch.id)
        )
        lock_rows(self._connection, select(_code.code_key).where(mine).order_by(_code.code_key))
        # Also what another batch holds: it must stay shut when that one ends.
        shut = select(literal(batch.id, Bytewise), _code.code_key).where(
            mine, not_(_code.disabled) | HELD
        )
        run(insert(frozen_code).from_select(["batch_id", "code_key"], shut))
        held = select(frozen_code.c.code_key).where(frozen_code.c.batch_id == batch.id)
        disabled = (
            update(invite_code)
            .where(_code.code_key.in_(held), not_(_code.disabled))
            .values(disabled=True, disabled_at=batch.disabled_at, disabled_reason=batch.reason)
        )
        return run(disabled).rowcount

    def find(self, id_: str, /) -> Batch | None:
        row = self._connection.execute(select(tree_batch).where(tree_batch.c.id == id_)).first()
        if row is None:
            return None
        return Batch(row.id, row.did, row.reason, row.disabled_at, row.enabled_at)

    def thaw(self, batch: Batch, /, *, at: datetime) -> Thawed:
        run = self._connection.execute
        self._lock_accounts(batch)
        mine = frozen_code.c.batch_id == batch.id
        held = select(frozen_code.c.code_key).where(mine)
        codes = select(_code.code_key).where(_code.code_key.in_(held)).order_by(_code.code_key)
        lock_rows(self._connection, codes)
        enabled = (
            update(invite_code)
            .where(_code.code_key.in_(held.where(not_(_held_by_another(batch.id)))))
            .values(disabled=False, disabled_at=None, disabled_reason=None)
        )
        codes_back = run(enabled).rowcount
        run(delete(frozen_code).where(mine))
        accounts_back = self._connection.scalar(
            select(func.count()).where(
                frozen_did.c.batch_id == batch.id, not_(_frozen_by_another(batch.id))
            )
        )
        run(delete(frozen_did).where(frozen_did.c.batch_id == batch.id))
        run(update(tree_batch).where(tree_batch.c.id == batch.id).values(enabled_at=at))
        return Thawed(codes_back, accounts_back or 0)

    def hold(self, keys: Sequence[str], batches: Sequence[str], /) -> None:
        rows = [{"code_key": key, "batch_id": batch} for key in keys for batch in batches]
        if rows:
            self._connection.execute(insert(frozen_code), rows)

    def _lock_accounts(self, batch: Batch) -> None:
        # Who is just being given codes is given them before or afterwards, and not meanwhile.
        frozen = select(frozen_did.c.did).where(frozen_did.c.batch_id == batch.id)
        lock_rows(
            self._connection,
            select(account.c.did).where(account.c.did.in_(frozen)).order_by(account.c.did),
        )


def _held_by_another(batch: str) -> ColumnElement[bool]:
    other = frozen_code.alias("other")
    return (
        exists()
        .where(other.c.code_key == frozen_code.c.code_key, other.c.batch_id != batch)
        .correlate(frozen_code)
    )


def _frozen_by_another(batch: str) -> ColumnElement[bool]:
    other = frozen_did.alias("other")
    return (
        exists()
        .where(other.c.did == frozen_did.c.did, other.c.batch_id != batch)
        .correlate(frozen_did)
    )


def _join(row: Row[Any]) -> Join:
    return Join(
        did=row.used_by,
        at=row.used_at,
        key=row.code_key,
        code=row.code,
        created_at=row.created_at,
        owner=row.for_account,
    )


def _row(batch: Batch) -> dict[str, object]:
    return {
        "id": batch.id,
        "did": batch.did,
        "reason": batch.reason,
        "disabled_at": batch.disabled_at,
    }

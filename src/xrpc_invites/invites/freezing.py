"""What operators do with invite trees: look at them, freeze them, and thaw what was frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from xrpc_invites.invites.audit import Author, Change, entries
from xrpc_invites.invites.ports import Clock, Draw, Read, ReadStore, Store, Write, one_by_one
from xrpc_invites.invites.tree import (
    MAX_FROZEN,
    SAMPLE,
    Batch,
    Node,
    Place,
    Thawed,
    TreeRefusal,
    path,
    walk,
)

_TURN = "invite_tree"
"""The lane, and the lease that one who freezes or thaws has until the end of the unit of work."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A root, some nodes below it, and whether more follow."""

    root: Node
    nodes: Sequence[Node]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which part of a tree to freeze, and why."""

    did: str
    """The root."""
    depth: int | None = None
    """Levels below the root; all of them where it is None."""
    include_root: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a batch disabled and froze, or would."""

    batch: str | None
    """None where nothing was written."""
    codes: int
    accounts: int
    sample: Sequence[str]
    """Some of the DIDs, those near the root first."""


@dataclass(frozen=True, slots=True)
class _Freezing:
    by: Author
    at: datetime
    id: str
    wish: Wish


@dataclass(frozen=True, slots=True)
class _Thawing:
    by: Author
    at: datetime
    id: str


class InviteTrees:
    """The use cases of the invite tree."""

    def __init__(self, read: Read, write: Write, *, now: Clock, draw: Draw) -> None:
        """`draw` makes ids."""
        self._read = read
        self._write = write
        self._now = now
        self._draw = draw

    async def show(
        self, did: str, *, depth: int, after: Place | None, limit: int
    ) -> Shown | TreeRefusal:
        """Nodes of a tree behind a place."""

        def query(store: ReadStore) -> Shown | TreeRefusal:
            behind = () if after is None else path(store.tree, did, after)
            if behind is None or len(behind) > depth:
                return TreeRefusal.PLACE
            steps = walk(store.tree, did, depth=depth, behind=behind)
            found = [(0, did, store.tree.joined(did))]
            found += [(level, join.did, join) for level, join in islice(steps, limit + 1)]
            dids = [below for _, below, _ in found[: limit + 1]]
            branches = store.tree.branches(dids, root=did)
            root, *nodes = (
                Node(below, level, join, branches[below])
                for level, below, join in found[: limit + 1]
            )
            return Shown(root, nodes, more=len(found) > limit + 1)

        return await self._read(query, scan=True)

    async def foresee(self, wish: Wish) -> Frozen | TreeRefusal:
        """What freezing would do; nothing is written."""

        def query(store: ReadStore) -> Frozen | TreeRefusal:
            dids = _meant(store, wish)
            if dids is None:
                return TreeRefusal.TOO_LARGE
            return Frozen(None, store.tree.stoppable(dids), len(dids), dids[:SAMPLE])

        return await self._read(query, scan=True)

    async def freeze(self, wish: Wish, *, by: Author) -> Frozen | TreeRefusal:
        """Disable the codes of a tree, and all that its accounts earn until it is thawed."""
        asked = _Freezing(by, self._now(), self._draw(), wish)
        return await self._write(_freeze, asked, lane=_TURN)

    async def thaw(self, batch: str, *, by: Author) -> Thawed | TreeRefusal:
        """Undo what a batch did; again is no error."""
        return await self._write(_thaw, _Thawing(by, self._now(), batch), lane=_TURN)


def _meant(store: ReadStore | Store, wish: Wish) -> Sequence[str] | None:
    """The DIDs of a part of a tree; None where they are too many."""
    root = [wish.did] if wish.include_root else []
    below = store.tree.below(wish.did, depth=wish.depth, limit=MAX_FROZEN + 1)
    dids = [*root, *below]
    return dids if len(dids) <= MAX_FROZEN else None


def _take_turn(store: Store, at: datetime) -> None:
    # Over as soon as it is taken, and taken by a name that all have: no one is refused, and
    # others wait at its row until this unit of work ends.
    store.leases.take(_TURN, holder=_TURN, at=at, until=at)


@one_by_one
def _freeze(store: Store, asked: _Freezing) -> Frozen | TreeRefusal:
    _take_turn(store, asked.at)
    wish = asked.wish
    dids = _meant(store, wish)
    if dids is None:
        return TreeRefusal.TOO_LARGE
    if not dids:
        return Frozen(None, 0, 0, [])
    codes = store.tree.freeze(Batch(asked.id, wish.did, wish.reason, asked.at), dids)
    detail = {
        "batchId": asked.id,
        "includeRoot": wish.include_root,
        "codes": codes,
        "accounts": len(dids),
    } | ({} if wish.depth is None else {"depth": wish.depth})
    change = Change(subject=wish.did, reason=wish.reason, detail=detail)
    store.audit.add(entries(asked.by, asked.at, [change]))
    return Frozen(asked.id, codes, len(dids), dids[:SAMPLE])


@one_by_one
def _thaw(store: Store, asked: _Thawing) -> Thawed | TreeRefusal:
    _take_turn(store, asked.at)
    batch = store.tree.find(asked.id)
    if batch is None:
        return TreeRefusal.UNKNOWN_BATCH
    if batch.enabled_at is not None:
        return Thawed(0, 0)
    thawed = store.tree.thaw(batch, at=asked.at)
    detail = {"batchId": batch.id, "codes": thawed.codes, "accounts": thawed.accounts}
    change = Change(subject=batch.did, detail=detail)
    store.audit.add(entries(asked.by, asked.at, [change]))
    return thawed

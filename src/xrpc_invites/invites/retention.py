"""What has had its time leaves the tables for an archive: written there first, removed after.

Whoever stops in between writes the same lines again. A line has an id, or a place in the chain.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from xrpc_invites.invites.old import Old
from xrpc_invites.invites.ports import Clock, Read, ReadStore, Store, Write, one_by_one
from xrpc_invites.invites.seals import Checkpoint, checkpoint_at, line_of

BATCH = 200
"""Rows that leave in one round: few enough that others hardly wait for it."""

LEASE_LIFE = timedelta(minutes=1)
"""How long others wait for an archiver that went away; many times what a batch takes."""


class Archive(Protocol):
    """Where lines are kept for good."""

    async def keep(self, name: str, lines: Sequence[str], *, at: datetime) -> None:
        """Write lines behind those of this name; they are on disk when this returns."""
        ...


class Removal(NamedTuple):
    """A unit of work that removes what was archived, its argument and its lane."""

    work: Callable[[Store, Sequence[Any]], Sequence[None]]
    argument: object
    lane: str


class Batch(NamedTuple):
    """What leaves together."""

    lines: Sequence[str] = ()
    removals: Sequence[Removal] = ()


Source = Callable[[ReadStore, datetime, int], Batch]
"""Finds what is older than a moment, at most so many rows of it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept in its table for so long, and then under a name in the archive."""

    name: str
    age: timedelta
    source: Source = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Taking:
    lease: str
    holder: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Settled:
    key: str = field(repr=False)
    ids: Sequence[str]
    before: datetime


@dataclass(frozen=True, slots=True)
class _Sealed:
    behind: Checkpoint | None
    checkpoint: Checkpoint


class Retention:
    """Moves what has had its time into an archive, a batch at a time."""

    def __init__(
        self, read: Read, write: Write, archive: Archive, *, now: Clock, holder: str
    ) -> None:
        """`holder` names this process among those that could do it."""
        self._read = read
        self._write = write
        self._archive = archive
        self._now = now
        self._holder = holder

    async def round(self, kept: Kept) -> bool:
        """Move one batch. Never says that more waits: between two batches others have their turn.

        Raises:
            BrokenChainError: The audit log is not as it was sealed, and stays as it is.
        """
        now = self._now()
        taking, before = _Taking(f"archive_{kept.name}", self._holder, now), now - kept.age
        if not await self._read(lambda store: _due(store, taking, kept.source, before)):
            return False
        if not await self._write(_take, taking, lane=taking.lease):
            return False
        batch = await self._read(lambda store: kept.source(store, before, BATCH), scan=True)
        if not batch.lines:
            return False
        await self._archive.keep(kept.name, batch.lines, at=now)
        # All at once, so that they are committed together.
        await asyncio.gather(
            *(self._write(one.work, one.argument, lane=one.lane) for one in batch.removals)
        )
        return False


def audit_entries(key: bytes) -> Source:
    """Finds sealed entries from the beginning of the chain on; `key` is that of the seals."""

    def found(store: ReadStore, before: datetime, limit: int) -> Batch:
        links = store.audit.oldest(before=before, limit=limit)
        if not links:
            return Batch()
        behind = store.audit.checkpoint()
        moved = _Sealed(behind, checkpoint_at(key, links, behind=behind))
        return Batch([line_of(link) for link in links], [Removal(_drop_entries, moved, "")])

    return found


def redemptions(store: ReadStore, before: datetime, limit: int) -> Batch:
    """Finds redemptions that were settled."""
    old = store.redemptions.settled(before=before, limit=limit)
    groups = defaultdict[str, list[str]](list)
    for one in old:
        groups[one.group].append(one.id)
    removals = [
        Removal(_drop_redemptions, _Settled(key, ids, before), key) for key, ids in groups.items()
    ]
    return Batch(_lines(old), removals)


def mails(store: ReadStore, before: datetime, limit: int) -> Batch:
    """Finds mails that were sent, or that nobody tries to send any more."""
    old = store.outbox.ended(before=before, limit=limit)
    ids = [one.id for one in old]
    return Batch(_lines(old), [Removal(_drop_mails, ids, "")])


def _lines(old: Sequence[Old]) -> Sequence[str]:
    return [one.line for one in old]


def _due(store: ReadStore, asked: _Taking, source: Source, before: datetime) -> bool:
    # A server that has nothing so old writes nothing.
    free = store.leases.free(asked.lease, holder=asked.holder, at=asked.at)
    return free and bool(source(store, before, 1).lines)


@one_by_one
def _take(store: Store, asked: _Taking) -> bool:
    until = asked.at + LEASE_LIFE
    return store.leases.take(asked.lease, holder=asked.holder, at=asked.at, until=until)


@one_by_one
def _drop_entries(store: Store, moved: _Sealed) -> None:
    # Where the checkpoint is another, somebody archived the same entries, and removed them.
    store.audit.drop_archived(behind=moved.behind, checkpoint=moved.checkpoint)


@one_by_one
def _drop_redemptions(store: Store, settled: _Settled) -> None:
    store.redemptions.drop(settled.key, settled.ids, before=settled.before)


@one_by_one
def _drop_mails(store: Store, ids: Sequence[str]) -> None:
    store.outbox.forget(ids)

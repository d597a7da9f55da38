"""What is done with the audit log: operators list and verify it, the server itself seals it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from xrpc_invites.invites.audit import EntryFilter, Listed
from xrpc_invites.invites.ports import Clock, Read, ReadStore, Store, Write, one_by_one
from xrpc_invites.invites.seals import (
    BrokenChainError,
    Verdict,
    chained,
    head_at,
    sound,
    verify,
)

BATCH = 200
"""Entries that are sealed in one unit of work: few enough that others hardly wait for it."""

LEASE = "audit_seal"
LEASE_LIFE = timedelta(seconds=15)
"""How long others wait for a sealer that went away; many times what a batch takes."""


@dataclass(frozen=True, slots=True)
class _Round:
    """A batch to be sealed: all that a unit of work needs of clock and key."""

    key: bytes = field(repr=False)
    holder: str
    at: datetime


class Auditing:
    """The use cases of the audit log."""

    def __init__(self, read: Read, write: Write, *, now: Clock, key: bytes, holder: str) -> None:
        """`holder` names this process among those that could seal."""
        self._read = read
        self._write = write
        self._now = now
        self._key = key
        self._holder = holder

    async def page(
        self, wanted: EntryFilter, *, before: str | None, limit: int
    ) -> Sequence[Listed]:
        """Some of the entries, newest first, behind the one with an id."""
        # Of two conditions an index serves one: what the other leaves out is read all the same.
        return await self._read(
            lambda store: store.audit.page(wanted, before=before, limit=limit), scan=True
        )

    async def verify(self) -> Verdict:
        """Hold every sealed entry against its seal, in one consistent view."""
        return await self._read(self._verdict, scan=True)

    async def seal(self) -> bool:
        """Seal a batch of what waits; whether there was more than one."""
        asked = _Round(self._key, self._holder, self._now())
        # A server that nobody changes writes nothing, and those without the lease do not
        # queue for it.
        if not await self._read(lambda store: _due(store, asked)):
            return False
        return await self._write(_seal, asked, lane=LEASE) == BATCH

    def _verdict(self, store: ReadStore) -> Verdict:
        trail = store.audit
        return verify(
            self._key,
            trail.links(),
            trail.head(),
            unsealed=trail.unsealed(),
            checkpoint=trail.checkpoint(),
        )


def _due(store: ReadStore, asked: _Round) -> bool:
    free = store.leases.free(LEASE, holder=asked.holder, at=asked.at)
    return free and bool(store.audit.waiting(1))


@one_by_one
def _seal(store: Store, asked: _Round) -> int:
    """How many entries were sealed; none while another has the lease."""
    until = asked.at + LEASE_LIFE
    if not store.leases.take(LEASE, holder=asked.holder, at=asked.at, until=until):
        return 0
    waiting = store.audit.waiting(BATCH)
    if not waiting:
        return 0
    head, checkpoint = store.audit.head(), store.audit.checkpoint()
    if not sound(asked.key, head, checkpoint, last=store.audit.last()):
        # Sealing on would give a forged head a genuine one to hide behind.
        raise BrokenChainError
    links = chained(asked.key, waiting, behind=head)
    store.audit.seal(links, behind=head, head=head_at(asked.key, links[-1]))
    return len(links)

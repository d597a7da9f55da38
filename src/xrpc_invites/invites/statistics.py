"""What operators are told in numbers, and how the numbers come about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from xrpc_invites.invites.buckets import Span
from xrpc_invites.invites.ports import Clock, Read, ReadStore, Store, Write, one_by_one
from xrpc_invites.invites.tallies import News, Tally, Totals, What, news

LEASE = "tally"
LEASE_LIFE = timedelta(minutes=1)
FRESH = timedelta(hours=1)
"""What is kept is trusted so long. While nothing changes it is written anew after half of that."""
SHARE = 100
"""Of this many parts of the time, counting takes at most one."""
SHOWN = 10
"""Inviters that are shown."""


@dataclass(frozen=True, slots=True)
class Inviter:
    """An owner whose codes were used."""

    did: str
    handle: str | None
    uses: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is told of a span of time."""

    totals: Totals
    series: Sequence[Mapping[What, int]]
    """What happened in each bucket of the span."""
    inviters: Sequence[Inviter]


@dataclass(frozen=True, slots=True)
class _Recount:
    holder: str
    at: datetime
    news: News


class Statistics:
    """The use cases of numbers."""

    def __init__(
        self, read: Read, write: Write, *, now: Clock, holder: str, counts_itself: bool = False
    ) -> None:
        """Join the use cases to a store and a clock.

        Args:
            read: Runs queries.
            write: Runs units of work.
            now: The clock.
            holder: Names this process among those that could count.
            counts_itself: Whether nobody counts in the background, so that each answer must.
        """
        self._read = read
        self._write = write
        self.now = now
        self._holder = holder
        self._counts_itself = counts_itself
        self._rest_until: datetime | None = None

    async def numbers(self, span: Span) -> Numbers:
        """The numbers of a span, from what is kept; counted anew only where nothing fresh is."""
        tally = None if self._counts_itself else await self._kept(span)
        if tally is None:
            now = self.now()
            tally = await self._read(lambda store: store.tallies.counted(now=now), scan=True)
        inviters = tally.inviters[:SHOWN]
        dids = [did for did, _ in inviters]
        handles = await self._read(lambda store: store.tallies.handles(dids))
        return Numbers(
            tally.totals,
            _series(tally, span),
            [Inviter(did, handles.get(did), uses) for did, uses in inviters],
        )

    async def recount(self) -> bool:
        """Count everything, and keep what changed. There is never more to do at once."""
        began = self.now()
        if self._rest_until and began < self._rest_until:
            return False
        if not await self._read(lambda store: self._may_count(store, began)):
            return False
        found = await self._read(lambda store: _changed(store, began), scan=True)
        ended = self.now()
        self._rest_until = ended + SHARE * (ended - began)
        if found is not None:
            await self._write(_keep, _Recount(self._holder, ended, found), lane=LEASE)
        return False

    async def _kept(self, span: Span) -> Tally | None:
        now = self.now()

        def query(store: ReadStore) -> Tally | None:
            kept = store.tallies.kept(since=span.since, until=span.until)
            return kept.tally if kept and now < kept.fresh_until else None

        return await self._read(query)

    def _may_count(self, store: ReadStore, now: datetime) -> bool:
        return store.leases.free(LEASE, holder=self._holder, at=now)


def _changed(store: ReadStore, now: datetime) -> News | None:
    """What is to be written; None when what is kept is right, and fresh for a while."""
    counted = store.tallies.counted(now=now)
    kept = store.tallies.kept()
    if kept is None:
        # An empty database is as quickly counted as read.
        return None if counted == Tally() else news(Tally(), counted, fresh_until=now + FRESH)
    if kept.tally == counted and now < kept.fresh_until - FRESH / 2:
        return None
    return news(kept.tally, counted, fresh_until=now + FRESH)


@one_by_one
def _keep(store: Store, recount: _Recount) -> None:
    at = recount.at
    if store.leases.take(LEASE, holder=recount.holder, at=at, until=at + LEASE_LIFE):
        store.tallies.keep(recount.news)


def _series(tally: Tally, span: Span) -> Sequence[Mapping[What, int]]:
    series = [dict.fromkeys(What, 0) for _ in range(span.count)]
    for (hour, what), count in tally.hours.items():
        place = (hour - span.since) // span.bucket.length
        if 0 <= place < span.count:
            series[place][what] += count
    return series

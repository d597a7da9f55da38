"""DID documents, kept for a while so that a directory is asked seldom and may be away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from xrpc_invites.identity.directories import DidDocument, Unknown, Unresolvable

T = TypeVar("T")

FRESH = timedelta(hours=1)
"""How long a document is used without asking again."""

STALE = timedelta(hours=24)
"""How long one is used while asking again fails."""

FAILED = timedelta(seconds=10)
"""How long a DID that could not be resolved is not asked for again."""

MAX_KEPT = 10_000
MAX_RUNNING = 256
"""Fetches at one time: others are refused rather than queued."""

Fetch = Callable[[str], Awaitable[DidDocument]]
"""Fetches a document, or raises Unresolvable."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    document: DidDocument
    at: datetime


class _Newest(Generic[T]):
    """A dictionary that forgets what was put in first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._entries: dict[str, T] = {}

    def get(self, key: str) -> T | None:
        return self._entries.get(key)

    def put(self, key: str, value: T) -> None:
        self.drop(key)
        self._entries[key] = value
        if len(self._entries) > self._room:
            self.drop(next(iter(self._entries)))

    def drop(self, key: str) -> None:
        self._entries.pop(key, None)


class Resolver:
    """Resolves DIDs from what is kept, else from their directories."""

    def __init__(self, fetch: Fetch, *, now: Callable[[], datetime], room: int = MAX_KEPT) -> None:
        self._fetch = fetch
        self._now = now
        self._kept: _Newest[_Kept] = _Newest(room)
        # Apart, so that DIDs that are nobody's push out no document.
        self._failed: _Newest[datetime] = _Newest(room)
        self._running: dict[str, asyncio.Task[None]] = {}

    async def document(self, did: str, *, newest: bool = False) -> DidDocument:
        """The document of a DID.

        Args:
            did: Whose.
            newest: Whether to ask the directory again although a fresh document is kept.

        Raises:
            Unresolvable: No document can be had, or only one that is too old.
        """
        if (newest or self._usable(did, FRESH) is None) and not self._failed_lately(did):
            await self._refresh(did)
        found = self._usable(did, STALE)
        if found is None:
            raise Unresolvable("no document")
        return found

    async def close(self) -> None:
        """Stop fetching."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _usable(self, did: str, life: timedelta) -> DidDocument | None:
        kept = self._kept.get(did)
        return kept.document if kept and self._now() - kept.at < life else None

    def _failed_lately(self, did: str) -> bool:
        at = self._failed.get(did)
        return at is not None and self._now() - at < FAILED

    async def _refresh(self, did: str) -> None:
        """Fetch once for all who wait; a failure is noted, not raised."""
        task = self._running.get(did)
        if task is None:
            if len(self._running) >= MAX_RUNNING:
                return
            task = asyncio.get_running_loop().create_task(self._fetch_and_keep(did))
            self._running[did] = task
            task.add_done_callback(lambda _: self._running.pop(did))
        # Whoever goes away leaves the fetch to the others.
        await asyncio.shield(task)

    async def _fetch_and_keep(self, did: str) -> None:
        try:
            document = await self._fetch(did)
        except Unresolvable as error:
            if isinstance(error, Unknown):
                self._kept.drop(did)
            self._failed.put(did, self._now())
            log.info("did_not_resolved did=%s reason=%s", did, error)
            return
        self._kept.put(did, _Kept(document, self._now()))

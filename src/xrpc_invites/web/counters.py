"""Where requests are counted: in memory, and what stands in for a store that is away."""

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

_MOST = 50_000
"""Counters in memory; an attacker who has more addresses is not held up by them anyway."""

_PAUSE = 1.0
"""Seconds until a store that was away is asked again."""

_log = logging.getLogger(__name__)


class StoreAway(Exception):
    """The store does not answer; the text is the kind of failure alone, and holds no secret."""


class Count(NamedTuple):
    """How often a window was used, and the seconds until it ends."""

    used: int
    seconds: float


_NONE = Count(0, 0)


class Counters(Protocol):
    """Windows that begin at the first use."""

    async def add(self, key: str, seconds: int, /) -> Count:
        """Count one use of a window of so many seconds."""
        ...

    async def count(self, key: str, /) -> Count:
        """The uses until now; of none, the seconds are 0."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


@dataclass(slots=True)
class _Window:
    used: int
    ends: float


class Memory:
    """Counts for this process alone."""

    def __init__(self, now: Callable[[], float] = time.monotonic, most: int = _MOST) -> None:
        self._now = now
        self._most = most
        self._windows: dict[str, _Window] = {}
        """Those that began first come first."""

    async def add(self, key: str, seconds: int, /) -> Count:
        """See `Counters.add`."""
        now = self._now()
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            self._make_room(now)
            self._windows.pop(key, None)
            window = self._windows[key] = _Window(0, now + seconds)
        window.used += 1
        return Count(window.used, window.ends - now)

    async def count(self, key: str, /) -> Count:
        """See `Counters.count`."""
        window = self._windows.get(key)
        if window is None or (seconds := window.ends - self._now()) <= 0:
            return _NONE
        return Count(window.used, seconds)

    async def close(self) -> None:
        """There is nothing to close."""

    def _make_room(self, now: float) -> None:
        if len(self._windows) < self._most:
            return
        going_on = [(key, window) for key, window in self._windows.items() if window.ends > now]
        # Half at least is free then, so that a crowd does not make every request sweep.
        self._windows = dict(going_on[-(self._most // 2) :])


_Ask = Callable[[Counters], Awaitable[Count]]


class Fallback:
    """Counts in a store that may be away, and meanwhile for this process alone."""

    def __init__(self, store: Counters, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._own = Memory(now)
        self._now = now
        self._away = False
        self._ask_again = now()

    async def add(self, key: str, seconds: int, /) -> Count:
        """See `Counters.add`."""
        return await self._asked(lambda counters: counters.add(key, seconds))

    async def count(self, key: str, /) -> Count:
        """See `Counters.count`."""
        return await self._asked(lambda counters: counters.count(key))

    async def close(self) -> None:
        """See `Counters.close`."""
        await self._store.close()

    async def _asked(self, ask: _Ask) -> Count:
        if self._away:
            if self._now() < self._ask_again:
                return await ask(self._own)
            # In an outage one request at a time waits to find out whether it is over.
            self._ask_again = self._now() + _PAUSE
        try:
            count = await ask(self._store)
        except StoreAway as kind:
            if not self._away:
                _log.warning("limit_store_away error=%s; each process counts for itself", kind)
            self._away = True
            self._ask_again = self._now() + _PAUSE
            return await ask(self._own)
        self._away = False
        return count

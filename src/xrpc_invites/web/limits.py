"""Holds requests against the rules of an operator, who writes them as windows."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import ceil
from typing import NamedTuple
from weakref import WeakValueDictionary

from limits import parse_many

from xrpc_invites.web.counters import Count, Counters
from xrpc_invites.web.queue import Queue, Turn
from xrpc_invites.xrpc.limits import Quota, Rule, tightest

_MOST_USES = 1_000_000_000
_LONGEST = 366 * 24 * 3600


class Window(NamedTuple):
    """So many uses in so many seconds."""

    uses: int
    seconds: int


def windows(text: str) -> Sequence[Window]:
    """The windows of a rule, shortest first; ValueError says what to write."""
    try:
        items = parse_many(text)
    except ValueError:
        items = []
    found = {Window(item.amount, item.get_expiry()) for item in items}
    if not found or not all(0 < w.uses <= _MOST_USES and w.seconds <= _LONGEST for w in found):
        raise ValueError(
            "must be a number, a slash and a time of at most a year, such as 100/5 minutes,"
            " or several of them, such as 100/5 minutes; 1000/day"
            " (times are seconds, minutes, hours, days, months)"
        )
    return sorted(found, key=lambda window: (window.seconds, window.uses))


class RateLimits:
    """Windows that begin at the first request, as the reference server has them.

    Such a window has one end to tell, and costs one counter however often somebody asks.
    """

    def __init__(
        self,
        rules: Mapping[Rule, Sequence[Window]],
        counters: Counters,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`now` is in seconds since 1970."""
        self._rules = {
            rule: [(f"{rule}/{window.uses}/{window.seconds}/", window) for window in wanted]
            for rule, wanted in rules.items()
        }
        """With what the names of counters begin: they are asked for all the time."""
        self._counters = counters
        self._now = now
        # A queue lasts as long as somebody is in it.
        self._queues: WeakValueDictionary[tuple[Rule, str], Queue] = WeakValueDictionary()

    async def spend(self, rule: Rule, key: str, /) -> Quota:
        """See `Limits.spend`."""
        quotas = []
        for name, window in self._rules[rule]:
            count = await self._counters.add(name + key, window.seconds)
            quota = self._quota(window, count, exceeded=count.used > window.uses)
            if quota.exceeded:
                # What a short window refuses does not use up a long one.
                return quota
            quotas.append(quota)
        return tightest(quotas)

    def turn(self, rule: Rule, key: str, /) -> Turn:
        """See `Limits.turn`."""
        queue = self._queues.get((rule, key))
        if queue is None:
            queue = self._queues[rule, key] = Queue()
        return Turn(queue, partial(self._left, rule, key))

    async def close(self) -> None:
        """Close the connections to the store."""
        await self._counters.close()

    async def _left(self, rule: Rule, key: str) -> Quota:
        quotas = []
        for name, window in self._rules[rule]:
            count = await self._counters.count(name + key)
            quotas.append(self._quota(window, count, exceeded=count.used >= window.uses))
        return tightest(quotas)

    def _quota(self, window: Window, count: Count, *, exceeded: bool) -> Quota:
        used, seconds = count
        # Clocks that do not quite agree must not make a window longer than it is.
        wait = min(max(ceil(seconds), 1), window.seconds) if used else window.seconds
        return Quota(
            limit=window.uses,
            window=window.seconds,
            remaining=max(window.uses - used, 0),
            wait=wait,
            reset=ceil(self._now()) + wait,
            exceeded=exceeded,
        )

"""A queue of tries that may fail: no more are under way than may still fail."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from xrpc_invites.xrpc.limits import Quota

Left = Callable[[], Awaitable[Quota]]


class Queue:
    """Those who try under one rule and key."""

    def __init__(self) -> None:
        self._under_way = 0
        self._departures = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, left: Left) -> Quota:
        """Wait until there is room; what `left` said then."""
        try:
            while True:
                departures = self._departures
                quota = await left()
                if departures != self._departures:
                    continue  # who left meanwhile may have failed after the store answered
                if quota.exceeded or self._under_way < quota.remaining:
                    self._under_way += 1
                    return quota
                turn = asyncio.get_running_loop().create_future()
                self._waiting.append(turn)
                await turn
        except BaseException:
            self._wake()  # the turn of one who gave up is the next one's
            raise

    def leave(self) -> None:
        """Make room, once a failure has been counted."""
        self._under_way -= 1
        self._departures += 1
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class Turn:
    """A try: waits for its turn, and says what is left before it.

    A class, since every call of an operator has one, and a generator costs five times as much.
    """

    __slots__ = ("_left", "_queue")

    def __init__(self, queue: Queue, left: Left) -> None:
        self._queue = queue
        self._left = left

    async def __aenter__(self) -> Quota:
        return await self._queue.enter(self._left)

    async def __aexit__(self, *_failure: object) -> None:
        self._queue.leave()

"""A thread that does what waits for it, in groups: the event loop gathers while it is at work."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

from xrpc_invites.invites.ports import StoreBusyError

A = TypeVar("A")
S = TypeVar("S")
T = TypeVar("T")
Work = Callable[[S, Sequence[A]], Sequence[T]]

MAX_GROUP = 256
"""Jobs in one transaction: enough to share the cost of a commit, few enough to be quick."""

MAX_WAITING = 8_192
"""Jobs that may wait for a lane; more are refused, so that a queue cannot grow for ever."""

LINGER = 0.005
"""Seconds that a group waits at most until as many have come as came last."""


class Job(NamedTuple):
    """A unit of work, and who waits for what becomes of it."""

    work: Work[Any, Any, Any]
    argument: Any
    lane: str
    answer: "asyncio.Future[Any]"
    brief: bool = False
    """Whether it is done in a moment."""


class Outcome(NamedTuple):
    """What became of a job."""

    job: Job
    value: Any = None
    error: Exception | None = None


Run = Callable[[Sequence[Job]], Sequence[Outcome]]
End = Callable[[], Sequence[Outcome]]
"""What is left to do of a group that was begun."""


def values(store: object, jobs: Sequence[Job]) -> list[Any]:
    """The value of each job; neighbours of the same work are done in one call."""
    done: list[Any] = []
    for work, alike in groupby(jobs, key=attrgetter("work")):
        done += work(store, [job.argument for job in alike])
    return done


class Lane:
    """Does jobs in the order they came, as many at a time as have come together.

    The event loop hands over whole groups. If the thread took jobs by itself the two would fight
    over the interpreter, at twice the cost.
    """

    def __init__(
        self,
        run: Run,
        *,
        name: str,
        linger: float = LINGER,
        begin: Callable[[Sequence[Job]], End | None] | None = None,
    ) -> None:
        """Make a lane.

        Args:
            run: Does a group, on the thread.
            name: The name of the thread.
            linger: Seconds that a group waits at most for those who come as well.
            begin: Does of a group, on the event loop, what takes but a moment, and says how the
                thread ends it; None where it has done nothing. It raises nothing.
        """
        self._run = run
        self._begin = begin
        self._linger = linger
        self._waiting: list[Job] = []
        self._groups: SimpleQueue[tuple[Sequence[Job], End] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._at_work = self._closing = False
        self._company = 0
        """How many asked together last, if that matters: most of them will again."""
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start the thread. Must be called on the event loop that will write."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def put(self, job: Job) -> None:
        """Have a job done.

        Raises:
            StoreBusyError: Too many wait already, or nothing is done any more.
        """
        if self._closing or len(self._waiting) >= MAX_WAITING:
            raise StoreBusyError
        self._waiting.append(job)
        if not self._at_work:
            self._gather()

    @property
    def waiting(self) -> int:
        """Jobs that wait or are being done."""
        return len(self._waiting) + self._at_work

    async def close(self) -> None:
        """Finish what waits, then stop."""
        self._closing = True
        if not self._at_work:
            self._finish()
        await self._loop.run_in_executor(None, self._thread.join)

    def _gather(self) -> None:
        """Hand over what waits, as soon as as many have come as came last, or time is up."""
        if len(self._waiting) >= min(self._company, MAX_GROUP):
            self._hand_over()
        elif self._timer is None:
            self._timer = self._loop.call_later(self._linger, self._waited_in_vain)

    def _waited_in_vain(self) -> None:
        # The crowd went away: whoever comes now is not to wait for it.
        self._company = 0
        self._hand_over()

    def _hand_over(self) -> None:
        """Begin a group, and give it to the thread."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._at_work = True
        jobs = self._waiting[:MAX_GROUP]
        del self._waiting[:MAX_GROUP]
        end = self._begin(jobs) if self._begin else None
        self._groups.put((jobs, end or partial(self._run, jobs)))

    def _finish(self) -> None:
        """Give the thread what waits, or let it end."""
        if self._waiting:
            self._hand_over()
        else:
            self._groups.put(None)

    def _work(self) -> None:
        while group := self._groups.get():
            jobs, end = group
            try:
                outcomes = end()
            except Exception as error:  # noqa: BLE001  # or everybody would wait for ever
                outcomes = [Outcome(job, error=error) for job in jobs]
            self._loop.call_soon_threadsafe(self._deliver, outcomes)

    def _deliver(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            _answer(outcome)
        self._at_work = False
        if self._linger:
            self._company = max(len(outcomes) + len(self._waiting), self._company // 2)
        if self._closing:
            self._finish()
        elif self._waiting:
            self._gather()


def _answer(outcome: Outcome) -> None:
    job, value, error = outcome
    if job.answer.done():
        return  # the caller went away; what it asked for is done all the same
    if error is None:
        job.answer.set_result(value)
    elif isinstance(error, StopIteration):
        # No future takes one.
        job.answer.set_exception(RuntimeError(repr(error)))
    else:
        job.answer.set_exception(error)

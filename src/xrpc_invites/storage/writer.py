"""Group commit: work that arrives together is committed together.

The law of this file: nothing else in the project begins, commits or rolls back a
transaction that writes, and nobody is answered before the commit.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from operator import attrgetter
from queue import SimpleQueue
from threading import Thread
from time import monotonic, sleep
from typing import Any, NamedTuple, TypeVar
from zlib import crc32

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.storage.failures import passing
from xrpc_invites.storage.journal import Journal, NoJournal
from xrpc_invites.storage.store import SqlStore

A = TypeVar("A")
T = TypeVar("T")
Work = Callable[[SqlStore, Sequence[A]], Sequence[T]]

MAX_GROUP = 256
"""Units in one transaction: enough to share the cost of a commit, few enough to be quick."""

MAX_WAITING = 8_192
"""Units that may wait for a lane; more are refused, so that a queue cannot grow for ever."""

TRIES = 3
"""Times a group is tried that certainly left nothing."""

LINGER = 0.002
"""Seconds that a writer waits for more, once a group had more than one unit.

A writer that takes what is there at once takes two or three of sixty-four who ask all the time,
and pays for a commit for each few: lingering doubled what it gets done. One who asks alone does
not wait.
"""

PATIENCE = 15.0
"""Seconds in which the writer asks what became of a group whose commit was not answered."""

PAUSE = 0.1
"""Seconds between two tries: a database that restarts or fails over needs many of them."""

Turn = Callable[[], AbstractContextManager[None]]


class _Job(NamedTuple):
    work: Work[Any, Any]
    argument: Any
    lane: str
    answer: "asyncio.Future[Any]"


class _Outcome(NamedTuple):
    job: _Job
    value: Any = None
    error: Exception | None = None


class Writer:
    """Takes work from the event loop and does it on a few threads, its lanes."""

    def __init__(
        self, engine: Engine, turn: Turn, *, lanes: int, patience: float = PATIENCE
    ) -> None:
        self._engine = engine
        self._turn = turn
        self._patience = patience
        self._queues: list[SimpleQueue[_Job | None]] = [SimpleQueue() for _ in range(lanes)]
        self._threads = [
            Thread(target=self._run, args=(queue,), name=f"writer-{number}", daemon=True)
            for number, queue in enumerate(self._queues)
        ]

    def start(self) -> None:
        """Open the lanes. Must be called on the event loop that will write."""
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()

    async def __call__(self, work: Work[A, T], argument: A, /, *, lane: str = "") -> T:
        """See `invites.ports.Write`. Work of one lane name is done in the order it came.

        Raises:
            StoreBusyError: The database is too busy, or away. Nothing was written, unless it
                went away while it committed and did not come back in time to be asked.
        """
        queue = self._queues[crc32(lane.encode()) % len(self._queues)]
        if queue.qsize() >= MAX_WAITING:
            raise StoreBusyError
        answer: asyncio.Future[T] = self._loop.create_future()
        queue.put(_Job(work, argument, lane, answer))
        return await answer

    async def close(self) -> None:
        """Finish what waits, then stop."""
        for queue in self._queues:
            queue.put(None)
        for thread in self._threads:
            await self._loop.run_in_executor(None, thread.join)
        self._engine.dispose()

    def _run(self, queue: "SimpleQueue[_Job | None]") -> None:
        journal = NoJournal() if self._engine.dialect.name == "sqlite" else Journal()
        company = False
        while jobs := _waiting(queue, linger=LINGER if company else 0):
            company = len(jobs) > 1
            # In one order, of their codes: replicas that each write of many codes in one
            # transaction wait for each other, and not in a circle.
            outcomes = self._outcomes(sorted(jobs, key=attrgetter("lane")), journal)
            self._loop.call_soon_threadsafe(_deliver, outcomes)

    def _outcomes(self, jobs: Sequence[_Job], journal: Journal) -> list[_Outcome]:
        """What became of each job, once it is on disk or certain to leave nothing."""
        try:
            values = self._commit(jobs, journal)
        except StoreBusyError as busy:
            # One by one would only wait as long again for each of them.
            return [_Outcome(job, error=busy) for job in jobs]
        except Exception as error:  # noqa: BLE001  # whatever failed, its caller must hear it
            if len(jobs) == 1:
                return [_Outcome(jobs[0], error=error)]
            # One unit spoiled the group, which is rolled back: run alone it fails alone.
            # A savepoint for each would halve the speed of every group instead.
            return [outcome for job in jobs for outcome in self._outcomes([job], journal)]
        return [_Outcome(job, value) for job, value in zip(jobs, values, strict=True)]

    def _commit(self, jobs: Sequence[_Job], journal: Journal) -> list[Any]:
        journal.turn_page()
        values: list[Any] = []
        tries, unanswered, end = 0, False, monotonic() + self._patience
        while tries < TRIES or (unanswered and monotonic() < end):
            if tries > 1:
                sleep(PAUSE)
            tries += 1
            try:
                with self._turn(), self._engine.begin() as connection:
                    if journal.leave(connection, again=tries > 1):
                        unanswered = False
                        values = _values(SqlStore(connection), jobs)
                        unanswered = True
            except DBAPIError as error:
                if not passing(error):
                    raise
            else:
                # These, also when it was an earlier try that was committed.
                return values
        raise StoreBusyError


def _values(store: SqlStore, jobs: Sequence[_Job]) -> list[Any]:
    """The value of each job; neighbours of the same work are done in one call."""
    values: list[Any] = []
    for work, alike in groupby(jobs, key=attrgetter("work")):
        values += work(store, [job.argument for job in alike])
    return values


def _waiting(queue: "SimpleQueue[_Job | None]", *, linger: float) -> list[_Job]:
    """What waits a moment after anything does; empty when the writer is to stop."""
    jobs: list[_Job] = []
    job = queue.get()
    sleep(linger)
    while job is not None:
        jobs.append(job)
        if queue.empty() or len(jobs) == MAX_GROUP:
            return jobs
        job = queue.get()
    if jobs:
        queue.put(None)
    return jobs


def _deliver(outcomes: Sequence[_Outcome]) -> None:
    for job, value, error in outcomes:
        if job.answer.done():
            continue  # the caller went away; what it asked for is done all the same
        if error is None:
            job.answer.set_result(value)
        else:
            job.answer.set_exception(error)

"""Group commit: work that arrives together is committed together.

The law of this file: nothing else in the project begins, commits or rolls back a
transaction that writes, and nobody is answered before the commit.
"""

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from operator import attrgetter
from time import monotonic, sleep
from typing import Any, TypeVar
from zlib import crc32

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.storage.failures import passing
from xrpc_invites.storage.journal import Journal, NoJournal
from xrpc_invites.storage.lanes import End, Job, Lane, Outcome, Run, Work, values
from xrpc_invites.storage.prepared import impatient
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.turns import Turn

A = TypeVar("A")
T = TypeVar("T")

TRIES = 3
"""Times a group is tried that certainly left nothing."""

PATIENCE = 15.0
"""Seconds in which the writer asks what became of a group whose commit was not answered."""

PAUSE = 0.1
"""Seconds between two tries: a database that restarts or fails over needs many of them."""


class Writer:
    """Takes work from the event loop and does it on a few threads, its lanes."""

    def __init__(  # noqa: PLR0913  # the parts of a writer, each by its name
        self,
        engine: Engine,
        turn: Turn,
        *,
        lanes: int,
        patience: float = PATIENCE,
        sealing_key: bytes | None = None,
        written: Callable[[], None] | None = None,
    ) -> None:
        """`written` is called after each commit. See `SqlStore` for the key."""
        self._engine = engine
        self._own = [_Own(engine) for _ in range(lanes)]
        self._turn = turn
        self._patience = patience
        self._written = written or (lambda: None)
        self._open = partial(SqlStore, sealing_key=sealing_key)
        near = engine.dialect.name == "sqlite"
        self._lanes = [self._lane(number, own, near=near) for number, own in enumerate(self._own)]

    def start(self) -> None:
        """Open the lanes. Must be called on the event loop that will write."""
        self._loop = asyncio.get_running_loop()
        for lane in self._lanes:
            lane.start()

    async def __call__(
        self,
        work: Work[SqlStore, A, T],
        argument: A,
        /,
        *,
        lane: str = "",
        brief: bool = False,
    ) -> T:
        """See `invites.ports.Write`. Work of one lane name is done in the order it came.

        Raises:
            StoreBusyError: The database is too busy, or away. Nothing was written, unless it
                went away while it committed and did not come back in time to be asked.
        """
        answer: asyncio.Future[T] = self._loop.create_future()
        number = crc32(lane.encode()) % len(self._lanes)
        self._lanes[number].put(Job(work, argument, lane, answer, brief))
        return await answer

    async def close(self) -> None:
        """Finish what waits, then stop."""
        await asyncio.gather(*(lane.close() for lane in self._lanes))
        for own in self._own:
            own.close()
        self._engine.dispose()

    def _lane(self, number: int, own: "_Own", *, near: bool) -> Lane:
        run = partial(self._group, own, NoJournal() if near else Journal())
        # Statements on a local file take less time than a thread on another processor takes to
        # get at what they are made of.
        begin = partial(self._begun, own, run) if near else None
        return Lane(run, name=f"writer-{number}", begin=begin)

    def _begun(self, own: "_Own", run: Run, jobs: Sequence[Job]) -> End | None:
        """Do the statements of a group at once if all of it is brief, and leave the commit."""
        if not all(job.brief for job in jobs):
            return None
        with suppress(Exception), ExitStack() as begun:
            begun.enter_context(self._turn(wait=False))
            connection = begun.enter_context(own.transaction(wait=False))
            found = values(self._open(connection), jobs)
            return partial(self._ended, begun.pop_all(), run, jobs, found)
        # Whatever was in the way, the thread begins anew, and waits or tells who failed.
        return None

    def _ended(
        self, begun: ExitStack, run: Run, jobs: Sequence[Job], found: Sequence[Any]
    ) -> Sequence[Outcome]:
        try:
            begun.close()
        except DBAPIError:
            # Nothing was written.
            return run(jobs)
        self._written()
        return [Outcome(job, value) for job, value in zip(jobs, found, strict=True)]

    def _group(self, own: "_Own", journal: Journal, jobs: Sequence[Job]) -> Sequence[Outcome]:
        # In one order, of their codes: replicas that each write of many codes in one
        # transaction wait for each other, and not in a circle.
        return self._outcomes(sorted(jobs, key=attrgetter("lane")), own, journal)

    def _outcomes(self, jobs: Sequence[Job], own: "_Own", journal: Journal) -> list[Outcome]:
        """What became of each job, once it is on disk or certain to leave nothing."""
        try:
            done = self._commit(jobs, own, journal)
        except StoreBusyError as busy:
            # One by one would only wait as long again for each of them.
            return [Outcome(job, error=busy) for job in jobs]
        except Exception as error:  # noqa: BLE001  # whatever failed, its caller must hear it
            if len(jobs) == 1:
                return [Outcome(jobs[0], error=error)]
            # One unit spoiled the group, which is rolled back: run alone it fails alone.
            # A savepoint for each would halve the speed of every group instead.
            return [outcome for job in jobs for outcome in self._outcomes([job], own, journal)]
        return [Outcome(job, value) for job, value in zip(jobs, done, strict=True)]

    def _commit(self, jobs: Sequence[Job], own: "_Own", journal: Journal) -> list[Any]:
        journal.turn_page()
        found: list[Any] = []
        tries, unanswered, end = 0, False, monotonic() + self._patience
        while tries < TRIES or (unanswered and monotonic() < end):
            if tries > 1:
                sleep(PAUSE)
            tries += 1
            try:
                with self._turn(), own.transaction() as connection:
                    if journal.leave(connection, again=tries > 1):
                        unanswered = False
                        found = values(self._open(connection), jobs)
                        unanswered = True
            except DBAPIError as error:
                if not passing(error):
                    raise
            else:
                self._written()
                # These, also when it was an earlier try that was committed.
                return found
        raise StoreBusyError


class _Own:
    """A lane's connection, kept: one from the pool costs a group as much as three codes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: Connection | None = None

    @contextmanager
    def transaction(self, *, wait: bool = True) -> Generator[Connection]:
        """A transaction for the block; without `wait` it fails if SQLite has another writer."""
        connection, self._kept = self._kept or self._engine.connect(), None
        try:
            with nullcontext() if wait else impatient(connection):
                begun = connection.begin()
            with begun:
                yield connection
        except BaseException:
            # With it goes whatever a transaction that could not end left behind.
            connection.close()
            raise
        self._kept = connection

    def close(self) -> None:
        """Give the connection back."""
        if self._kept:
            self._kept.close()

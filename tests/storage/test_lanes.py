"""A lane's thread gets groups: all who ask together, and at once who asks alone."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest

from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.storage import lanes
from xrpc_invites.storage.lanes import Job, Lane, Outcome

pytestmark = pytest.mark.anyio

LONG = 3_600.0
"""Seconds that nobody waits in a test that is green."""


def echo(_store: object, arguments: Sequence[int]) -> Sequence[int]:
    return arguments


class Thread:
    """What a lane's thread does: it notes its groups, and waits at a gate before each."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.reached = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        self.reached.set()
        self.gate.wait(30)
        self.groups.append([job.argument for job in jobs])
        return [
            Outcome(job, error=LookupError()) if job.argument < 0 else Outcome(job, job.argument)
            for job in jobs
        ]


def put(lane: Lane, number: int) -> "asyncio.Future[int]":
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    lane.put(Job(echo, number, "", answer))
    return answer


async def held(lane: Lane, thread: Thread, behind: int) -> list["asyncio.Future[int]"]:
    """The first job is at the gate, and so many wait behind it."""
    thread.gate.clear()
    first = put(lane, 0)
    assert await asyncio.to_thread(thread.reached.wait, 30)
    return [first, *(put(lane, number) for number in range(1, behind + 1))]


@asynccontextmanager
async def opened(*, linger: float) -> AsyncGenerator[tuple[Lane, Thread]]:
    thread = Thread()
    lane = Lane(thread, name="test", linger=linger)
    lane.start()
    yield lane, thread
    thread.gate.set()
    await lane.close()


async def test_who_asks_alone_waits_for_nobody() -> None:
    async with opened(linger=LONG) as (lane, thread):
        for number in range(3):
            assert await put(lane, number) == number

    assert thread.groups == [[0], [1], [2]]


async def test_who_asked_together_is_waited_for() -> None:
    async with opened(linger=LONG) as (lane, thread):
        jobs = await held(lane, thread, behind=9)
        thread.gate.set()
        assert await jobs[0] == 0
        assert thread.groups == [[0]]

        # The tenth is whoever was answered, who asks again.
        assert await put(lane, 10) == 10

    assert thread.groups == [[0], [*range(1, 11)]]


async def test_nobody_is_waited_for_too_long() -> None:
    async with opened(linger=0.001) as (lane, thread):
        jobs = await held(lane, thread, behind=9)
        thread.gate.set()

        assert await asyncio.gather(*jobs) == [*range(10)]

    assert thread.groups == [[0], [*range(1, 10)]]


async def test_a_crowd_that_went_away_is_waited_for_once() -> None:
    async with opened(linger=0.001) as (lane, thread):
        jobs = await held(lane, thread, behind=100)
        thread.gate.set()
        await asyncio.gather(*jobs)
        await put(lane, 1)
        lane._linger = LONG

        assert await put(lane, 2) == 2


async def test_without_lingering_what_is_there_goes() -> None:
    async with opened(linger=0) as (lane, thread):
        jobs = await held(lane, thread, behind=9)
        thread.gate.set()

        await asyncio.gather(*jobs)

    assert thread.groups == [[0], [*range(1, 10)]]


async def test_a_group_has_its_bounds() -> None:
    async with opened(linger=0.001) as (lane, thread):
        jobs = await held(lane, thread, behind=lanes.MAX_GROUP + 5)
        thread.gate.set()

        await asyncio.gather(*jobs)

    assert [len(group) for group in thread.groups] == [1, lanes.MAX_GROUP, 5]
    assert [number for group in thread.groups for number in group] == [*range(len(jobs))]


async def test_closing_does_what_waits_and_what_is_gathered() -> None:
    async with opened(linger=LONG) as (lane, thread):
        jobs = await held(lane, thread, behind=lanes.MAX_GROUP + 5)
        thread.gate.set()
        # The second group is full and goes; the rest is waited with for others.
        await asyncio.gather(*jobs[: lanes.MAX_GROUP + 1])
        assert not jobs[-1].done()

    assert await asyncio.gather(*jobs) == [*range(len(jobs))]


async def test_closing_waits_for_what_is_at_work() -> None:
    thread = Thread()
    lane = Lane(thread, name="test", linger=LONG)
    lane.start()
    jobs = await held(lane, thread, behind=3)

    closing = asyncio.ensure_future(lane.close())
    await asyncio.wait({closing}, timeout=0)
    thread.gate.set()
    await closing

    assert await asyncio.gather(*jobs) == [*range(4)]


async def test_each_hears_of_his_own_failure() -> None:
    async with opened(linger=0) as (lane, _thread):
        good, bad = put(lane, 1), put(lane, -1)

        answers = await asyncio.gather(good, bad, return_exceptions=True)

    assert answers[0] == 1
    assert isinstance(answers[1], LookupError)


async def test_who_went_away_keeps_nobody_from_his_answer() -> None:
    async with opened(linger=0) as (lane, thread):
        jobs = await held(lane, thread, behind=2)
        jobs[1].cancel()
        thread.gate.set()

        assert await jobs[0] == 0
        assert await jobs[2] == 2

    assert thread.groups == [[0], [1, 2]]


async def test_too_many_are_refused() -> None:
    async with opened(linger=0) as (lane, thread):
        jobs = await held(lane, thread, behind=lanes.MAX_WAITING)

        with pytest.raises(StoreBusyError):
            put(lane, 1)

        thread.gate.set()
        await asyncio.gather(*jobs)


async def test_a_thread_that_fails_tells_everybody_and_goes_on() -> None:
    def fail(jobs: Sequence[Job]) -> Sequence[Outcome]:
        if jobs[0].argument:
            raise ValueError
        return [Outcome(job, 0) for job in jobs]

    lane = Lane(fail, name="test")
    lane.start()

    with pytest.raises(ValueError):  # noqa: PT011  # that very one
        await put(lane, 1)

    assert await put(lane, 0) == 0
    await lane.close()


async def test_an_error_that_no_future_takes_is_told_as_another() -> None:
    def stop(jobs: Sequence[Job]) -> Sequence[Outcome]:
        return [Outcome(job, error=StopIteration()) for job in jobs]

    lane = Lane(stop, name="test")
    lane.start()

    with pytest.raises(RuntimeError, match="StopIteration"):
        await put(lane, 1)

    await lane.close()


async def test_nobody_waits_for_a_lane_that_is_closed() -> None:
    lane = Lane(Thread(), name="test")
    lane.start()
    await lane.close()

    with pytest.raises(StoreBusyError):
        put(lane, 1)

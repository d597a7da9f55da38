"""A queue of tries: what a store says late is not believed, and no turn is lost."""

import asyncio

import pytest

from xrpc_invites.web.queue import Queue
from xrpc_invites.xrpc.limits import Quota

pytestmark = pytest.mark.anyio

ONE_LEFT = Quota(limit=1, window=300, remaining=1, wait=300, reset=1_800_000_300)
NONE_LEFT = Quota(limit=1, window=300, remaining=0, wait=300, reset=1_800_000_300, exceeded=True)


class Store:
    """Knows what is left, and may be held up on the way back."""

    def __init__(self) -> None:
        self.left = ONE_LEFT
        self.road = asyncio.Event()
        self.road.set()

    async def ask(self) -> Quota:
        said = self.left
        await self.road.wait()
        return said


async def settle() -> None:
    """Let everybody go as far as he can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_answer_from_before_a_failure_is_not_believed() -> None:
    queue, store = Queue(), Store()
    await queue.enter(store.ask)

    store.road.clear()
    late = asyncio.create_task(queue.enter(store.ask))
    await settle()
    store.left = NONE_LEFT
    queue.leave()
    store.road.set()

    assert await late == NONE_LEFT


Waiting = tuple[Queue, "asyncio.Task[Quota]", "asyncio.Task[Quota]"]


@pytest.fixture
async def waiting() -> Waiting:
    """A queue with one under way, and two who wait for him."""
    queue, store = Queue(), Store()
    await queue.enter(store.ask)
    first = asyncio.create_task(queue.enter(store.ask))
    second = asyncio.create_task(queue.enter(store.ask))
    await settle()
    assert not first.done()
    assert not second.done()
    return queue, first, second


async def test_who_leaves_makes_room_for_one(waiting: Waiting) -> None:
    queue, first, second = waiting

    queue.leave()
    await settle()
    assert (first.done(), second.done()) == (True, False)

    queue.leave()
    await settle()
    assert second.done()


async def test_the_turn_of_one_who_gave_up_waiting_is_the_next_ones(waiting: Waiting) -> None:
    queue, first, second = waiting

    first.cancel()
    queue.leave()
    await settle()

    assert first.cancelled()
    assert second.done()


async def test_a_turn_that_was_given_and_not_taken_is_the_next_ones(waiting: Waiting) -> None:
    queue, first, second = waiting

    queue.leave()
    first.cancel()
    await settle()

    assert first.cancelled()
    assert second.done()

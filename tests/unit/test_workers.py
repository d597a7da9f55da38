"""Work in the background: round after round, whatever happens, until it is told to stop."""

import asyncio
import logging
from datetime import timedelta

import pytest

from xrpc_invites.workers import Worker, pause, repeat, working

pytestmark = pytest.mark.anyio

LONG = timedelta(days=1)


class Rounds:
    """Rounds that end as they are told, and waits that are counted instead of waited."""

    def __init__(self, *ends: bool | Exception) -> None:
        self._ends = [*ends]
        self.done: list[str] = []
        self.stop = asyncio.Event()

    async def work(self) -> bool:
        self.done.append("round")
        end = self._ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end

    async def wait(self, stop: asyncio.Event) -> None:
        self.done.append("wait")
        if not self._ends:
            stop.set()

    async def run(self) -> list[str]:
        await repeat("test", self.work, self.stop, self.wait)
        return self.done


async def test_a_worker_waits_between_rounds() -> None:
    assert await Rounds(False, False).run() == ["round", "wait", "round", "wait"]


async def test_a_worker_with_more_to_do_does_it_at_once() -> None:
    assert await Rounds(True, True, False).run() == ["round", "round", "round", "wait"]


async def test_a_failed_round_is_followed_by_another() -> None:
    assert await Rounds(ValueError(), False).run() == ["round", "wait", "round", "wait"]


async def test_a_failure_is_logged_by_its_type_and_not_again_while_it_lasts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)

    await Rounds(ValueError("secret"), ValueError(), KeyError(), False, KeyError()).run()

    errors = ["ValueError", "KeyError", "KeyError"]
    assert caplog.messages == [f"work_failed name=test error={error}" for error in errors]


async def test_a_round_that_is_broken_off_has_not_failed(caplog: pytest.LogCaptureFixture) -> None:
    stop = asyncio.Event()

    async def broken_off() -> bool:
        stop.set()
        raise ValueError

    await repeat("test", broken_off, stop, pause(LONG))

    assert caplog.messages == []


async def test_a_worker_that_is_stopped_does_not_begin() -> None:
    rounds = Rounds()
    rounds.stop.set()

    assert await rounds.run() == []


async def test_a_worker_with_always_more_to_do_stops_all_the_same() -> None:
    stop, rounds = asyncio.Event(), 0

    async def work() -> bool:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            stop.set()
        return True

    await repeat("test", work, stop, pause(LONG))

    assert rounds == 3


async def test_workers_stop_with_their_block_and_finish_their_round() -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), 0

    async def work() -> bool:
        nonlocal done
        begun.set()
        await go_on.wait()
        done += 1
        return False

    async with working([Worker("one", work, LONG), Worker("two", work, LONG)]):
        await begun.wait()
        asyncio.get_running_loop().call_soon(go_on.set)

    assert done == 2


async def test_a_pause_ends_by_itself() -> None:
    stop = asyncio.Event()

    await pause(timedelta(milliseconds=1))(stop)

    assert not stop.is_set()


async def test_a_pause_ends_when_it_is_time_to_stop() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_soon(stop.set)

    await pause(LONG)(stop)

    assert stop.is_set()

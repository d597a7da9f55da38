"""What a server does in the background, in rounds, until it stops."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

Round = Callable[[], Awaitable[bool]]
"""Does some of what there is to do; True when more waits."""
Wait = Callable[[asyncio.Event], Awaitable[object]]
"""Waits for the next round, or until the event says to stop."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """Work for the background, and how long to wait once nothing is left to do."""

    name: str
    round: Round
    every: timedelta


@asynccontextmanager
async def working(workers: Iterable[Worker]) -> AsyncGenerator[None]:
    """Let workers work during the block. At its end a round that has begun is finished."""
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(repeat(one.name, one.round, stop, pause(one.every))) for one in workers
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def repeat(name: str, work: Round, stop: asyncio.Event, wait: Wait) -> None:
    """Do rounds until told to stop, whatever happens in one."""
    failure = ""
    while not stop.is_set():
        more, failed = False, ""
        try:
            more = await work()
        except Exception as error:  # noqa: BLE001  # the next round may go well
            # The type alone, since texts may quote secrets; and once, not every few seconds.
            failed = type(error).__name__
            # What is broken off, since the server stops, has not failed.
            if failed != failure and not stop.is_set():
                log.error("work_failed name=%s error=%s", name, failed)  # noqa: TRY400
        failure = failed
        if not more:
            await wait(stop)


def pause(length: timedelta) -> Wait:
    """Wait so long, or until told to stop."""

    async def wait(stop: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(length.total_seconds()):
                await stop.wait()

    return wait

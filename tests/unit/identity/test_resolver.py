"""Documents are kept: asked for seldom, used while a directory is away, and not for ever."""

import asyncio
import logging
from datetime import timedelta

import pytest

from tests.unit.identity.speaking import DID, NOON
from xrpc_invites.identity.directories import DidDocument, Unknown, Unresolvable
from xrpc_invites.identity.resolver import FAILED, FRESH, MAX_RUNNING, STALE, Resolver

pytestmark = pytest.mark.anyio

MOMENT = timedelta(milliseconds=1)


class World:
    """A directory, a clock and a resolver that asks the one by the other."""

    def __init__(self, *, room: int = 10) -> None:
        self.now = NOON
        self.asked: list[str] = []
        self.failing: Unresolvable | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.awaited = 1
        self.busy = asyncio.Event()
        """Set once a directory was asked as often as is awaited."""
        self.resolver = Resolver(self.fetch, now=lambda: self.now, room=room)

    async def fetch(self, did: str) -> DidDocument:
        self.asked.append(did)
        if len(self.asked) == self.awaited:
            self.busy.set()
        await self.gate.wait()
        if self.failing:
            raise self.failing
        return DidDocument(did, {})

    async def count(self, did: str = DID, *, newest: bool = False) -> int:
        """Resolve, and say how often a directory was asked for it."""
        before = len(self.asked)
        await self.resolver.document(did, newest=newest)
        return len(self.asked) - before


async def test_a_fresh_document_is_not_fetched_again() -> None:
    world = World()

    assert await world.count() == 1
    world.now += FRESH - MOMENT
    assert await world.count() == 0
    world.now += MOMENT
    assert await world.count() == 1
    assert await world.count() == 0


async def test_the_newest_is_fetched_however_fresh_the_last_one_is() -> None:
    world = World()

    assert await world.count() == 1
    assert await world.count(newest=True) == 1


async def test_a_stale_document_serves_while_its_directory_is_away() -> None:
    world = World()
    await world.count()
    world.failing = Unresolvable("away")

    world.now += STALE - MOMENT
    assert await world.count() == 1

    world.now += MOMENT
    with pytest.raises(Unresolvable):
        await world.resolver.document(DID)


async def test_a_did_that_the_directory_no_longer_knows_is_forgotten_at_once() -> None:
    world = World()
    await world.count()
    world.failing = Unknown("status 410")
    world.now += FRESH

    with pytest.raises(Unresolvable):
        await world.resolver.document(DID)


@pytest.mark.parametrize("kept", [True, False])
async def test_after_a_failure_a_directory_has_a_rest(*, kept: bool) -> None:
    world = World()
    if kept:
        await world.count()
        world.now += FRESH
    world.failing = Unresolvable("away")

    async def tried(*, newest: bool = False) -> int:
        before = len(world.asked)
        if kept:
            await world.resolver.document(DID, newest=newest)
        else:
            with pytest.raises(Unresolvable):
                await world.resolver.document(DID, newest=newest)
        return len(world.asked) - before

    assert await tried() == 1
    world.now += FAILED - MOMENT
    assert await tried() == 0
    assert await tried(newest=True) == 0
    world.now += MOMENT
    assert await tried() == 1


async def test_all_who_ask_at_once_share_one_fetch() -> None:
    world = World()
    world.gate.clear()
    asking = [asyncio.create_task(world.resolver.document(DID)) for _ in range(20)]
    await world.busy.wait()
    world.gate.set()

    assert await asyncio.gather(*asking) == [DidDocument(DID, {})] * 20
    assert world.asked == [DID]


async def test_who_goes_away_takes_the_fetch_from_nobody() -> None:
    world = World()
    world.gate.clear()
    leaving, staying = (asyncio.create_task(world.resolver.document(DID)) for _ in range(2))
    await world.busy.wait()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    world.gate.set()

    assert await staying == DidDocument(DID, {})
    assert world.asked == [DID]


async def test_documents_are_kept_up_to_a_number() -> None:
    world = World(room=2)
    for name in ("a", "b", "c"):
        await world.count(name)

    assert await world.count("c") == 0
    assert await world.count("b") == 0
    assert await world.count("a") == 1


async def test_what_was_fetched_again_is_kept_longer() -> None:
    world = World(room=2)
    await world.count("a")
    await world.count("b")
    await world.count("a", newest=True)
    await world.count("c")

    assert await world.count("a") == 0


async def test_dids_of_nobody_push_out_no_document() -> None:
    world = World(room=2)
    await world.count()
    world.failing = Unresolvable("nobody")
    for n in range(5):
        with pytest.raises(Unresolvable):
            await world.resolver.document(f"did:web:{n}.test")

    assert await world.count() == 0


async def test_no_more_than_a_number_of_fetches_run() -> None:
    world = World(room=MAX_RUNNING)
    world.awaited = MAX_RUNNING
    world.gate.clear()
    asking = [
        asyncio.create_task(world.resolver.document(f"did:web:{n}.test"))
        for n in range(MAX_RUNNING)
    ]
    await world.busy.wait()

    one_more = asyncio.create_task(world.resolver.document(DID))
    await asyncio.sleep(0)
    world.gate.set()

    with pytest.raises(Unresolvable):
        await one_more
    await asyncio.gather(*asking)
    assert await world.count() == 1


async def test_closing_stops_what_runs() -> None:
    world = World()
    world.gate.clear()
    asking = asyncio.create_task(world.resolver.document(DID))
    await world.busy.wait()

    await world.resolver.close()

    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_failure_is_logged_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.failing = Unresolvable("status 500")
    with caplog.at_level(logging.INFO), pytest.raises(Unresolvable):
        await world.resolver.document(DID)

    assert f"did_not_resolved did={DID} reason=status 500" in caplog.text

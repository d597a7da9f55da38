"""Who holds a token, and how its use is noted."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest

from xrpc_invites.identity.operators import TokenHolders
from xrpc_invites.invites.operators import OperatorToken, new_token
from xrpc_invites.invites.ports import ReadStore, Store, StoreBusyError
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.roles import Caller, Role

pytestmark = pytest.mark.anyio
T = TypeVar("T")
A = TypeVar("A")

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
TEXT = new_token(bytes)
TOKEN = OperatorToken(
    id="7", name="ada", role="issuer", token_hash=f"hash of {TEXT}", created_at=NOON
)


class World:
    """A store of one token, a clock, and what was written."""

    def __init__(self, token: OperatorToken = TOKEN) -> None:
        self.token = token
        self.now = NOON
        self.touched: list[tuple[str, datetime, datetime]] = []
        self.lanes: list[str] = []
        self.busy = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def ask(
        self, question: Callable[[ReadStore, Sequence[A]], Sequence[T]], argument: A, /
    ) -> T:
        def by_hashes(hashes: Sequence[str]) -> Mapping[str, OperatorToken]:
            return dict.fromkeys(hashes, self.token)

        store = SimpleNamespace(tokens=SimpleNamespace(by_hashes=by_hashes))
        return question(cast("ReadStore", store), [argument])[0]

    async def write(
        self,
        work: Callable[[Store, Sequence[A]], Sequence[T]],
        argument: A,
        /,
        *,
        lane: str = "",
        brief: bool = False,
    ) -> T:
        def touch(id_: str, *, at: datetime, unless_since: datetime) -> None:
            self.touched.append((id_, at, unless_since))

        assert not brief
        self.lanes.append(lane)
        await self.gate.wait()
        if self.busy:
            raise StoreBusyError
        store: Any = SimpleNamespace(tokens=SimpleNamespace(touch=touch))
        return work(store, [argument])[0]

    def holders(self) -> TokenHolders:
        return TokenHolders(
            self.ask, self.write, hash_token="hash of {}".format, now=lambda: self.now
        )


async def refused(world: World, text: str) -> str:
    with pytest.raises(XrpcError) as refusal:
        await world.holders().verify(text)
    assert refusal.value.name == "AuthenticationRequired"
    assert text not in refusal.value.message
    return refusal.value.message


async def test_a_live_token_says_who_holds_it() -> None:
    holders = World().holders()

    caller = await holders.verify(TEXT)

    assert caller == Caller(role=Role.ISSUER, name="ada", credentials="token:7")
    await holders.close()


async def test_a_typing_mistake_is_told_without_asking_the_database() -> None:
    async def ask(_question: object, _argument: object, /) -> Any:
        raise AssertionError("asked")

    world = World()
    world.ask = ask  # type: ignore[method-assign]

    assert "typing mistake" in await refused(world, TEXT[:-1] + "0")


async def test_dead_and_unknown_tokens_are_told_alike() -> None:
    said = {
        await refused(World(replace(TOKEN, revoked_at=NOON)), TEXT),
        await refused(World(replace(TOKEN, expires_at=NOON)), TEXT),
        # What an index found is compared once more, in a time that tells nothing.
        await refused(World(replace(TOKEN, token_hash="another")), TEXT),
    }

    assert len(said) == 1


async def test_a_role_of_a_newer_release_allows_nothing() -> None:
    caller = await World(replace(TOKEN, role="emperor")).holders().verify(TEXT)

    assert caller.role is None


async def test_a_use_is_noted_once_an_hour_and_beside_the_request() -> None:
    world = World()
    world.gate.clear()
    holders = world.holders()

    for minutes in (0, 1, 59, 60, 61, 119):
        world.now = NOON + timedelta(minutes=minutes)
        await holders.verify(TEXT)
    world.gate.set()
    await holders.close()

    hour = timedelta(hours=1)
    assert world.touched == [("7", NOON, NOON - hour), ("7", NOON + hour, NOON)]
    assert world.lanes == ["7", "7"]


async def test_a_use_that_another_replica_noted_is_not_noted_again() -> None:
    world = World(replace(TOKEN, last_used_at=NOON - timedelta(minutes=59)))
    holders = world.holders()

    await holders.verify(TEXT)
    await holders.close()

    assert world.touched == []


async def test_a_use_that_cannot_be_noted_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.busy = True
    holders = world.holders()

    with caplog.at_level(logging.WARNING):
        await holders.verify(TEXT)
        await holders.verify(TEXT)
        await holders.close()

    assert caplog.messages == ["use_of_a_token_not_noted error=StoreBusyError"]
    assert world.lanes == ["7"]

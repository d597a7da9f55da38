"""A block that holds a use: completed when it ends well, given back in every other case."""

import asyncio
import json
import logging
from contextlib import suppress

import anyio
import httpx
import pytest

from tests.unit.client.asking import ADA, CODE, GRANT, ORIGIN, REDEMPTION, TOKEN
from xrpc_invites.client import (
    InvalidInviteCode,
    InvitesClient,
    Joining,
    LeaseExpired,
    Patience,
    SyncInvitesClient,
)

pytestmark = pytest.mark.anyio

RESERVE, COMPLETE, RELEASE = "reserveCode", "completeRedemption", "releaseRedemption"
ONCE = Patience(tries=1)


class Server:
    """Answers every call, or refuses those that it is told to; a test may hold one up."""

    def __init__(self, *, hold: str = "", **refused: str) -> None:
        self.called: list[str] = []
        self.bodies: list[dict[str, object]] = []
        self.arrived, self.go_on = asyncio.Event(), asyncio.Event()
        self._hold = hold
        self._refused = refused

    def answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition(".")[2]
        self.called.append(name)
        self.bodies.append(json.loads(request.content))
        if name in self._refused:
            return httpx.Response(400, json={"error": self._refused[name]})
        return httpx.Response(200, json=GRANT if name == COMPLETE else REDEMPTION)

    async def answer_later(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(self._hold or "nothing"):
            self.arrived.set()
            await self.go_on.wait()
        return self.answer(request)

    def client(self) -> InvitesClient:
        transport = httpx.MockTransport(self.answer_later)
        return InvitesClient(ORIGIN, TOKEN, transport=transport, patience=ONCE)

    def sync_client(self) -> SyncInvitesClient:
        transport = httpx.MockTransport(self.answer)
        return SyncInvitesClient(ORIGIN, TOKEN, transport=transport, patience=ONCE)


@pytest.fixture
def server() -> Server:
    return Server()


async def test_an_account_that_was_made_spends_the_use(server: Server) -> None:
    joining: Joining = {"email": "ada@mail.test", "lease_seconds": 60}
    async with server.client() as invites, invites.redeeming(CODE, **joining) as seat:
        assert server.called == [RESERVE]
        seat.complete(ADA)
        assert server.called == [RESERVE]

    assert server.called == [RESERVE, COMPLETE]
    assert server.bodies[0].pop("idempotencyKey")
    assert server.bodies == [
        {"code": CODE, "email": "ada@mail.test", "leaseSeconds": 60},
        {"id": "r1", "usedBy": ADA},
    ]
    assert seat.grant is not None
    assert seat.grant.tags == ("beta",)


def test_an_account_that_was_made_spends_the_use_without_await(server: Server) -> None:
    with server.sync_client() as invites, invites.redeeming(CODE) as seat:
        seat.complete(ADA)

    assert server.called == [RESERVE, COMPLETE]
    assert seat.grant is not None


class Broken(Exception):
    """What goes wrong in a block."""


async def sign_up_that_fails(invites: InvitesClient, *, completed: bool = False) -> None:
    async with invites.redeeming(CODE) as seat:
        if completed:
            seat.complete(ADA)
        raise Broken


def sync_sign_up_that_fails(invites: SyncInvitesClient, *, completed: bool = False) -> None:
    with invites.redeeming(CODE) as seat:
        if completed:
            seat.complete(ADA)
        raise Broken


@pytest.mark.parametrize("completed", [False, True])
async def test_an_exception_gives_the_use_back(server: Server, *, completed: bool) -> None:
    async with server.client() as invites:
        with pytest.raises(Broken):
            await sign_up_that_fails(invites, completed=completed)

    assert server.called == [RESERVE, RELEASE]


@pytest.mark.parametrize("completed", [False, True])
def test_an_exception_gives_the_use_back_without_await(server: Server, *, completed: bool) -> None:
    with server.sync_client() as invites, pytest.raises(Broken):
        sync_sign_up_that_fails(invites, completed=completed)

    assert server.called == [RESERVE, RELEASE]


async def test_a_block_that_says_nothing_gives_the_use_back(server: Server) -> None:
    async with server.client() as invites, invites.redeeming(CODE):
        pass

    assert server.called == [RESERVE, RELEASE]


def test_a_block_that_says_nothing_gives_the_use_back_without_await(server: Server) -> None:
    with server.sync_client() as invites, invites.redeeming(CODE) as seat:
        pass

    assert server.called == [RESERVE, RELEASE]
    assert seat.grant is None


async def test_why_it_was_given_back_is_told_even_when_that_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server(releaseRedemption="Forbidden")
    caplog.set_level(logging.INFO)

    async with server.client() as invites:
        with pytest.raises(Broken):
            await sign_up_that_fails(invites)

    assert "use_not_given_back error=Forbidden" in caplog.text


def test_why_it_was_given_back_is_told_even_when_that_fails_without_await(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server(releaseRedemption="Forbidden")

    with server.sync_client() as invites, pytest.raises(Broken):
        sync_sign_up_that_fails(invites)

    assert "use_not_given_back error=Forbidden" in caplog.text


async def test_a_use_that_cannot_be_spent_is_told_at_the_end() -> None:
    server = Server(completeRedemption="LeaseExpired")

    async with server.client() as invites:
        with pytest.raises(LeaseExpired):
            async with invites.redeeming(CODE) as seat:
                seat.complete(ADA)

    # The account is there, so the use is not given back.
    assert server.called == [RESERVE, COMPLETE]


def test_a_use_that_cannot_be_spent_is_told_at_the_end_without_await() -> None:
    server = Server(completeRedemption="LeaseExpired")

    with (
        server.sync_client() as invites,
        pytest.raises(LeaseExpired),
        invites.redeeming(CODE) as seat,
    ):
        seat.complete(ADA)

    assert server.called == [RESERVE, COMPLETE]


async def test_a_block_is_not_entered_without_a_use() -> None:
    server = Server(reserveCode="InvalidInviteCode")

    async with server.client() as invites:
        with pytest.raises(InvalidInviteCode):
            async with invites.redeeming(CODE):
                pytest.fail("this needs a use")

    assert server.called == [RESERVE]


NATIVE, ANYIO = "native", "anyio"
"""How a task is told to stop: once, or at every await."""


@pytest.mark.parametrize("how", [NATIVE, ANYIO])
async def test_a_block_that_is_cancelled_gives_the_use_back(server: Server, how: str) -> None:
    inside = asyncio.Event()

    async def sign_up(invites: InvitesClient) -> None:
        async with invites.redeeming(CODE):
            inside.set()
            await asyncio.Event().wait()

    async with server.client() as invites:
        await cancelled(how, inside, sign_up(invites))

    assert server.called == [RESERVE, RELEASE]


@pytest.mark.parametrize("how", [NATIVE, ANYIO])
@pytest.mark.parametrize(
    ("held", "called"), [(RESERVE, [RESERVE, RELEASE]), (COMPLETE, [RESERVE, COMPLETE])]
)
async def test_what_is_under_way_when_it_is_cancelled_comes_to_its_end(
    held: str, called: list[str], how: str
) -> None:
    server = Server(hold=held)

    async def sign_up(invites: InvitesClient) -> None:
        async with invites.redeeming(CODE) as seat:
            seat.complete(ADA)

    async with server.client() as invites:
        await cancelled(how, server.arrived, sign_up(invites))
        before = list(server.called)
        server.go_on.set()

    assert before == called[: called.index(held)]
    assert server.called == called


async def test_a_second_cancellation_does_not_keep_the_use() -> None:
    server, inside = Server(hold=RELEASE), asyncio.Event()

    async def sign_up(invites: InvitesClient) -> None:
        async with invites.redeeming(CODE):
            inside.set()
            await asyncio.Event().wait()

    async with server.client() as invites:
        task = asyncio.create_task(sign_up(invites))
        await inside.wait()
        task.cancel()
        await server.arrived.wait()
        await cancelled(NATIVE, inside, task)
        server.go_on.set()

    assert server.called == [RESERVE, RELEASE]


async def test_nothing_is_given_back_of_what_was_refused_to_somebody_who_left() -> None:
    server = Server(hold=RESERVE, reserveCode="InvalidInviteCode")

    async def sign_up(invites: InvitesClient) -> None:
        async with invites.redeeming(CODE):
            pytest.fail("this needs a use")

    async with server.client() as invites:
        await cancelled(NATIVE, server.arrived, sign_up(invites))
        server.go_on.set()

    assert server.called == [RESERVE]


async def cancelled(how: str, when: asyncio.Event, work: object) -> None:
    """Run something, and stop it when the time has come."""
    if how == NATIVE:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        await when.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return

    async def run() -> None:
        await work  # type: ignore[misc]
        pytest.fail("it was not cancelled")

    with suppress(asyncio.CancelledError):
        async with anyio.create_task_group() as group:
            group.start_soon(run)
            await when.wait()
            group.cancel_scope.cancel()

"""The client for programs that wait with `await`, on asyncio."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import httpx

from xrpc_invites.client.answers import Grant, Preview, Redemption
from xrpc_invites.client.calls import Dice, Flow, Lost, lost
from xrpc_invites.client.errors import InvitesError
from xrpc_invites.client.patience import Patience
from xrpc_invites.client.protocol import Joining, Protocol
from xrpc_invites.client.seats import Seat

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]

log = logging.getLogger(__name__)


class InvitesClient:
    """Asks a server of invite codes. One is enough for a program; tasks may share it.

    Every call is safe to repeat, and is repeated by itself when no answer comes or the server
    asks to come again, within its `Patience`. Every call may raise any `InvitesError`.
    """

    def __init__(  # noqa: PLR0913  # all but the first two have defaults
        self,
        server: str,
        token: str,
        *,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
        dice: Dice = random.random,
    ) -> None:
        """Make a client of a server.

        Args:
            server: Its address: https, or http on this machine.
            token: An operator's, with the role `app`.
            patience: How long it waits, and how often it asks.
            transport: For proxies, certificates of your own, or tests.
            sleep: Waits for some seconds.
            dice: Spread those who wait.

        Raises:
            ValueError: A token may not be sent there, or the token is none.
        """
        self._protocol = Protocol(server, token, patience=patience or Patience(), dice=dice)
        # Not an `httpx.Client`, which logs each URL: a code stands in that of a preview.
        self._transport = transport or httpx.AsyncHTTPTransport()
        self._sleep = sleep
        self._settling: set[asyncio.Task[Any]] = set()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._protocol.origin!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Finish what is being settled, and close all connections."""
        if self._settling:
            await asyncio.wait(self._settling)
        await self._transport.aclose()

    async def reserve(
        self, code: str, *, idempotency_key: str | None = None, **joining: Unpack[Joining]
    ) -> Redemption:
        """Hold one use of a code until it is completed or released, or its lease ends.

        Each call draws an idempotency key of its own, unless you give one.
        """
        return await self._run(
            self._protocol.reserve(code, joining, idempotency_key=idempotency_key)
        )

    async def complete(self, redemption_id: str, did: str) -> Grant:
        """Spend the use that is held: the account `did` exists."""
        return await self._run(self._protocol.complete(redemption_id, did))

    async def release(self, redemption_id: str) -> Redemption:
        """Give the use back: no account was made."""
        return await self._run(self._protocol.release(redemption_id))

    async def redeem(self, code: str, *, did: str | None = None, email: str | None = None) -> Grant:
        """Spend one use for a DID that exists; the same code and DID again is the same use.

        Only who asks with service auth may leave the DID out: it is then his own.
        """
        return await self._run(self._protocol.redeem(code, did=did, email=email))

    async def check_access(self, dids: Iterable[str]) -> tuple[Grant, ...]:
        """The grants in force of up to 100 DIDs. What was not changed is not sent again."""
        return await self._run(self._protocol.check_access(dids))

    async def preview(self, code: str) -> Preview:
        """Whether a code can be used. Nothing is held by that."""
        return await self._run(self._protocol.preview(code))

    @asynccontextmanager
    async def redeeming(self, code: str, **joining: Unpack[Joining]) -> AsyncGenerator[Seat]:
        """Hold a use while the block makes the account; `Seat.complete` says that it did.

        A block that ends well after that has spent the use, or raises why it has not. One that
        ends otherwise, by an exception, cancelled, or without completion, gives the use back.
        """
        reserving = self._start(self.reserve(code, **joining))
        try:
            seat = Seat(await asyncio.shield(reserving))
        except asyncio.CancelledError:
            self._start(self._abandon(reserving))
            raise
        try:
            yield seat
        except BaseException:
            await asyncio.shield(self._start(self._give_back(seat.redemption.id)))
            raise
        if seat.did is None:
            await asyncio.shield(self._start(self._give_back(seat.redemption.id)))
        else:
            completing = self._start(self.complete(seat.redemption.id, seat.did))
            seat.grant = await asyncio.shield(completing)

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do something to its end, even if who began it is cancelled."""
        task = asyncio.ensure_future(work)
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
        return task

    async def _abandon(self, reserving: asyncio.Task[Redemption]) -> None:
        """Give back what somebody reserved who does not wait for it any more."""
        with suppress(InvitesError):
            await self._give_back((await reserving).id)

    async def _give_back(self, redemption_id: str) -> None:
        try:
            await self.release(redemption_id)
        except InvitesError as error:
            # Not worth an exception, which would hide why it is given back: its lease ends it.
            log.warning("use_not_given_back error=%s", type(error).__name__)

    async def _run(self, flow: Flow[T]) -> T:
        try:
            ask = next(flow)
            while True:
                if ask.after:
                    await self._sleep(ask.after)
                ask = flow.send(await self._send(ask.request))
        except StopIteration as done:
            answer: T = done.value
            return answer

    async def _send(self, request: httpx.Request) -> httpx.Response | Lost:
        try:
            answer = await self._transport.handle_async_request(request)
            try:
                await answer.aread()
            finally:
                await answer.aclose()
        except httpx.RequestError as error:
            return lost(error)
        return answer

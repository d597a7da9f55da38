"""The client for programs that simply wait. Threads may share one."""

import logging
import random
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx

from xrpc_invites.client.answers import Grant, Preview, Redemption
from xrpc_invites.client.calls import Dice, Flow, Lost, lost
from xrpc_invites.client.errors import InvitesError
from xrpc_invites.client.patience import Patience
from xrpc_invites.client.protocol import Joining, Protocol
from xrpc_invites.client.seats import Seat

T = TypeVar("T")

log = logging.getLogger(__name__)


class SyncInvitesClient:
    """Asks a server of invite codes; `InvitesClient` says how."""

    def __init__(  # noqa: PLR0913  # all but the first two have defaults
        self,
        server: str,
        token: str,
        *,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] = time.sleep,
        dice: Dice = random.random,
    ) -> None:
        """Make a client of a server; the arguments are those of `InvitesClient`."""
        self._protocol = Protocol(server, token, patience=patience or Patience(), dice=dice)
        # Not an `httpx.Client`, which logs each URL: a code stands in that of a preview.
        self._transport = transport or httpx.HTTPTransport()
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._protocol.origin!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def reserve(
        self, code: str, *, idempotency_key: str | None = None, **joining: Unpack[Joining]
    ) -> Redemption:
        """Hold one use of a code until it is completed or released, or its lease ends.

        Each call draws an idempotency key of its own, unless you give one.
        """
        return self._run(self._protocol.reserve(code, joining, idempotency_key=idempotency_key))

    def complete(self, redemption_id: str, did: str) -> Grant:
        """Spend the use that is held: the account `did` exists."""
        return self._run(self._protocol.complete(redemption_id, did))

    def release(self, redemption_id: str) -> Redemption:
        """Give the use back: no account was made."""
        return self._run(self._protocol.release(redemption_id))

    def redeem(self, code: str, *, did: str | None = None, email: str | None = None) -> Grant:
        """Spend one use for a DID that exists; the same code and DID again is the same use.

        Only who asks with service auth may leave the DID out: it is then his own.
        """
        return self._run(self._protocol.redeem(code, did=did, email=email))

    def check_access(self, dids: Iterable[str]) -> tuple[Grant, ...]:
        """The grants in force of up to 100 DIDs. What was not changed is not sent again."""
        return self._run(self._protocol.check_access(dids))

    def preview(self, code: str) -> Preview:
        """Whether a code can be used. Nothing is held by that."""
        return self._run(self._protocol.preview(code))

    @contextmanager
    def redeeming(self, code: str, **joining: Unpack[Joining]) -> Generator[Seat]:
        """Hold a use while the block makes the account; `Seat.complete` says that it did.

        A block that ends well after that has spent the use, or raises why it has not. One that
        ends otherwise, by an exception or without completion, gives the use back.
        """
        seat = Seat(self.reserve(code, **joining))
        try:
            yield seat
        except BaseException:
            self._give_back(seat.redemption.id)
            raise
        if seat.did is None:
            self._give_back(seat.redemption.id)
        else:
            seat.grant = self.complete(seat.redemption.id, seat.did)

    def _give_back(self, redemption_id: str) -> None:
        try:
            self.release(redemption_id)
        except InvitesError as error:
            # Not worth an exception, which would hide why it is given back: its lease ends it.
            log.warning("use_not_given_back error=%s", type(error).__name__)

    def _run(self, flow: Flow[T]) -> T:
        try:
            ask = next(flow)
            while True:
                if ask.after:
                    self._sleep(ask.after)
                ask = flow.send(self._send(ask.request))
        except StopIteration as done:
            answer: T = done.value
            return answer

    def _send(self, request: httpx.Request) -> httpx.Response | Lost:
        try:
            answer = self._transport.handle_request(request)
            try:
                answer.read()
            finally:
                answer.close()
        except httpx.RequestError as error:
            return lost(error)
        return answer

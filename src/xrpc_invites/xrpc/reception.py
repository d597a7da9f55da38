"""Receives requests to what is served beside the methods, by the rules that hold for them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.failures import failure
from xrpc_invites.xrpc.limits import Limits, Rule
from xrpc_invites.xrpc.local import Callers
from xrpc_invites.xrpc.messages import Request
from xrpc_invites.xrpc.meter import Meter, Unmetered
from xrpc_invites.xrpc.method import Call
from xrpc_invites.xrpc.roles import Needs

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address as data, as `Query` and `Procedure` are for methods."""

    nsid: str
    """Its name in logs."""
    needs: Needs
    spends: Rule | None = None
    """The rule under which each request counts, besides those of all addresses."""
    guesses: Rule | None = None
    """The rule under which wrong guesses count."""


@dataclass(frozen=True, slots=True)
class Received(Generic[T]):
    """What a request came to."""

    outcome: T | XrpcError
    headers: Mapping[str, str]
    """What the answer says of limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Knows callers and limits. See `Pipeline`."""

    credentials: Callers
    limits: Limits | None
    trace: Callable[[str], str]
    busy: tuple[type[Exception], ...]

    async def receive(
        self, asked: Endpoint, request: Request, handle: Callable[[Call], Awaitable[T]]
    ) -> Received[T]:
        """What the handler answers, once the caller may ask it; nothing is raised."""
        limits = self.limits
        meter = Meter(limits, asked, request.address) if limits else Unmetered(asked)
        try:
            outcome = await self._handled(asked, request, handle, meter)
        except Exception as error:  # noqa: BLE001  # a caller learns nothing of our faults
            wrong = failure(error, request, busy=self.busy)
            return Received(wrong, {**meter.headers, **wrong.headers})
        return Received(outcome, meter.headers)

    async def _handled(
        self,
        asked: Endpoint,
        request: Request,
        handle: Callable[[Call], Awaitable[T]],
        meter: Meter | Unmetered,
    ) -> T:
        caller = await meter.caller(self.credentials, request.headers.get("authorization"))
        origin = self.trace(request.address) if caller.role else ""
        call = Call(caller, asked.nsid, request.id, request.address, origin)
        # An operator is known by name, and asks for many people at one address.
        if asked.guesses is None or caller.role is not None:
            return await handle(call)
        async with meter.guess(asked.guesses) as miss:
            return await handle(call._replace(missed=miss))

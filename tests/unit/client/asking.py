"""Both clients against servers that are functions: what they send, and how long they wait."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from xrpc_invites.client import InvitesClient, InvitesError, Patience, SyncInvitesClient

ORIGIN = "https://invites.example.org"
TOKEN = "xit_" + "a" * 49
CODE = "spring-2026"
ADA = "did:web:ada.example"
GRANT = {
    "did": ADA,
    "code": CODE,
    "role": "editor",
    "tags": ["beta"],
    "grantedAt": "2026-01-01T12:00:00.000Z",
}
REDEMPTION = {
    "id": "r1",
    "code": CODE,
    "state": "reserved",
    "createdAt": "2026-01-01T12:00:00.000Z",
    "leaseExpiresAt": "2026-01-01T12:15:00.000Z",
}
Heard = httpx.Response | httpx.RequestError
Use = Callable[[Any], Any]
CALLS: dict[str, tuple[Use, dict[str, Any]]] = {
    "reserveCode": (lambda client: client.reserve(CODE, email="ada@mail.test"), REDEMPTION),
    "completeRedemption": (lambda client: client.complete("r1", ADA), GRANT),
    "releaseRedemption": (lambda client: client.release("r1"), REDEMPTION),
    "redeemCode": (lambda client: client.redeem(CODE, did=ADA), GRANT),
    "checkAccess": (lambda client: client.check_access([ADA]), {"grants": [GRANT]}),
    "previewCode": (lambda client: client.preview(CODE), {"usable": True, "host": "a.example"}),
}
"""Each call that a client has, and an answer to it."""


@dataclass
class Script:
    """A server that answers as it was told to, the last thing again and again."""

    heard: Iterable[Heard]
    seen: list[httpx.Request] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = list(self.heard)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        now = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        if isinstance(now, httpx.RequestError):
            raise now
        return now

    def sync(self, **options: Any) -> SyncInvitesClient:
        """A client of this server."""
        transport = httpx.MockTransport(self)
        options = {"dice": lambda: 1.0, "sleep": self.waited.append} | options
        return SyncInvitesClient(ORIGIN, TOKEN, transport=transport, **options)

    def asynchronous(self, **options: Any) -> InvitesClient:
        """A client of this server."""
        transport = httpx.MockTransport(self)
        options = {"dice": lambda: 1.0, "sleep": self._sleep} | options
        return InvitesClient(ORIGIN, TOKEN, transport=transport, **options)

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


Outcome = Callable[..., Any]


def of_sync(script: Script, use: Use, patience: Patience | None = None) -> Any:
    """What a call comes to: its result, or the exception."""
    with script.sync(patience=patience) as client:
        try:
            return use(client)
        except InvitesError as error:
            return error


def of_async(script: Script, use: Use, patience: Patience | None = None) -> Any:
    """The same with the other client."""

    async def run() -> Any:
        async with script.asynchronous(patience=patience) as client:
            asked: Awaitable[Any] = use(client)
            try:
                return await asked
            except InvitesError as error:
                return error

    return asyncio.run(run())

"""Operators by their tokens: who holds one, and that it is in use."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from xrpc_invites.invites.operators import PREFIX, OperatorToken, well_formed
from xrpc_invites.invites.ports import Ask, Clock, ReadStore, Store, Write, one_by_one
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.roles import Caller, Role

COARSE = timedelta(hours=1)
"""How exactly the last use of a token is known."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Use:
    id: str
    at: datetime


class TokenHolders:
    """Knows operators by their tokens. See `xrpc.credentials.Operators`.

    Every request asks the database, by one index: a token that was revoked anywhere is
    dead everywhere.
    """

    def __init__(
        self, ask: Ask, write: Write, *, hash_token: Callable[[str], str], now: Clock
    ) -> None:
        self._ask = ask
        self._write = write
        self._hash = hash_token
        self._now = now
        self._noted: dict[str, datetime] = {}
        self._noting: set[asyncio.Task[None]] = set()

    def issued(self, token: str, /) -> bool:
        return token.startswith(PREFIX)

    async def verify(self, token: str, /) -> Caller:
        if not well_formed(token):
            raise XrpcError(
                "AuthenticationRequired", "This token has a typing mistake: copy it whole"
            )
        found, now = await self._found(token), self._now()
        if found is None or not found.alive(now):
            # One answer: what was a token once is nobody's business.
            raise XrpcError(
                "AuthenticationRequired",
                "This token is unknown here, has expired or was revoked: ask an owner for another",
            )
        self._note(found, now)
        # A newer release may know more roles; one that is unknown here allows nothing.
        role = Role(found.role) if found.role in {*Role} else None
        return Caller(role=role, name=found.name, credentials=f"token:{found.id}")

    async def close(self) -> None:
        """Wait until what is being written is written."""
        await asyncio.gather(*self._noting)

    async def _found(self, token: str) -> OperatorToken | None:
        token_hash = self._hash(token)
        found = await self._ask(_by_hash, token_hash)
        # An index compares in a time that tells of its keys; this does not.
        same = found is not None and compare_digest(found.token_hash, token_hash)
        return found if same else None

    def _note(self, token: OperatorToken, now: datetime) -> None:
        """Have the use written down, beside the request, if the last one is long ago."""
        last = self._noted.get(token.id, token.last_used_at)
        if last is not None and now - last < COARSE:
            return
        # Also when writing fails: a database that is busy is not asked again at every use.
        self._noted[token.id] = now
        task = asyncio.get_running_loop().create_task(self._write_down(_Use(token.id, now)))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _write_down(self, use: _Use) -> None:
        try:
            await self._write(_touch, use, lane=use.id)
        except Exception as error:  # noqa: BLE001  # a use that is not noted harms nobody
            log.warning("use_of_a_token_not_noted error=%s", type(error).__name__)


def _by_hash(store: ReadStore, hashes: Sequence[str]) -> Sequence[OperatorToken | None]:
    found = store.tokens.by_hashes(hashes)
    return [found.get(one) for one in hashes]


@one_by_one
def _touch(store: Store, use: _Use) -> None:
    store.tokens.touch(use.id, at=use.at, unless_since=use.at - COARSE)

"""Password hashes: argon2id, made beside the event loop and a few at a time."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from xrpc_invites.xrpc.errors import unavailable

T = TypeVar("T")

MAX_WAITING = 256
"""Passwords in hand at one time; at 25 ms each a longer queue helps nobody."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's first choice for argon2id: 19 MiB, two passes, one lane."""

_NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
"""A hash that no password has, so that an unknown account costs what a known one does."""


class Argon2Passwords:
    """Hashes and verifies. See `accounts.ports.Passwords`."""

    def __init__(self, threads: int | None = None, *, waiting: int = MAX_WAITING) -> None:
        """As many threads as processors, unless told otherwise."""
        count = threads or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="password")
        self._max_waiting = waiting
        self._waiting = 0

    async def hash(self, password: str, /) -> str:
        return await self._beside(lambda: _HASHER.hash(password))

    async def verify(self, password_hash: str | None, password: str, /) -> bool:
        right = await self._beside(lambda: _is_right(password_hash or _NOBODYS, password))
        return right and password_hash is not None

    def close(self) -> None:
        """Finish what is being hashed, then stop."""
        self._threads.shutdown()

    async def _beside(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._max_waiting:
            raise unavailable("Too many passwords to check; try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _is_right(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, ValueError):
        # A ValueError is a stored hash that is none: nobody can sign in with it.
        return False

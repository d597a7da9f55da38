"""Counts requests in a Redis or Valkey server, for many processes together."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

from limits.aio.storage import RedisStorage
from limits.errors import StorageError

from xrpc_invites.web.counters import Count, Counters, Fallback, Memory, StoreAway

_PATIENCE = 0.5
"""Seconds: a server that needs longer is as good as gone."""

_CONNECTIONS = 50
_SCHEMES = {
    "redis": "redis",
    "rediss": "rediss",
    "redis+unix": "unix",
    "valkey": "redis",
    "valkeys": "rediss",
    "valkey+unix": "unix",
}
"""The two servers speak one protocol, so one client serves both."""


class RedisCounters:
    """Counts in a server that many processes ask."""

    def __init__(self, url: str) -> None:
        """Connects when it is first asked.

        Raises:
            ValueError: The URL cannot be read, or the client is not installed.
        """
        self._pool = _pool(url)
        options: dict[str, Any] = {  # the library's own type leaves the pool out
            "implementation": "redispy",
            "wrap_exceptions": True,
            "key_prefix": "xrpc-invites",
            "connection_pool": self._pool,
        }
        self._storage = RedisStorage("redis://", **options)

    async def add(self, key: str, seconds: int, /) -> Count:
        """See `Counters.add`. Raises StoreAway."""
        return await _soon(self._add(key, seconds))

    async def count(self, key: str, /) -> Count:
        """See `Counters.count`. Raises StoreAway."""
        return await _soon(self._count(key))

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def _add(self, key: str, seconds: int) -> Count:
        used = await self._storage.incr(key, seconds)
        return Count(used, await self._left(key))

    async def _count(self, key: str) -> Count:
        used = await self._storage.get(key)
        return Count(used, await self._left(key) if used else 0)

    async def _left(self, key: str) -> float:
        return await self._storage.get_expiry(key) - time.time()


def counters(url: str) -> Counters:
    """The store at a URL.

    Raises:
        ValueError: It cannot be used; says what to change.
    """
    return Memory() if url.startswith("memory://") else Fallback(RedisCounters(url))


async def _soon(asked: Awaitable[Count]) -> Count:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await asked
    except StorageError as error:
        raise StoreAway(type(error.__cause__).__name__) from None
    except Exception as error:  # noqa: BLE001  # no fault of a store is a request's
        # Only the kind: a store's own messages may repeat what it was sent.
        raise StoreAway(type(error).__name__) from None


def _pool(url: str) -> Any:  # noqa: ANN401  # the client's own type, where it is installed
    scheme, _, rest = url.partition("://")
    if scheme not in _SCHEMES:
        raise ValueError(f"must begin with one of memory, {', '.join(_SCHEMES)}")
    try:
        from redis.asyncio import BlockingConnectionPool  # noqa: PLC0415  # an extra
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415
    except ImportError:
        raise ValueError(f"{scheme} needs: pip install 'xrpc-invites[redis]'") from None
    try:
        return BlockingConnectionPool.from_url(
            f"{_SCHEMES[scheme]}://{rest}",
            max_connections=_CONNECTIONS,
            timeout=None,  # whoever asks waits no longer than he is willing to
            retry=Retry(NoBackoff(), 1),  # the server may have closed an idle connection
        )
    except ValueError:
        # The cause repeats the URL, and the URL has a password.
        raise ValueError(
            "cannot be read: write redis://:password@host:6379/0, with a password's special"
            " characters as %40"
        ) from None

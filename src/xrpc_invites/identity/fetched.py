"""What is asked of hosts that nobody here has chosen, and what they answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


class FetchFailed(Exception):
    """There is no document, or none that may be had; the text is for logs and names no host."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a host answered."""

    status: int
    body: bytes


class Fetches(Protocol):
    """Requests with bounds on time, size and redirects. See `identity.fetching.Fetcher`."""

    async def get(self, url: str) -> Fetched:
        """The answer, whatever its status.

        Raises:
            FetchFailed: No answer came, in time and within bounds.
        """
        ...

    async def post(self, url: str, body: Mapping[str, object]) -> Fetched:
        """The answer to JSON, whatever its status; a redirect is one. Raises like `get`."""
        ...

    async def close(self) -> None: ...


class Later:
    """Makes who fetches when somebody is asked for the first time.

    What it takes for that costs a start a tenth of a second and 10 MB, and most servers never
    ask anybody.
    """

    def __init__(self, make: Callable[[], Fetches]) -> None:
        self._make = make
        self._made: Fetches | None = None

    async def get(self, url: str) -> Fetched:
        return await self._fetcher().get(url)

    async def post(self, url: str, body: Mapping[str, object]) -> Fetched:
        return await self._fetcher().post(url, body)

    async def close(self) -> None:
        if self._made is not None:
            await self._made.close()

    def _fetcher(self) -> Fetches:
        made = self._made
        if made is None:
            made = self._made = self._make()
        return made

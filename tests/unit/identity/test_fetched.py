"""Who asks others is made when somebody is asked."""

from collections.abc import Mapping

import pytest

from xrpc_invites.identity.fetched import Fetched, Later

pytestmark = pytest.mark.anyio


class Fetcher:
    """Answers with what it was asked."""

    def __init__(self, made: list["Fetcher"]) -> None:
        self.closed = False
        made.append(self)

    async def get(self, url: str) -> Fetched:
        return Fetched(200, url.encode())

    async def post(self, url: str, body: Mapping[str, object]) -> Fetched:
        return Fetched(201, f"{url} {dict(body)}".encode())

    async def close(self) -> None:
        self.closed = True


async def test_one_is_made_and_only_when_somebody_asks() -> None:
    made: list[Fetcher] = []
    later = Later(lambda: Fetcher(made))
    assert made == []

    assert await later.get("a") == Fetched(200, b"a")
    assert await later.post("b", {"c": 1}) == Fetched(201, b"b {'c': 1}")

    assert len(made) == 1
    await later.close()
    assert made[0].closed


async def test_nothing_is_made_to_be_closed() -> None:
    made: list[Fetcher] = []

    await Later(lambda: Fetcher(made)).close()

    assert made == []

"""Behind pgbouncer in transaction mode each transaction may be on another connection."""

import asyncio
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import URL

from tests.poolers import pooled
from tests.postgres import Postgres
from tests.storage.books import NOON, code
from xrpc_invites.app import shipped
from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.status import Attempt
from xrpc_invites.storage import schema
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.schema import Standing
from xrpc_invites.storage.store import SqlReadStore, SqlStore

pytestmark = pytest.mark.anyio

CONNECTIONS = 3
"""Fewer than two servers have lanes and readers, so that they share them all the time."""
RIVALS, USES = 120, 40
MIGRATIONS = shipped("migrations")


@one_by_one
def add(store: SqlStore, made: InviteCode) -> None:
    store.codes.add([made])


@one_by_one
def claim(store: SqlStore, asked: tuple[str, str]) -> bool:
    key, did = asked
    return store.codes.claim(key, Attempt(NOON), did=did)


def found(key: str, store: SqlReadStore) -> InviteCode | None:
    return store.codes.find(key)


@pytest.fixture
def pooled_url(postgres_url: URL) -> Generator[URL]:
    """A database behind a pooler."""
    with pooled(postgres_url, connections=CONNECTIONS) as url:
        yield url


async def test_a_crowd_has_the_uses_of_its_codes(pooled_url: URL) -> None:
    keys = [f"code{name}" for name in "abcdefgh"]
    async with Database(pooled_url) as one, Database(pooled_url) as two:
        for key in keys:
            await one.write(add, code(key, available=USES // len(keys)))
        admitted = await asyncio.gather(
            *(
                (one, two)[number % 2].write(claim, (key, f"did:web:{number}.test"), lane=key)
                for number in range(RIVALS // len(keys))
                for key in keys
            )
        )
        seen = await asyncio.gather(
            *(
                (one, two)[number % 2].read(partial(found, key))
                for number in range(20)
                for key in keys
            )
        )

    assert admitted.count(True) == USES
    assert {one and one.use_count for one in seen} == {USES // len(keys)}


def test_of_many_that_migrate_at_once_one_does_the_work(postgres_server: Postgres) -> None:
    with (
        pooled(postgres_server.create(), connections=20) as url,
        ThreadPoolExecutor(8) as replicas,
    ):
        list(replicas.map(lambda _: schema.migrate(url, MIGRATIONS), range(8)))

        assert schema.standing(url, MIGRATIONS) is Standing.CURRENT

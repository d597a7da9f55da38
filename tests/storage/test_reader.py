"""Queries that read much end with the server that asked them."""

import asyncio
from threading import Event

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlReadStore

pytestmark = pytest.mark.anyio

ENDLESS = text(
    "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT 3 - n FROM number)"
    " SELECT count(*) FROM number"
)


async def test_a_scan_is_broken_off_when_the_server_stops(database: Database) -> None:
    begun = Event()

    def count(store: SqlReadStore) -> None:
        begun.set()
        store.codes._connection.execute(ENDLESS)

    scan = asyncio.create_task(database.read(count, scan=True))
    await asyncio.to_thread(begun.wait)
    while not scan.done():
        # A server is told as often as it takes: it may not have begun yet.
        database.read.end_scans()
        await asyncio.wait([scan], timeout=0.01)

    with pytest.raises((DBAPIError, StoreBusyError)):
        await scan
    with pytest.raises(StoreBusyError):
        await database.read(count, scan=True)

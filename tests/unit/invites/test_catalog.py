"""Looking at codes: what is asked of a store, and how."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from xrpc_invites.invites.catalog import Catalog
from xrpc_invites.invites.paging import Sort
from xrpc_invites.invites.search import Search

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_a_search_holds_nobody_up_however_much_it_reads() -> None:
    scans: list[bool] = []

    async def read(_query: Callable[[Any], Any], /, *, scan: bool = False) -> Any:
        scans.append(scan)
        return []

    catalog = Catalog(read, now=lambda: NOON)
    await catalog.search(Search(text="spring"), sort=Sort.RECENT, after=None, limit=100)

    assert scans == [True]

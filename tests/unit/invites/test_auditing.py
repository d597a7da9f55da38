"""Listing the audit log: how it is asked of a store."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from xrpc_invites.invites.audit import EntryFilter
from xrpc_invites.invites.auditing import Auditing

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_a_list_of_entries_holds_nobody_up_however_much_it_reads() -> None:
    scans: list[bool] = []

    async def read(_query: Callable[[Any], Any], /, *, scan: bool = False) -> Any:
        scans.append(scan)
        return []

    async def write(*_asked: object, **_options: object) -> Any:
        raise AssertionError

    auditing = Auditing(read, write, now=lambda: NOON, key=b"a key", holder="one")
    await auditing.page(EntryFilter(actor="admin", action="rare"), before=None, limit=100)

    assert scans == [True]

"""A server archives what has had its time while it goes on serving, on both databases."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from tests.conftest import Serve
from tests.servers import ADMIN, Served, settings_of
from tests.storage.books import entry
from xrpc_invites.app.use_cases import auditing
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.retention import BATCH
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

VERIFY = "org.xrpcinvites.verifyAudit"
OLD = 2 * BATCH + 50
"""Entries that are months old: three rounds."""


@pytest.fixture
async def _old(url: URL, database: Database, tmp_path: Path) -> None:
    @one_by_one
    def add(store: SqlStore, numbers: range) -> None:
        store.audit.add([entry(number) for number in numbers])

    await database.write(add, range(OLD))
    sealer = auditing(settings_of(url, tmp_path), database)
    while await sealer.seal():
        pass


@pytest.mark.usefixtures("_old")
async def test_writers_go_on_while_a_server_archives(serve: Serve, tmp_path: Path) -> None:
    server = await serve(keep_audit="P1D", keep_redemptions="P1D", keep_mails="P1D")
    codes: list[str] = []
    seen = [verdict async for verdict in verdicts_meanwhile(server, codes)]

    assert [verdict["ok"] for verdict in seen] == [True] * len(seen)
    assert {verdict["checkpoint"]["seq"] for verdict in seen if "checkpoint" in verdict} <= {
        BATCH,
        2 * BATCH,
        OLD,
    }
    listed = await server.get("com.atproto.admin.getInviteCodes?limit=500", auth=ADMIN)
    assert {one["code"] for one in listed.json()["codes"]} >= set(codes[-400:])
    assert archived(tmp_path / "archive") == OLD


def archived(folder: Path) -> int:
    """How many lines were archived."""
    return sum(len(file.read_text().splitlines()) for file in folder.glob("*.jsonl"))


async def verdicts_meanwhile(server: Served, codes: list[str]) -> AsyncGenerator[dict[str, Any]]:
    """What verification says while codes are made, until all that is old was archived."""
    while True:
        codes += await asyncio.gather(*(server.code() for _ in range(8)))
        verdict = (await server.get(VERIFY, auth=ADMIN)).json()
        yield verdict
        if verdict.get("checkpoint", {}).get("seq") == OLD:
            return


@pytest.mark.usefixtures("_old")
async def test_what_has_no_age_is_kept(serve: Serve, tmp_path: Path) -> None:
    server = await serve(keep_redemptions="P1D")

    verdict = (await server.get(VERIFY, auth=ADMIN)).json()

    assert verdict == {"ok": True, "sealed": OLD, "unsealed": 0}
    assert not (tmp_path / "archive").exists()

"""Real processes, killed while they write: what was acknowledged is there afterwards."""

import asyncio
import sqlite3
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from tests.processes import SECRETS, ServerProcess, serving
from tests.servers import ADMIN

pytestmark = pytest.mark.anyio

CREATE = "/xrpc/com.atproto.server.createInviteCode"
SIGN_UP = "/xrpc/com.atproto.server.createAccount"
BEFORE_THE_KILL = 300
"""Codes acknowledged before the server is killed in the middle of more."""


class Load:
    """Clients that create codes, and sign up with every tenth, until the server is gone."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self.codes: set[str] = set()
        self.used: dict[str, str] = {}
        self.enough = asyncio.Event()

    async def run(self, clients: int) -> None:
        """Go on until nobody answers any more."""
        async with httpx.AsyncClient(base_url=self._server.url, timeout=30) as client:
            await asyncio.gather(*(self._create(client, number) for number in range(clients)))

    async def _create(self, client: httpx.AsyncClient, number: int) -> None:
        made = 0
        try:
            while True:
                answer = await client.post(CREATE, json={"useCount": 1}, auth=ADMIN)
                code = answer.raise_for_status().json()["code"]
                self.codes.add(code)
                made += 1
                if made % 10 == 0:
                    await self._sign_up(client, code, f"u{number}x{made}")
                if len(self.codes) >= BEFORE_THE_KILL:
                    self.enough.set()
        except httpx.TransportError:
            self.enough.set()

    async def _sign_up(self, client: httpx.AsyncClient, code: str, name: str) -> None:
        body = {"handle": f"{name}.test", "email": f"{name}@mail.test", "inviteCode": code}
        answer = await client.post(SIGN_UP, json=body)
        self.used[code] = answer.raise_for_status().json()["did"]


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_after_kill_9_every_acknowledged_write_is_there(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, "--workers", workers, **SECRETS) as server:
        load = Load(server)
        running = asyncio.create_task(load.run(clients=16))
        await load.enough.wait()
        server.kill()
        await running

    with serving(tmp_path, **SECRETS):
        database = sqlite3.connect(tmp_path / "data" / "invites.db")
        stored = {code for (code,) in database.execute("SELECT code FROM invite_code")}
        uses = dict(
            database.execute(
                "SELECT code, used_by FROM invite_code_use JOIN invite_code USING (code_key)"
            )
        )
        differing = database.execute(
            "SELECT code_key FROM invite_code c WHERE use_count <> "
            "(SELECT count(*) FROM invite_code_use u WHERE u.code_key = c.code_key)"
        ).fetchall()
        joined = {did for (did,) in database.execute("SELECT did FROM account")}
        integrity = database.execute("PRAGMA integrity_check").fetchall()
        database.close()

    assert len(load.codes) >= BEFORE_THE_KILL
    assert load.codes <= stored
    assert load.used.items() <= uses.items()
    assert set(uses.values()) == joined
    assert differing == []
    assert integrity == [("ok",)]


async def test_two_workers_admit_exactly_as_many_as_a_code_allows(tmp_path: Path, url: URL) -> None:
    settings = {**SECRETS, "INVITES_DATABASE_URL": url.render_as_string(hide_password=False)}
    with serving(tmp_path, "--workers", "2", **settings) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
            made = await client.post(CREATE, json={"useCount": 3}, auth=ADMIN)
            code = made.json()["code"]

            async def sign_up(name: str) -> httpx.Response:
                body = {
                    "handle": f"{name}.test",
                    "email": f"{name}@mail.test",
                    "password": "pw",
                    "inviteCode": code,
                }
                # A connection of its own, so that both workers get their share.
                async with httpx.AsyncClient(base_url=server.url, timeout=60) as rival:
                    return await rival.post(SIGN_UP, json=body)

            answers = await asyncio.gather(*(sign_up(f"rival{n}") for n in range(50)))

    assert sum(answer.status_code == 200 for answer in answers) == 3
    errors = [answer.json()["error"] for answer in answers if answer.status_code != 200]
    assert errors == ["InvalidInviteCode"] * 47

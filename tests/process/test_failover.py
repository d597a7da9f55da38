"""The primary dies while a crowd redeems through two replicas, and its standby takes over."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests import clusters
from tests.processes import SECRETS, serving
from tests.servers import ADMIN, Served, bearer
from xrpc_invites.app import shipped
from xrpc_invites.storage import schema

pytestmark = pytest.mark.anyio

CLIENTS, CODES, USES = 32, 12, 40
BEFORE_THE_KILL = 100
BUSY = 503


@dataclass
class Crowd:
    """Clients that redeem, each for one DID after another, and ask again when told to."""

    codes: list[str]
    token: str
    admitted: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    busy: list[httpx.Response] = field(default_factory=list)
    odd: list[httpx.Response] = field(default_factory=list)
    dead: asyncio.Event = field(default_factory=asyncio.Event)

    async def redeem(self, server: Served, number: int) -> None:
        """Until there is nothing left to redeem."""
        for turn in range(CODES * USES):
            code = self.codes[(number + turn) % CODES]
            await self._ask(server, code, f"did:web:client{number}.turn{turn}.test")
            if len(self.admitted) >= BEFORE_THE_KILL:
                self.dead.set()
            if len(self.admitted) == CODES * USES:
                return

    async def _ask(self, server: Served, code: str, did: str) -> None:
        body = {"code": code, "did": did}
        while True:
            answer = await server.post(
                "org.xrpcinvites.redeemCode", body, headers=bearer(self.token)
            )
            if answer.status_code != BUSY:
                break
            self.busy.append(answer)
        if answer.status_code == 200:
            self.admitted[did] = code
        elif answer.json().get("error") == "InvalidInviteCode":
            self.refused.add(did)
        else:
            self.odd.append(answer)


async def test_no_acknowledged_use_is_lost_when_the_primary_is(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        cluster = stack.enter_context(clusters.running())
        schema.migrate(cluster.url(), shipped("migrations"))
        url = cluster.url().render_as_string(hide_password=False)
        settings = {**SECRETS, "INVITES_DATABASE_URL": url}
        processes = [stack.enter_context(serving(tmp_path, **settings)) for _ in range(2)]
        one, two = [
            Served(
                await stack.enter_async_context(httpx.AsyncClient(base_url=process.url, timeout=60))
            )
            for process in processes
        ]
        codes = [await one.code(uses=USES) for _ in range(CODES)]
        crowd = Crowd(codes, await one.token("app"))

        async with asyncio.TaskGroup() as clients:
            for number in range(CLIENTS):
                clients.create_task(crowd.redeem((one, two)[number % 2], number))
            await crowd.dead.wait()
            await asyncio.to_thread(cluster.kill_primary)
            meanwhile = await two.get("com.atproto.admin.getInviteCodes", auth=ADMIN)
            await asyncio.to_thread(cluster.promote_standby)

        used: dict[str, str] = {}
        for code in codes:
            params = {"code": code, "limit": 1_000}
            answer = await two.get("org.xrpcinvites.getCode", params=params, auth=ADMIN)
            seen = answer.json()
            assert seen["code"]["useCount"] == len(seen["uses"]) == USES
            used |= {use["usedBy"]: code for use in seen["uses"]}

    assert crowd.odd == []
    assert crowd.admitted == used
    assert not crowd.refused & used.keys()
    assert meanwhile.status_code == BUSY
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in [meanwhile, *crowd.busy])

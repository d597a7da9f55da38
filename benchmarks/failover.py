"""How long a service is away when its PostgreSQL primary is killed and the standby promoted.

`make bench` runs it. Two replicas over a primary and a synchronous standby, and clients that redeem
all the time; the clock starts before the primary is killed, the standby is promoted at once, and
the clock stops when both replicas have redeemed again, without a restart.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from tests import clusters
from tests.processes import SECRETS, serving
from tests.servers import Served, bearer
from xrpc_invites.app import shipped
from xrpc_invites.storage import schema

ROUNDS, CLIENTS, USES = 5, 32, 1_000_000
WARM = 200
"""Redemptions before the primary dies."""


class Crowd:
    """Clients of one server, and how often they were let in."""

    def __init__(self, server: Served, code: str, token: str) -> None:
        self._server = server
        self._code = code
        self._headers = bearer(token)
        self._news = asyncio.Event()
        self.redeemed = 0
        self.done = False

    async def redeem(self, name: str) -> None:
        """Redeem until all is done."""
        turn = 0
        while not self.done:
            body = {"code": self._code, "did": f"did:web:{name}.turn{turn}.test"}
            answer = await self._server.post(
                "org.xrpcinvites.redeemCode", body, headers=self._headers
            )
            if answer.status_code == httpx.codes.OK:
                self.redeemed += 1
                self._news.set()
                turn += 1
            else:
                await asyncio.sleep(0.05)

    async def until(self, number: int) -> None:
        """Wait for so many redemptions."""
        while self.redeemed < number:
            self._news.clear()
            await self._news.wait()


async def away(folder: Path) -> tuple[float, float]:
    """Seconds until the standby is promoted, and until both replicas have redeemed again."""
    async with AsyncExitStack() as stack:
        cluster = stack.enter_context(clusters.running())
        schema.migrate(cluster.url(), shipped("migrations"))
        url = cluster.url().render_as_string(hide_password=False)
        settings = {**SECRETS, "INVITES_DATABASE_URL": url}
        servers = []
        for _ in range(2):
            process = stack.enter_context(serving(folder, **settings))
            client = httpx.AsyncClient(base_url=process.url, timeout=60)
            servers.append(Served(await stack.enter_async_context(client)))
        code, token = await servers[0].code(uses=USES), await servers[0].token("app")
        crowds = [Crowd(server, code, token) for server in servers]
        async with asyncio.TaskGroup() as clients:
            for number in range(CLIENTS):
                crowd = crowds[number % 2]
                clients.create_task(crowd.redeem(f"client{number}"))
            await asyncio.gather(*(crowd.until(WARM) for crowd in crowds))
            began = time.perf_counter()
            await asyncio.to_thread(cluster.kill_primary)
            before = [crowd.redeemed for crowd in crowds]
            await asyncio.to_thread(cluster.promote_standby)
            promoted = time.perf_counter() - began
            await asyncio.gather(
                *(crowd.until(n + 1) for crowd, n in zip(crowds, before, strict=True))
            )
            back = time.perf_counter() - began
            for crowd in crowds:
                crowd.done = True
    return promoted, back


def main() -> None:
    """Measure, and print a row for each."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = [asyncio.run(away(Path(folder))) for _ in range(ROUNDS)]
    out = ["| a primary is killed | median | slowest |", "|---|---|---|"]
    for name, times in zip(
        ("until the standby is promoted", "until both replicas redeem again"),
        zip(*rounds, strict=True),
        strict=True,
    ):
        out.append(f"| {name} | {statistics.median(times):.2f} s | {max(times):.2f} s |")
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()

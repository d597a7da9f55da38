"""A crowd redeems one code through real processes; many walk off, and a process is killed.

A seeded plan says who leaves and where. The rest is a race: whatever its order, the uses are
those of the code, and what a client was told is so.
"""

import asyncio
import os
import random
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import URL

from tests.conftest import Serve
from tests.processes import SECRETS, ServerProcess, serving
from tests.servers import ADMIN, Served
from xrpc_invites.client import InvalidInviteCode, InvitesClient, Patience

pytestmark = pytest.mark.anyio

RIVALS, USES = 1_000, 100
ADMITTED_BEFORE_THE_KILL = 20
LATER = timedelta(hours=1)
"""How far a clock must be moved for all leases to have ended."""
CONNECTIONS = httpx.Limits(max_connections=64)
UNHURRIED = Patience(tries=10, timeout=120)


class Plan(StrEnum):
    """What somebody does who may have a use."""

    STAY = "stay"
    """Joins, and stays till the answer."""
    WALK_OFF = "walk-off"
    """Gets a use and is not heard of again."""
    CHANGE_OF_MIND = "change-of-mind"
    """Gets a use, and then does not join."""
    CUT_OFF = "cut-off"
    """Is cancelled at some moment, while asking or while waiting for an answer."""


@dataclass
class Rival:
    """Somebody who wants to join."""

    did: str
    plan: Plan
    leaves_at: int
    """After so many answers to the crowd."""
    told: str = ""
    """The last answer: `completed`, `released` or `refused`."""
    completing: bool = False
    """Whether completion was asked for."""

    @property
    def is_cut_off(self) -> bool:
        return self.plan is Plan.CUT_OFF

    async def join(self, invites: InvitesClient, code: str) -> None:
        """Try once, step by step."""
        try:
            held = await invites.reserve(code)
            if self.plan is Plan.CHANGE_OF_MIND:
                await invites.release(held.id)
                self.told = "released"
            elif self.plan is not Plan.WALK_OFF:
                self.completing = True
                await invites.complete(held.id, self.did)
                self.told = "completed"
        except InvalidInviteCode:
            self.told = "refused"

    async def join_in_a_block(self, invites: InvitesClient, code: str) -> None:
        """Try once, and stay."""
        try:
            async with invites.redeeming(code) as seat:
                seat.complete(self.did)
            self.told = "completed"
        except InvalidInviteCode:
            self.told = "refused"


Join = Callable[[Rival, InvitesClient, str], Coroutine[Any, Any, None]]


def crowd(seed: int) -> list[Rival]:
    """A thousand people, of whom a third leaves."""
    drawn = random.Random(seed)  # noqa: S311  # the same crowd each time
    leaving = [Plan.WALK_OFF, Plan.CHANGE_OF_MIND, Plan.CUT_OFF]
    plans = [drawn.choice(leaving) for _ in range(RIVALS // 3)]
    plans += [Plan.STAY] * (RIVALS - len(plans))
    drawn.shuffle(plans)
    return [
        Rival(f"did:web:rival{number}.example", plan, drawn.randrange(RIVALS))
        for number, plan in enumerate(plans)
    ]


class Answers(httpx.AsyncBaseTransport):
    """The connections that the crowd shares; tells of each answer as it comes."""

    def __init__(self, inner: httpx.AsyncBaseTransport, heard: Callable[[int, str], None]) -> None:
        self._inner = inner
        self._heard = heard
        self._count = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        self._count += 1
        self._heard(self._count, request.url.path)
        return answer


@dataclass(frozen=True)
class Scene:
    """A code, and by what right an app asks for its uses."""

    code: str
    token: str

    async def rush(
        self,
        server: Served,
        rivals: Sequence[Rival],
        join: Join,
        admitted: Callable[[int], object] = lambda _count: None,
    ) -> None:
        """Let them all try at once, cut off those whose time has come, and count who got in."""
        leaving = {one.leaves_at: number for number, one in enumerate(rivals) if one.is_cut_off}
        completions = 0

        def heard(count: int, path: str) -> None:
            nonlocal completions
            if count in leaving:
                tasks[leaving[count]].cancel()
            if path.endswith("completeRedemption"):
                completions += 1
                admitted(completions)

        answers = Answers(server.client._transport, heard)
        url = str(server.client.base_url)
        async with InvitesClient(url, self.token, transport=answers, patience=UNHURRIED) as client:
            tasks = [asyncio.create_task(join(one, client, self.code)) for one in rivals]
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [one for one in ended if isinstance(one, Exception)] == []

    async def uses(self, server: Served) -> tuple[int, int, set[str]]:
        """Uses that are made and that are held, and who has one."""
        params = {"code": self.code, "limit": RIVALS}
        answer = await server.get("org.xrpcinvites.getCode", params=params, auth=ADMIN)
        said = answer.raise_for_status().json()
        used = [use["usedBy"] for use in said["uses"]]
        assert len(used) == len(set(used))
        return said["code"]["useCount"], said["code"]["reservedCount"], set(used)

    async def access(self, server: Served, dids: set[str]) -> set[str]:
        """Who of them may come in."""
        url, transport = str(server.client.base_url), server.client._transport
        client = InvitesClient(url, self.token, transport=transport)
        return {grant.did for grant in await client.check_access(dids)}


async def scene(server: Served) -> Scene:
    """A new code of a hundred uses."""
    asked = {"available": USES}
    made = await server.post("org.xrpcinvites.createCodes", asked, auth=ADMIN)
    return Scene(made.json()["codes"][0]["code"], await server.token("app"))


def workers(server: ServerProcess) -> list[int]:
    """The processes that answer for a server."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


async def first_rush(
    folder: Path, url: URL, rivals: Sequence[Rival], *, kill: bool
) -> tuple[Scene, int, int]:
    """The whole crowd before two worker processes: the scene, and uses made and held then."""
    settings = {**SECRETS, "INVITES_DATABASE_URL": url.render_as_string(hide_password=False)}
    settings["INVITES_WRITER_LANES"] = "4"  # nothing on a file
    with serving(folder, "--workers", "2", **settings) as process:

        def admitted(count: int) -> None:
            if kill and count == ADMITTED_BEFORE_THE_KILL:
                os.kill(workers(process)[0], signal.SIGKILL)

        transport = httpx.AsyncHTTPTransport(limits=CONNECTIONS)
        async with httpx.AsyncClient(
            base_url=process.url, transport=transport, timeout=120
        ) as client:
            server = Served(client)
            made = await scene(server)
            await made.rush(server, rivals, Rival.join, admitted)
            used, held, _ = await made.uses(server)
    return made, used, held


@pytest.mark.parametrize("kill", [False, True], ids=["undisturbed", "killed"])
async def test_a_crowd_has_the_uses_of_a_code_and_the_truth(
    tmp_path: Path, url: URL, serve: Serve, *, kill: bool
) -> None:
    rivals = crowd(seed=20_260)

    made, used, held = await first_rush(tmp_path, url, rivals, kill=kill)
    later = await serve(clock_offset=LATER)
    used_by_then, held_by_then, _ = await made.uses(later)
    refused = [one for one in rivals if one.told == "refused" and one.plan is Plan.STAY]
    await made.rush(later, refused, Rival.join_in_a_block)

    assert used + held <= USES
    # Else the kill, the end of leases and giving back would not have been seen.
    assert used >= ADMITTED_BEFORE_THE_KILL
    assert held > 0
    assert {one.told for one in rivals} == {"completed", "released", "refused", ""}
    assert (used_by_then, held_by_then) == (used, 0)
    used, held, joined = await made.uses(later)
    assert (used, held, len(joined)) == (USES, 0, USES)
    completed = {one.did for one in rivals if one.told == "completed"}
    assert completed <= joined
    assert await made.access(later, completed) == completed
    assert not joined & {one.did for one in rivals if one.told == "refused"}
    assert joined - completed <= {one.did for one in rivals if one.completing and not one.told}

"""Codes that an account earns as time passes, created when it asks for its codes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, Served, bearer

pytestmark = pytest.mark.anyio

OWN = "com.atproto.server.getAccountInviteCodes"
DAY = timedelta(days=1)


async def own(server: Served, tokens: dict[str, Any], **params: str) -> list[dict[str, Any]]:
    answer = await server.get(OWN, params=params, headers=bearer(tokens["accessJwt"]))
    assert answer.status_code == 200, answer.text
    codes: list[dict[str, Any]] = answer.json()["codes"]
    return codes


async def later(serve: Serve, days: float, **changed: object) -> tuple[Served, dict[str, Any]]:
    """A server on which an account joined some days ago, and a session of that account."""
    before = await serve(interval=DAY, **changed)
    await before.account("ada")
    server = await serve(interval=DAY, clock_offset=DAY * days, **changed)
    login = {"identifier": "ada.test", "password": "a good password"}
    tokens = (await server.post("com.atproto.server.createSession", login)).json()
    return server, tokens


async def test_a_new_account_has_earned_nothing(serve: Serve) -> None:
    server, tokens = await later(serve, 0)

    assert await own(server, tokens) == []


async def test_an_interval_earns_a_code(serve: Serve) -> None:
    server, tokens = await later(serve, 2.5)

    codes = await own(server, tokens)

    assert len(codes) == 2
    for code in codes:
        assert (code["available"], code["forAccount"], code["createdBy"]) == (
            1,
            tokens["did"],
            tokens["did"],
        )
    assert await own(server, tokens) == codes


async def test_no_more_than_five_are_open(serve: Serve) -> None:
    server, tokens = await later(serve, 30)
    codes = await own(server, tokens)
    await server.sign_up("bea", codes[0]["code"])

    assert len(codes) == 5
    assert len(await own(server, tokens)) == 6
    assert len(await own(server, tokens, includeUsed="false")) == 5


async def test_nothing_is_created_when_it_is_not_asked(serve: Serve) -> None:
    server, tokens = await later(serve, 3)

    assert await own(server, tokens, createAvailable="false") == []
    assert await server.listed() != []  # the code that brought the account
    assert len(await own(server, tokens)) == 3


async def test_rivals_are_given_the_same_codes(serve: Serve) -> None:
    server, tokens = await later(serve, 4)

    lists = await asyncio.gather(*(own(server, tokens) for _ in range(10)))

    assert len(lists[0]) == 4
    assert all(codes == lists[0] for codes in lists)


async def test_rivals_of_two_replicas_are_given_the_same_codes(serve: Serve) -> None:
    server, tokens = await later(serve, 4)
    replica = await serve(interval=DAY, clock_offset=DAY * 4)

    lists = await asyncio.gather(
        *(own(one, tokens) for _ in range(10) for one in (server, replica))
    )

    assert len(lists[0]) == 4
    assert all(codes == lists[0] for codes in lists)


async def test_codes_earned_while_invites_are_disabled_are_spent(serve: Serve) -> None:
    server, tokens = await later(serve, 3)
    account = {"account": tokens["did"]}
    await server.post("com.atproto.admin.disableAccountInvites", account, auth=ADMIN)

    assert await own(server, tokens) == []
    await server.post("com.atproto.admin.enableAccountInvites", account, auth=ADMIN)
    assert await own(server, tokens) == []
    assert sum(code["disabled"] for code in await server.listed()) == 3


async def test_codes_given_by_an_operator_are_listed_first_come_first(serve: Serve) -> None:
    server, tokens = await later(serve, 1)
    given = await server.code(owner=tokens["did"])

    codes = await own(server, tokens)

    assert [code["createdBy"] for code in codes] == ["admin", tokens["did"]]
    assert codes[0]["code"] == given


async def test_nothing_is_earned_where_no_code_is_required(serve: Serve) -> None:
    server, tokens = await later(serve, 3, required=False)

    assert await own(server, tokens) == []


async def test_a_life_before_the_epoch_earns_nothing(serve: Serve) -> None:
    server, tokens = await later(serve, 3, epoch="2999-01-01")

    assert await own(server, tokens) == []


async def test_head_creates_nothing_that_get_would_not(serve: Serve) -> None:
    server, tokens = await later(serve, 1)

    answer = await server.client.head(f"/xrpc/{OWN}", headers=bearer(tokens["accessJwt"]))

    assert (answer.status_code, answer.content) == (200, b"")

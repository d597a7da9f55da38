"""Accounts that invite people, out of their own codes, where the server lets them."""

from typing import Any

import httpx
import pytest

from tests.conftest import Serve
from tests.servers import Served, bearer, error_of

pytestmark = pytest.mark.anyio

CREATE = "org.xrpcinvites.createInvitations"
MINE = "com.atproto.server.getAccountInviteCodes"


async def invite(server: Served, session: dict[str, Any], **asked: Any) -> httpx.Response:
    body = {"invitations": [{"email": "bea@mail.test"}]} | asked
    return await server.post(CREATE, body, headers=bearer(session["accessJwt"]))


async def test_an_account_gives_its_own_code_to_a_person(serve: Serve) -> None:
    server = await serve(account_invitations=True)
    ada = await server.account("ada")
    code = await server.code(owner=ada["did"])
    rows = [{"email": "bea@mail.test", "name": "Bea"}, {"email": "cid@mail.test"}]

    answer = await invite(server, ada, invitations=rows)

    first, second = answer.json()["results"]
    assert first["invitation"]["code"] == code
    assert first["invitation"]["invitedBy"] == ada["did"]
    assert second["reason"] == "no-code"
    assert (await server.sign_up("cid", code)).status_code == 400
    assert (await server.sign_up("bea", code)).status_code == 200
    mine = (await server.get(MINE, headers=bearer(ada["accessJwt"]))).json()["codes"]
    assert [use["usedBy"] for one in mine for use in one["uses"]] == ["did:web:bea.test"]


async def test_a_dry_run_gives_nothing_away(serve: Serve) -> None:
    server = await serve(account_invitations=True)
    ada = await server.account("ada")
    await server.code(owner=ada["did"])

    for _ in range(2):
        [found] = (await invite(server, ada, dryRun=True)).json()["results"]
        assert "reason" not in found


async def test_accounts_invite_nobody_unless_the_server_lets_them(server: Served) -> None:
    answer = await invite(server, await server.account("ada"))

    assert error_of(answer) == (401, "AuthenticationRequired")


@pytest.mark.parametrize(
    "asked",
    [
        {"invitations": [{"email": "b@mail.test", "role": "admin"}]},
        {"invitations": [{"email": "b@mail.test", "tags": ["staff"]}]},
        {"available": 2},
        {"expiresAt": "2999-01-01T00:00:00Z"},
    ],
)
async def test_an_account_promises_nothing_that_only_operators_can(
    serve: Serve, asked: dict[str, Any]
) -> None:
    server = await serve(account_invitations=True)
    ada = await server.account("ada")
    await server.code(owner=ada["did"])

    assert error_of(await invite(server, ada, **asked)) == (403, "Forbidden")


async def test_operators_invite_as_before_where_accounts_may_too(serve: Serve) -> None:
    server = await serve(account_invitations=True)
    token = bearer(await server.token("issuer", name="the team"))
    body = {"invitations": [{"email": "bea@mail.test", "role": "editor"}]}

    [made] = (await server.post(CREATE, body, headers=token)).json()["results"]

    assert made["invitation"]["invitedBy"] == "the team"
    viewer = bearer(await server.token("viewer"))
    assert error_of(await server.post(CREATE, body, headers=viewer)) == (403, "Forbidden")
    assert error_of(await server.post(CREATE, body)) == (401, "AuthenticationRequired")
    assert error_of(await server.post(CREATE, body, headers=bearer("x"))) == (400, "InvalidToken")


async def test_an_account_that_is_stopped_invites_nobody(serve: Serve) -> None:
    server = await serve(account_invitations=True)
    ada = await server.account("ada")
    await server.code(owner=ada["did"])
    stop = {
        "subject": {"$type": "com.atproto.admin.defs#repoRef", "did": ada["did"]},
        "takedown": {"applied": True},
    }
    await server.post("com.atproto.admin.updateSubjectStatus", stop, auth=server.admin)

    assert error_of(await invite(server, ada)) == (401, "AccountTakedown")


async def test_an_account_whose_invites_are_disabled_has_no_code(serve: Serve) -> None:
    server = await serve(account_invitations=True)
    ada = await server.account("ada")
    code = await server.code(owner=ada["did"])
    await server.post("org.xrpcinvites.disableCodes", {"codes": [code]}, auth=server.admin)

    [found] = (await invite(server, ada)).json()["results"]

    assert found["reason"] == "no-code"

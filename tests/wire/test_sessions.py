"""Sessions: signing in, staying signed in, signing out, and tokens of every wrong kind."""

import asyncio
import json
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, Served, bearer, error_of

pytestmark = pytest.mark.anyio

CREATE = "com.atproto.server.createSession"
GET = "com.atproto.server.getSession"
REFRESH = "com.atproto.server.refreshSession"
DELETE = "com.atproto.server.deleteSession"
OWN = "com.atproto.server.getAccountInviteCodes"
PASSWORD = "a good password"


async def set_standing(server: Served, did: str, **status: object) -> None:
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": did}
    body = {"subject": subject, **status}
    answer = await server.post("com.atproto.admin.updateSubjectStatus", body, auth=ADMIN)
    assert answer.status_code == 200, answer.text


async def take_down(server: Served, did: str) -> None:
    await set_standing(server, did, takedown={"applied": True, "ref": "mod-1"})


@pytest.mark.parametrize(
    "name",
    ["ada.test", "ADA.test", "@ada.test", "ada@mail.test", "Ada@Mail.Test", "did:web:ada.test"],
)
async def test_an_account_signs_in_by_any_of_its_names(server: Served, name: str) -> None:
    await server.account("ada")

    answer = await server.post(CREATE, {"identifier": name, "password": PASSWORD})

    session = answer.json()
    assert answer.status_code == 200
    assert session.pop("accessJwt")
    assert session.pop("refreshJwt")
    assert session.pop("didDoc")["id"] == "did:web:ada.test"
    assert session == {
        "did": "did:web:ada.test",
        "handle": "ada.test",
        "email": "ada@mail.test",
        "emailConfirmed": False,
        "active": True,
    }


async def test_a_wrong_password_and_an_unknown_name_get_one_answer(server: Served) -> None:
    await server.account("ada")

    wrong = await server.post(CREATE, {"identifier": "ada.test", "password": "wrong"})
    unknown = await server.post(CREATE, {"identifier": "eve.test", "password": PASSWORD})

    assert error_of(wrong) == (401, "AuthenticationRequired")
    assert wrong.content == unknown.content


async def test_an_access_token_shows_its_account(server: Served) -> None:
    tokens = await server.account("ada")

    answer = await server.get(GET, headers=bearer(tokens["accessJwt"]))

    assert answer.status_code == 200
    assert answer.json()["did"] == tokens["did"]
    assert "accessJwt" not in answer.json()
    assert answer.headers["cache-control"] == "private"
    assert answer.headers["vary"] == "Authorization"


@pytest.mark.parametrize("nsid", [GET, OWN])
async def test_account_methods_refuse_every_other_credential(server: Served, nsid: str) -> None:
    tokens = await server.account("ada")

    answers = {
        "nothing": await server.get(nsid),
        "admin": await server.get(nsid, auth=ADMIN),
        "garbage": await server.get(nsid, headers=bearer("x.y.z")),
        "empty": await server.get(nsid, headers={"Authorization": "Bearer "}),
        "refresh": await server.get(nsid, headers=bearer(tokens["refreshJwt"])),
        "dpop": await server.get(nsid, headers={"Authorization": f"DPoP {tokens['accessJwt']}"}),
    }

    assert {name: error_of(answer) for name, answer in answers.items()} == {
        "nothing": (401, "AuthMissing"),
        "admin": (400, "InvalidToken"),
        "garbage": (400, "InvalidToken"),
        "empty": (400, "InvalidToken"),
        "refresh": (400, "InvalidToken"),
        "dpop": (400, "InvalidToken"),
    }


async def test_refresh_methods_refuse_every_other_credential(server: Served) -> None:
    tokens = await server.account("ada")

    for nsid in (REFRESH, DELETE):
        assert error_of(await server.post(nsid)) == (401, "AuthMissing")
        wrong = await server.post(nsid, headers=bearer(tokens["accessJwt"]))
        assert error_of(wrong) == (400, "InvalidToken")


async def test_an_access_token_lives_two_hours(serve: Serve) -> None:
    tokens = await (await serve()).account("ada")
    nearly = await serve(clock_offset=timedelta(minutes=119))
    late = await serve(clock_offset=timedelta(minutes=121))

    assert (await nearly.get(GET, headers=bearer(tokens["accessJwt"]))).status_code == 200
    expired = await late.get(GET, headers=bearer(tokens["accessJwt"]))

    assert error_of(expired) == (400, "ExpiredToken")


async def test_a_refresh_gives_the_next_session(server: Served) -> None:
    tokens = await server.account("ada")

    renewed = (await server.post(REFRESH, headers=bearer(tokens["refreshJwt"]))).json()

    assert renewed["refreshJwt"] != tokens["refreshJwt"]
    assert renewed["handle"] == "ada.test"
    again = await server.post(REFRESH, headers=bearer(renewed["refreshJwt"]))
    assert again.status_code == 200


async def test_rivals_with_one_token_get_one_successor(server: Served) -> None:
    token = bearer((await server.account("ada"))["refreshJwt"])

    answers = await asyncio.gather(*(server.post(REFRESH, headers=token) for _ in range(10)))

    assert len({_jti(answer.json()["refreshJwt"]) for answer in answers}) == 1


async def test_a_rotated_token_works_for_two_hours_more(serve: Serve) -> None:
    server = await serve()
    token = bearer((await server.account("ada"))["refreshJwt"])
    first = (await server.post(REFRESH, headers=token)).json()

    soon = await serve(clock_offset=timedelta(minutes=119))
    late = await serve(clock_offset=timedelta(minutes=121))

    second = (await soon.post(REFRESH, headers=token)).json()
    assert _jti(second["refreshJwt"]) == _jti(first["refreshJwt"])
    assert error_of(await late.post(REFRESH, headers=token)) == (400, "ExpiredToken")


async def test_a_refresh_token_lives_ninety_days(serve: Serve) -> None:
    tokens = await (await serve()).account("ada")
    late = await serve(clock_offset=timedelta(days=90, minutes=1))

    expired = await late.post(REFRESH, headers=bearer(tokens["refreshJwt"]))

    assert error_of(expired) == (400, "ExpiredToken")


async def test_signing_out_ends_what_came_before_and_after(server: Served) -> None:
    first = bearer((await server.account("ada"))["refreshJwt"])
    second = bearer((await server.post(REFRESH, headers=first)).json()["refreshJwt"])
    third = bearer((await server.post(REFRESH, headers=second)).json()["refreshJwt"])

    signed_out = await server.post(DELETE, headers=second)

    assert (signed_out.status_code, signed_out.content) == (200, b"")
    for token in (first, second, third):
        assert error_of(await server.post(REFRESH, headers=token)) == (400, "ExpiredToken")


async def test_signing_out_leaves_other_sessions_alone(server: Served) -> None:
    here = bearer((await server.account("ada"))["refreshJwt"])
    login = {"identifier": "ada.test", "password": PASSWORD}
    there = bearer((await server.post(CREATE, login)).json()["refreshJwt"])

    await server.post(DELETE, headers=here)

    assert (await server.post(REFRESH, headers=there)).status_code == 200


async def test_an_expired_token_may_sign_out(serve: Serve) -> None:
    tokens = await (await serve()).account("ada")
    late = await serve(clock_offset=timedelta(days=91))

    assert (await late.post(DELETE, headers=bearer(tokens["refreshJwt"]))).status_code == 200


async def test_an_account_taken_down_is_told_so(server: Served) -> None:
    tokens = await server.account("ada")
    await take_down(server, tokens["did"])
    login = {"identifier": "ada.test", "password": PASSWORD}

    answers = [
        await server.post(CREATE, login),
        await server.get(GET, headers=bearer(tokens["accessJwt"])),
        await server.get(OWN, headers=bearer(tokens["accessJwt"])),
        await server.post(REFRESH, headers=bearer(tokens["refreshJwt"])),
    ]

    assert [error_of(answer) for answer in answers] == [(401, "AccountTakedown")] * 4
    wrong = await server.post(CREATE, login | {"password": "wrong"})
    assert error_of(wrong) == (401, "AuthenticationRequired")


async def test_one_who_knows_of_the_takedown_gets_tokens_that_open_nothing(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    await take_down(server, did)
    login = {"identifier": "ada.test", "password": PASSWORD, "allowTakendown": True}

    session = (await server.post(CREATE, login)).json()

    assert (session["active"], session["status"]) == (False, "takendown")
    refused = await server.get(OWN, headers=bearer(session["accessJwt"]))
    assert error_of(refused) == (400, "InvalidToken")


async def test_a_deactivated_account_signs_in_as_such(server: Served) -> None:
    tokens = await server.account("ada")
    await set_standing(server, tokens["did"], deactivated={"applied": True})
    login = {"identifier": "ada.test", "password": PASSWORD}

    sessions = [
        await server.post(CREATE, login),
        await server.get(GET, headers=bearer(tokens["accessJwt"])),
        await server.post(REFRESH, headers=bearer(tokens["refreshJwt"])),
    ]

    for session in sessions:
        assert session.status_code == 200
        assert (session.json()["active"], session.json()["status"]) == (False, "deactivated")
    codes = await server.get(OWN, headers=bearer(tokens["accessJwt"]))
    assert error_of(codes) == (400, "NotFound")


async def test_a_deleted_accounts_tokens_are_for_nobody(server: Served) -> None:
    tokens = await server.account("ada")
    await server.post("com.atproto.admin.deleteAccount", {"did": tokens["did"]}, auth=ADMIN)

    answer = await server.get(GET, headers=bearer(tokens["accessJwt"]))
    refreshed = await server.post(REFRESH, headers=bearer(tokens["refreshJwt"]))
    login = {"identifier": "ada.test", "password": PASSWORD}

    assert error_of(answer) == (403, "AccountNotFound")
    assert error_of(refreshed) == (400, "ExpiredToken")
    assert error_of(await server.post(CREATE, login)) == (401, "AuthenticationRequired")


def _jti(token: str) -> str:
    payload = token.split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    jti: str = claims["jti"]
    return jti

"""Sign-up: exactly as many as a code admits, and nothing spent on those it does not."""

import asyncio

import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, Served, error_of

pytestmark = pytest.mark.anyio


async def test_of_fifty_rivals_for_three_uses_exactly_three_win(server: Served) -> None:
    code = await server.code(uses=3)

    answers = await asyncio.gather(*(server.sign_up(f"rival{n}", code) for n in range(50)))

    errors = [error_of(answer) for answer in answers if answer.status_code != 200]
    assert errors == [(400, "InvalidInviteCode")] * 47
    [listed] = await server.listed()
    admitted = {answer.json()["did"] for answer in answers if answer.status_code == 200}
    assert {use["usedBy"] for use in listed["uses"]} == admitted
    found = await server.get("com.atproto.admin.searchAccounts", auth=ADMIN)
    assert {account["did"] for account in found.json()["accounts"]} == admitted


async def test_of_twenty_rivals_for_one_handle_one_wins_and_spends_one_use(server: Served) -> None:
    code = await server.code(uses=20)

    answers = await asyncio.gather(
        *(server.sign_up("ada", code, email=f"ada{n}@mail.test") for n in range(20))
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 19
    [listed] = await server.listed()
    assert len(listed["uses"]) == 1


async def test_rivals_for_one_address_spend_one_use_of_their_own_codes(server: Served) -> None:
    codes = [await server.code() for _ in range(10)]

    answers = await asyncio.gather(
        *(server.sign_up(f"ada{n}", code, email="ada@mail.test") for n, code in enumerate(codes))
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9
    assert sum(len(code["uses"]) for code in await server.listed()) == 1


async def test_a_new_account_is_signed_in_and_has_a_document(server: Served) -> None:
    session = await server.account("ada")

    assert session["handle"] == "ada.test"
    assert session["did"] == "did:web:ada.test"
    document = session["didDoc"]
    [method] = document["verificationMethod"]
    assert document["id"] == "did:web:ada.test"
    assert document["alsoKnownAs"] == ["at://ada.test"]
    assert method["id"] == "did:web:ada.test#atproto"
    assert method["publicKeyMultibase"].startswith("zQ3s")
    assert set(session) == {"accessJwt", "refreshJwt", "handle", "did", "didDoc"}


async def test_handle_and_address_are_kept_lower_case(server: Served) -> None:
    session = await server.account("ada", handle="Ada.TEST", email="Ada@Mail.Test")

    assert session["handle"] == "ada.test"
    rival = await server.sign_up("bea", await server.code(), email="aDA@mail.test")
    assert error_of(rival) == (400, "InvalidRequest")
    assert "email" in rival.json()["message"]


async def test_a_taken_handle_leaves_the_code_unspent(server: Served) -> None:
    await server.account("ada")
    code = await server.code()

    refused = await server.sign_up("ada", code, email="other@mail.test")

    assert error_of(refused) == (400, "InvalidRequest")
    assert "handle" in refused.json()["message"]
    assert (await server.sign_up("bea", code)).status_code == 200


async def test_the_code_is_judged_before_handle_and_address(server: Served) -> None:
    await server.account("ada")

    assert error_of(await server.sign_up("ada", "no-such-code")) == (400, "InvalidInviteCode")


async def test_an_account_may_have_no_password(server: Served) -> None:
    answer = await server.post(
        "com.atproto.server.createAccount",
        {"handle": "ada.test", "email": "a@mail.test", "inviteCode": await server.code()},
    )

    assert answer.status_code == 200
    login = {"identifier": "ada.test", "password": ""}
    refused = await server.post("com.atproto.server.createSession", login)
    assert error_of(refused) == (401, "AuthenticationRequired")


async def test_a_did_must_prove_itself(server: Served) -> None:
    code = await server.code()

    refused = await server.sign_up("ada", code, did="did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")

    assert error_of(refused) == (401, "AuthenticationRequired")
    assert (await server.sign_up("ada", code)).status_code == 200


async def test_the_public_host_is_nobodys_handle(serve: Serve) -> None:
    server = await serve(public_url="https://pds.test:8443")

    refused = await server.sign_up("pds", await server.code())

    assert error_of(refused) == (400, "HandleNotAvailable")


async def test_a_deleted_accounts_handle_stays_taken(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    await server.post("com.atproto.admin.deleteAccount", {"did": did}, auth=ADMIN)

    again = await server.sign_up("ada", await server.code(), email="ada2@mail.test")

    assert error_of(again) == (400, "InvalidRequest")


class TestWhereNoCodeIsRequired:
    """A code that is given is checked and spent all the same."""

    async def test_no_code_is_fine(self, serve: Serve) -> None:
        server = await serve(required=False)

        described = (await server.get("com.atproto.server.describeServer")).json()

        assert described["inviteCodeRequired"] is False
        assert (await server.sign_up("ada")).status_code == 200
        assert (await server.sign_up("bea", "  ")).status_code == 200

    async def test_a_wrong_code_is_refused(self, serve: Serve) -> None:
        server = await serve(required=False)

        assert error_of(await server.sign_up("ada", "nope")) == (400, "InvalidInviteCode")

    async def test_a_good_code_is_spent(self, serve: Serve) -> None:
        server = await serve(required=False)
        code = await server.code()

        assert (await server.sign_up("ada", code)).status_code == 200
        assert error_of(await server.sign_up("bea", code)) == (400, "InvalidInviteCode")


@pytest.mark.parametrize("fate", ["taken down", "deleted"])
async def test_codes_of_an_owner_who_is_gone_cannot_be_used(server: Served, fate: str) -> None:
    did = (await server.account("ada"))["did"]
    code = await server.code(owner=did)
    if fate == "deleted":
        await server.post("com.atproto.admin.deleteAccount", {"did": did}, auth=ADMIN)
    else:
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": did}
        body = {"subject": subject, "takedown": {"applied": True}}
        await server.post("com.atproto.admin.updateSubjectStatus", body, auth=ADMIN)

    assert error_of(await server.sign_up("bea", code)) == (400, "InvalidInviteCode")


async def test_codes_of_a_deactivated_owner_stay_usable(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    code = await server.code(owner=did)
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": did}
    body = {"subject": subject, "deactivated": {"applied": True}}
    await server.post("com.atproto.admin.updateSubjectStatus", body, auth=ADMIN)

    assert (await server.sign_up("bea", code)).status_code == 200

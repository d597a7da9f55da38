"""Sign-up where new accounts get a did:plc: nothing is held and no DID is left if it fails."""

import asyncio
import logging

import pytest
from sqlalchemy import URL, text

from tests.conftest import Serve
from tests.servers import ADMIN, PLC_ROTATION_KEY, Served, error_of
from tests.speakers import PlcDirectory
from xrpc_invites.identity.plc import RotationKey
from xrpc_invites.storage import engines

pytestmark = pytest.mark.anyio

FAILED = (502, "UpstreamFailure")


@pytest.fixture
async def home(serve: Serve, plc: PlcDirectory) -> Served:
    """A server whose accounts are known to the directory."""
    return await serve(plc_url=plc.url)


async def standing(server: Served, code: str) -> tuple[int, int]:
    """How many uses of a code are made, and how many are held."""
    shown = await server.get("org.xrpcinvites.getCode", params={"code": code}, auth=ADMIN)
    view = shown.json()["code"]
    return view["useCount"], view["reservedCount"]


async def accounts(server: Served) -> list[str]:
    found = await server.get("com.atproto.admin.searchAccounts", auth=ADMIN)
    return [account["did"] for account in found.json()["accounts"]]


async def test_a_new_account_has_a_did_that_the_directory_knows(
    home: Served, plc: PlcDirectory
) -> None:
    code = await home.code()

    joined = await home.sign_up("ada", code)

    assert joined.status_code == 200, joined.text
    session = joined.json()
    did = session["did"]
    assert plc.living == [did]
    [operation] = plc.operations[did]
    [method] = session["didDoc"]["verificationMethod"]
    assert operation["alsoKnownAs"] == ["at://ada.test"]
    assert operation["verificationMethods"] == {
        "atproto": f"did:key:{method['publicKeyMultibase']}"
    }
    assert operation["rotationKeys"] == [RotationKey.parse(PLC_ROTATION_KEY).did_key]
    assert operation["services"]["atproto_pds"]["endpoint"] == "http://localhost:2585"
    assert (session["didDoc"]["id"], method["id"]) == (did, f"{did}#atproto")
    assert await standing(home, code) == (1, 0)
    [listed] = await home.listed()
    assert [use["usedBy"] for use in listed["uses"]] == [did]


async def test_its_document_is_the_directorys_to_give(home: Served, plc: PlcDirectory) -> None:
    did = (await home.account("ada"))["did"]

    host = {"Host": "ada.test"}
    document = await home.client.get("/.well-known/did.json", headers=host)
    named = await home.client.get("/.well-known/atproto-did", headers=host)

    assert document.status_code == 404
    assert named.text == did
    assert plc.living == [did]


async def test_a_directory_that_fails_gives_the_use_back(home: Served, plc: PlcDirectory) -> None:
    code, plc.refusing = await home.code(), "plc_operation"

    assert error_of(await home.sign_up("ada", code)) == FAILED

    assert await standing(home, code) == (0, 0)
    assert await accounts(home) == []
    plc.refusing = ""
    assert (await home.sign_up("ada", code)).status_code == 200


async def test_a_directory_that_is_not_there_gives_the_use_back(serve: Serve) -> None:
    home = await serve(plc_url="http://127.0.0.1:9")
    code = await home.code()

    assert error_of(await home.sign_up("ada", code)) == FAILED
    assert await standing(home, code) == (0, 0)


async def test_while_the_directory_is_asked_the_use_is_held(
    home: Served, plc: PlcDirectory
) -> None:
    code = await home.code()
    seen: list[object] = []

    async def look() -> None:
        seen.append(await standing(home, code))
        seen.append(error_of(await home.sign_up("bea", code)))

    plc.meanwhile = look

    assert (await home.sign_up("ada", code)).status_code == 200
    assert seen == [(0, 1), (400, "InvalidInviteCode")]
    assert await standing(home, code) == (1, 0)


@pytest.mark.parametrize("fields", [{}, {"email": "other@mail.test"}])
async def test_a_handle_or_address_taken_meanwhile_leaves_nothing_behind(
    home: Served, plc: PlcDirectory, fields: dict[str, object]
) -> None:
    code, other = await home.code(), await home.code()
    rival = {} if fields else {"handle": "rival.test"}

    async def overtake() -> None:
        assert (await home.sign_up("ada", other, **fields, **rival)).status_code == 200

    plc.meanwhile = overtake
    refused = await home.sign_up("ada", code)

    assert error_of(refused) == (400, "InvalidRequest")
    assert ("handle" if fields else "email") in refused.json()["message"]
    assert await standing(home, code) == (0, 0)
    [living] = plc.living
    assert await accounts(home) == [living]
    assert len(plc.operations) == 2


async def test_a_code_disabled_meanwhile_still_admits_whom_it_holds_a_use_for(
    home: Served, plc: PlcDirectory
) -> None:
    code = await home.code()

    async def disable() -> None:
        body = {"codes": [code]}
        await home.post("org.xrpcinvites.disableCodes", body, auth=ADMIN)

    plc.meanwhile = disable

    assert (await home.sign_up("ada", code)).status_code == 200


async def test_a_lease_that_ended_meanwhile_admits_nobody_to_a_use_that_is_gone(
    home: Served, plc: PlcDirectory, url: URL
) -> None:
    code = await home.code()

    async def outlast() -> None:
        engine = engines.writing(url, lanes=1)
        with engine.connect() as connection:
            connection.execute(text("UPDATE redemption SET lease_expires_at = 1"))
            connection.commit()
        engine.dispose()
        assert (await home.sign_up("bea", code)).status_code == 200

    plc.meanwhile = outlast

    assert error_of(await home.sign_up("ada", code)) == (400, "InvalidInviteCode")
    assert await standing(home, code) == (1, 0)
    [living] = plc.living
    assert await accounts(home) == [living]


async def test_a_did_that_cannot_be_withdrawn_is_logged(
    home: Served, plc: PlcDirectory, caplog: pytest.LogCaptureFixture
) -> None:
    code, other, plc.refusing = await home.code(), await home.code(), "plc_tombstone"

    async def overtake() -> None:
        await home.sign_up("ada", other, email="other@mail.test")

    plc.meanwhile = overtake
    with caplog.at_level(logging.WARNING):
        refused = await home.sign_up("ada", code)

    assert error_of(refused) == (400, "InvalidRequest")
    [account] = await accounts(home)
    [lost] = set(plc.living) - {account}
    assert f"did_not_withdrawn did={lost}" in caplog.text
    assert await standing(home, code) == (0, 0)


async def test_where_no_code_is_required_none_is_held(serve: Serve, plc: PlcDirectory) -> None:
    home = await serve(plc_url=plc.url, required=False)

    joined = await home.sign_up("ada")
    plc.refusing = "plc_operation"
    refused = await home.sign_up("bea")

    assert plc.living == [joined.json()["did"]]
    assert error_of(refused) == FAILED
    assert await accounts(home) == plc.living


async def test_of_rivals_for_few_uses_as_many_win_and_have_dids(
    home: Served, plc: PlcDirectory
) -> None:
    code = await home.code(uses=3)

    answers = await asyncio.gather(*(home.sign_up(f"rival{n}", code) for n in range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [400] * 17
    assert sorted(plc.living) == sorted(await accounts(home))
    assert await standing(home, code) == (3, 0)


async def test_what_is_wrong_is_found_before_the_directory_is_told(
    home: Served, plc: PlcDirectory
) -> None:
    for name, code in (("ada", "no code"), ("x", await home.code())):
        assert (await home.sign_up(name, code)).status_code == 400

    assert plc.operations == {}


async def test_who_brings_a_did_gets_no_other(home: Served, plc: PlcDirectory) -> None:
    ada, nsid = plc.speaker("ada"), "com.atproto.server.createAccount"
    body = {"handle": "ada.test", "email": "ada@mail.test", "inviteCode": await home.code()}

    joined = await home.post(nsid, body | {"did": ada.did}, headers=ada.speaks(nsid))

    assert joined.json()["did"] == ada.did
    assert plc.operations == {}


async def test_a_retry_with_the_same_token_gets_the_same_did(
    home: Served, plc: PlcDirectory
) -> None:
    ada, nsid = plc.speaker("ada"), "com.atproto.server.createAccount"
    body = {"handle": "ada.test", "email": "ada@mail.test", "inviteCode": await home.code()}
    headers = ada.speaks(nsid)

    answers = await asyncio.gather(*(home.post(nsid, body, headers=headers) for _ in range(2)))
    again = await home.post(nsid, body, headers=headers)

    # Of two at once one may find the use held, and the handle free.
    made = {answer.json()["did"] for answer in [*answers, again] if answer.is_success}
    assert made == set(plc.living) == set(await accounts(home))
    assert len(made) == 1


async def test_a_token_whose_sign_up_was_overtaken_is_as_good_as_before(
    home: Served, plc: PlcDirectory
) -> None:
    ada, nsid = plc.speaker("ada"), "com.atproto.server.createAccount"
    code, other, headers = await home.code(), await home.code(), ada.speaks(nsid)
    body = {"handle": "ada.test", "email": "ada@mail.test", "inviteCode": code}

    async def overtake() -> None:
        await home.sign_up("ada", other, email="other@mail.test")

    plc.meanwhile = overtake

    assert error_of(await home.post(nsid, body, headers=headers)) == (400, "InvalidRequest")
    again = await home.post(nsid, body | {"handle": "ada2.test"}, headers=headers)
    assert again.status_code == 200, again.text


async def test_a_token_that_was_used_meanwhile_admits_nobody_else(
    home: Served, plc: PlcDirectory
) -> None:
    ada, nsid = plc.speaker("ada"), "com.atproto.server.createAccount"
    code, headers = await home.code(uses=2), ada.speaks(nsid)
    body = {"handle": "ada.test", "email": "ada@mail.test", "inviteCode": code}

    async def overtake() -> None:
        rival = body | {"handle": "bea.test", "email": "bea@mail.test"}
        assert (await home.post(nsid, rival, headers=headers)).status_code == 200

    plc.meanwhile = overtake

    assert error_of(await home.post(nsid, body, headers=headers)) == (401, "JwtReplayed")
    assert await accounts(home) == plc.living
    assert await standing(home, code) == (1, 0)

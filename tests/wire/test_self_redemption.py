"""A DID redeems a code for itself, by service auth."""

import asyncio

import httpx
import pytest

from tests.conftest import Serve
from tests.servers import Served, bearer, error_of
from tests.speakers import PlcDirectory, Speaker

pytestmark = pytest.mark.anyio

REDEEM = "org.xrpcinvites.redeemCode"
INVALID = (400, "InvalidInviteCode")


@pytest.fixture
async def home(serve: Serve, plc: PlcDirectory) -> Served:
    """A server that knows the directory."""
    return await serve(plc_url=plc.url)


async def redeem(
    server: Served, code: str, speaker: Speaker, token: str | None = None, **fields: object
) -> httpx.Response:
    headers = bearer(token or speaker.token(REDEEM))
    return await server.post(REDEEM, {"code": code, **fields}, headers=headers)


async def uses(server: Served) -> list[str]:
    return sorted(use["usedBy"] for code in await server.listed() for use in code["uses"])


async def test_a_did_joins_by_itself(home: Served, plc: PlcDirectory) -> None:
    ada, code = plc.speaker("ada"), await home.code()

    granted = await redeem(home, code, ada)

    assert granted.status_code == 200, granted.text
    assert (granted.json()["did"], granted.json()["code"]) == (ada.did, code)
    assert await uses(home) == [ada.did]


async def test_a_did_may_name_itself_and_nobody_else(home: Served, plc: PlcDirectory) -> None:
    ada, code = plc.speaker("ada"), await home.code()

    refused = await redeem(home, code, ada, did="did:web:eve.test")

    assert error_of(refused) == (403, "Forbidden")
    assert await uses(home) == []
    assert (await redeem(home, code, ada, did=ada.did)).status_code == 200


async def test_a_service_of_a_did_joins_for_nobody(home: Served, plc: PlcDirectory) -> None:
    ada = plc.speaker("ada")
    token = ada.token(REDEEM, iss=f"{ada.did}#other")

    assert error_of(await redeem(home, await home.code(), ada, token)) == (403, "Forbidden")


async def test_the_same_code_again_is_the_same_grant(home: Served, plc: PlcDirectory) -> None:
    ada, code = plc.speaker("ada"), await home.code(uses=5)
    token = ada.token(REDEEM)

    first = await redeem(home, code, ada, token)
    again = await redeem(home, code, ada, token)
    anew = await redeem(home, code, ada)

    assert first.json() == again.json() == anew.json()
    assert await uses(home) == [ada.did]


async def test_a_token_is_good_for_one_code(home: Served, plc: PlcDirectory) -> None:
    ada, code, other = plc.speaker("ada"), await home.code(), await home.code()
    token = ada.token(REDEEM)
    await redeem(home, code, ada, token)

    for text in (other, "no-such-code", code.upper()):
        refused = await redeem(home, text, ada, token)
        assert error_of(refused) == (401, "JwtReplayed")
    assert await uses(home) == [ada.did]


async def test_a_token_of_a_wrong_code_may_be_used_again(home: Served, plc: PlcDirectory) -> None:
    ada, spent, code = plc.speaker("ada"), await home.code(), await home.code()
    await redeem(home, spent, plc.speaker("bea"))
    token = ada.token(REDEEM)

    for wrong in ("no-such-code", spent):
        assert error_of(await redeem(home, wrong, ada, token)) == INVALID
    assert (await redeem(home, code, ada, token)).status_code == 200


async def test_rivals_for_one_use_spend_one(home: Served, plc: PlcDirectory) -> None:
    speakers, code = [plc.speaker(f"ada{letter}") for letter in "abcdefgh"], await home.code()

    answers = await asyncio.gather(*(redeem(home, code, one) for one in speakers))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    assert len(await uses(home)) == 1


async def test_one_token_with_many_codes_at_once_spends_one(
    home: Served, plc: PlcDirectory
) -> None:
    ada, codes = plc.speaker("ada"), [await home.code() for _ in range(8)]
    token = ada.token(REDEEM)

    answers = await asyncio.gather(*(redeem(home, code, ada, token) for code in codes))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    assert await uses(home) == [ada.did]


async def test_who_redeemed_may_sign_up_with_the_same_code(home: Served, plc: PlcDirectory) -> None:
    """The same code and DID is one use, whichever way it comes."""
    ada, code = plc.speaker("ada"), await home.code()
    await redeem(home, code, ada)
    nsid = "com.atproto.server.createAccount"
    body = {"handle": "ada.test", "email": "ada@mail.test", "inviteCode": code, "did": ada.did}

    joined = await home.post(nsid, body, headers=ada.speaks(nsid))

    assert joined.status_code == 200, joined.text
    assert (await redeem(home, code, ada)).status_code == 200
    assert await uses(home) == [ada.did]


@pytest.mark.parametrize("by", ["a DID", "an app"])
async def test_wrong_codes_of_those_who_guess_are_counted(
    serve: Serve, plc: PlcDirectory, by: str
) -> None:
    """Of a DID, which anyone can have; an app asks for many at one address."""
    home = await serve(plc_url=plc.url, rate_limits=True, limit_failed_codes="2/5 minutes")
    ada, token = plc.speaker("ada"), await home.token("app")

    answers = []
    for n in range(4):
        given = ada.token(REDEEM) if by == "a DID" else token
        answers.append(await redeem(home, f"wrong-{n}", ada, given, did=ada.did))

    refused = [400, 400, 429, 429] if by == "a DID" else [400] * 4
    assert [answer.status_code for answer in answers] == refused


async def test_wrong_credentials_are_counted(serve: Serve, plc: PlcDirectory) -> None:
    home = await serve(plc_url=plc.url, rate_limits=True, limit_failed_credentials="2/5 minutes")
    ada, code = plc.speaker("ada"), await home.code(uses=9)
    other = await home.token("app")

    wrong = [await redeem(home, code, ada, token) for token in ("x", ada.token("com.x.y"))]
    refused = [await redeem(home, code, ada, token) for token in (other, ada.token(REDEEM))]

    assert [error_of(answer) for answer in wrong] == [(401, "BadJwt"), (401, "BadJwtLexiconMethod")]
    assert [answer.status_code for answer in refused] == [429, 429]

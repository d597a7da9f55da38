"""Sign-up with a DID that somebody has already, by service auth."""

import asyncio

import httpx
import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, PASSWORD_OF_ACCOUNTS, Served, bearer, error_of
from tests.speakers import PlcDirectory, Speaker

pytestmark = pytest.mark.anyio

NSID = "com.atproto.server.createAccount"


@pytest.fixture
async def home(serve: Serve, plc: PlcDirectory) -> Served:
    """A server that knows the directory."""
    return await serve(plc_url=plc.url)


async def join(
    server: Served,
    name: str,
    code: str | None,
    speaker: Speaker,
    token: str | None = None,
    **fields: object,
) -> httpx.Response:
    """Sign up as a DID, by a new token or this one."""
    body: dict[str, object] = {
        "handle": f"{name}.test",
        "email": f"{name}@mail.test",
        "password": PASSWORD_OF_ACCOUNTS,
        "did": speaker.did,
    }
    body |= {"inviteCode": code} if code else {}
    return await server.post(NSID, body | fields, headers=bearer(token or speaker.token(NSID)))


async def uses(server: Served) -> list[str]:
    """Who used the codes there are."""
    return [use["usedBy"] for code in await server.listed() for use in code["uses"]]


async def test_a_did_joins_with_what_it_has(home: Served, plc: PlcDirectory) -> None:
    ada = plc.speaker("ada")

    joined = await join(home, "ada", await home.code(), ada)

    assert joined.status_code == 200, joined.text
    session = joined.json()
    assert (session["did"], session["handle"]) == (ada.did, "ada.test")
    # Its document is its own, and not this server's to give.
    assert "didDoc" not in session
    assert await uses(home) == [ada.did]
    found = await home.get("com.atproto.identity.resolveHandle", params={"handle": "ada.test"})
    assert found.json() == {"did": ada.did}
    login = {"identifier": ada.did, "password": PASSWORD_OF_ACCOUNTS}
    assert (await home.post("com.atproto.server.createSession", login)).status_code == 200
    own = await home.get(
        "com.atproto.server.getAccountInviteCodes", headers=bearer(session["accessJwt"])
    )
    assert own.json() == {"codes": []}


async def test_another_did_may_not_be_joined_with(home: Served, plc: PlcDirectory) -> None:
    ada, eve, code = plc.speaker("ada"), plc.speaker("eve"), await home.code()

    refused = await join(home, "ada", code, ada, eve.token(NSID))

    assert error_of(refused) == (401, "AuthenticationRequired")
    assert await uses(home) == []
    assert (await join(home, "ada", code, ada)).status_code == 200


async def test_a_service_of_a_did_may_not_join_with_it(home: Served, plc: PlcDirectory) -> None:
    ada = plc.speaker("ada")
    token = ada.token(NSID, iss=f"{ada.did}#other")

    refused = await join(home, "ada", await home.code(), ada, token)

    assert error_of(refused) == (401, "AuthenticationRequired")


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"lxm": "com.atproto.server.createSession"}, "BadJwtLexiconMethod"),
        ({"aud": "did:web:other.test"}, "BadJwtAudience"),
        ({"exp": 1}, "JwtExpired"),
        ({"iss": "did:plc:222222222222222222222222"}, "UnresolvableDid"),
        ({"iss": "did:example:nowhere"}, "UnresolvableDid"),
    ],
)
async def test_a_token_that_is_not_right_is_refused(
    home: Served, plc: PlcDirectory, claims: dict[str, object], name: str
) -> None:
    ada = plc.speaker("ada")

    assert error_of(await join(home, "ada", "no code", ada, ada.token(NSID, **claims))) == (
        401,
        name,
    )


async def test_a_token_signed_by_another_is_refused(home: Served, plc: PlcDirectory) -> None:
    ada, eve = plc.speaker("ada"), plc.speaker("eve")
    token = eve.token(NSID, iss=ada.did)

    refused = await join(home, "ada", await home.code(), ada, token)

    assert error_of(refused) == (401, "BadJwtSignature")


async def test_a_did_of_the_directory_is_nobody_where_none_is_set(server: Served) -> None:
    ada = Speaker("did:plc:222222222222222222222222")

    assert error_of(await join(server, "ada", await server.code(), ada)) == (401, "UnresolvableDid")


@pytest.mark.parametrize("fate", ["living", "deleted"])
async def test_a_did_has_one_account(home: Served, plc: PlcDirectory, fate: str) -> None:
    ada = plc.speaker("ada")
    await join(home, "ada", await home.code(), ada)
    if fate == "deleted":
        await home.post("com.atproto.admin.deleteAccount", {"did": ada.did}, auth=ADMIN)
    code = await home.code()

    refused = await join(home, "other", code, ada)

    assert error_of(refused) == (400, "InvalidRequest")
    assert "did" in refused.json()["message"]
    assert (await home.sign_up("bea", code)).status_code == 200


async def test_what_is_wrong_is_named_in_the_order_of_the_reference(
    home: Served, plc: PlcDirectory
) -> None:
    await home.account("bea")
    ada, eve = plc.speaker("ada"), plc.speaker("eve")
    await join(home, "ada", await home.code(), ada)

    async def fault(name: str, code: str | None, token: str, **fields: object) -> str:
        answer = await join(home, name, code, ada, token, **fields)
        error: str = answer.json()["error"]
        return f"{error} {answer.json()['message'].split()[0]}"

    by_eve = eve.token(NSID)
    assert await fault("bea", "no code", by_eve) == "InvalidInviteCode Provided"
    code = await home.code()
    assert await fault("bea", code, by_eve) == "InvalidRequest handle"
    assert await fault("cid", code, by_eve, email="bea@mail.test") == "InvalidRequest email"
    assert await fault("cid", code, by_eve) == "AuthenticationRequired did"
    assert await fault("cid", code, ada.token(NSID)) == "InvalidRequest did"


async def test_a_handle_must_be_of_this_server(home: Served, plc: PlcDirectory) -> None:
    ada = plc.speaker("ada")

    refused = await join(home, "ada", await home.code(), ada, handle="ada.elsewhere.com")

    assert error_of(refused) == (400, "UnsupportedDomain")


async def test_the_same_request_again_is_the_same_account(home: Served, plc: PlcDirectory) -> None:
    ada, code = plc.speaker("ada"), await home.code()
    token = ada.token(NSID)

    answers = [await join(home, "ada", code, ada, token) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert {answer.json()["did"] for answer in answers} == {ada.did}
    assert await uses(home) == [ada.did]
    for answer in answers:
        headers = bearer(answer.json()["refreshJwt"])
        refreshed = await home.post("com.atproto.server.refreshSession", headers=headers)
        assert refreshed.json()["did"] == ada.did


async def test_the_same_request_many_times_at_once_is_one_account(
    home: Served, plc: PlcDirectory
) -> None:
    ada, code = plc.speaker("ada"), await home.code(uses=9)
    token = ada.token(NSID)

    answers = await asyncio.gather(*(join(home, "ada", code, ada, token) for _ in range(12)))

    assert [answer.status_code for answer in answers] == [200] * 12
    assert await uses(home) == [ada.did]


async def test_a_token_that_was_used_is_good_for_no_other_request(
    home: Served, plc: PlcDirectory
) -> None:
    ada, code = plc.speaker("ada"), await home.code(uses=9)
    token = ada.token(NSID)
    await join(home, "ada", code, ada, token)

    for fields in (
        {"email": "other@mail.test"},
        {"handle": "x.test"},
        {"inviteCode": "no code"},
        {"handle": "bea.test", "did": "did:web:bea.test"},
    ):
        refused = await join(home, "ada", code, ada, token, **fields)
        assert error_of(refused) == (401, "JwtReplayed")
    assert await uses(home) == [ada.did]


async def test_a_token_of_a_refused_request_may_be_used_again(
    home: Served, plc: PlcDirectory
) -> None:
    """Who mistyped the code does not have to sign once more."""
    ada, code = plc.speaker("ada"), await home.code()
    token = ada.token(NSID)

    assert error_of(await join(home, "ada", "no code", ada, token)) == (400, "InvalidInviteCode")
    assert (await join(home, "ada", code, ada, token)).status_code == 200


async def test_a_request_again_gives_no_session_of_an_account_that_is_gone(
    home: Served, plc: PlcDirectory
) -> None:
    ada, code = plc.speaker("ada"), await home.code()
    token = ada.token(NSID)
    await join(home, "ada", code, ada, token)
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": ada.did}
    body = {"subject": subject, "takedown": {"applied": True}}
    await home.post("com.atproto.admin.updateSubjectStatus", body, auth=ADMIN)

    assert error_of(await join(home, "ada", code, ada, token)) == (400, "InvalidRequest")


async def test_who_brings_no_did_gets_a_new_one_for_all_that_is_signed(
    home: Served, plc: PlcDirectory
) -> None:
    ada, code = plc.speaker("ada"), await home.code()
    headers = ada.speaks(NSID)
    body = {"handle": "ada.test", "email": "ada@mail.test", "inviteCode": code}

    answers = [await home.post(NSID, body, headers=headers) for _ in range(2)]

    assert [answer.json()["did"] for answer in answers] == plc.living * 2
    refused = await home.post(NSID, body | {"handle": "bea.test"}, headers=headers)
    assert error_of(refused) == (401, "JwtReplayed")


async def test_two_issuers_may_have_the_same_number(home: Served, plc: PlcDirectory) -> None:
    for name in ("ada", "bea"):
        speaker = plc.speaker(name)
        token = speaker.token(NSID, jti="1")

        assert (await join(home, name, await home.code(), speaker, token)).status_code == 200


async def test_a_number_may_be_of_any_kind_of_text(home: Served, plc: PlcDirectory) -> None:
    for name, jti in (("ada", "\x00"), ("bea", "\ud800"), ("cid", "1" * 4_000)):
        speaker = plc.speaker(name)
        token = speaker.token(NSID, jti=jti)

        assert (await join(home, name, await home.code(), speaker, token)).status_code == 200


async def test_rivals_for_one_did_make_one_account(home: Served, plc: PlcDirectory) -> None:
    ada, code = plc.speaker("ada"), await home.code(uses=20)

    answers = await asyncio.gather(*(join(home, f"ada{n}", code, ada) for n in range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 19
    assert await uses(home) == [ada.did]


async def test_a_changed_key_is_picked_up(home: Served, plc: PlcDirectory) -> None:
    ada = plc.speaker("ada")
    assert error_of(await join(home, "ada", "no code", ada)) == (400, "InvalidInviteCode")
    old, changed = Speaker(ada.did, ada.key), plc.speaker("ada")

    assert error_of(await join(home, "ada", "no code", changed)) == (400, "InvalidInviteCode")
    assert error_of(await join(home, "ada", "no code", old)) == (401, "BadJwtSignature")
    assert plc.asked == [ada.did] * 3

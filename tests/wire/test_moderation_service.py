"""The moderation service: a DID that may do what a moderator may on com.atproto, each time once."""

import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, Served, bearer, error_of
from tests.speakers import PlcDirectory, Speaker

pytestmark = pytest.mark.anyio

DISABLE = "com.atproto.admin.disableInviteCodes"
SILENCE = "com.atproto.admin.disableAccountInvites"
SUBJECT = "com.atproto.admin.updateSubjectStatus"
LIST = "com.atproto.admin.getInviteCodes"


class World:
    """A server with its moderation service."""

    def __init__(self, server: Served, service: Speaker) -> None:
        self.server = server
        self.service = service

    def token(self, nsid: str, **claims: object) -> str:
        issuer = f"{self.service.did}#atproto_labeler"
        return self.service.token(nsid, **({"iss": issuer} | claims))


@pytest.fixture
async def world(serve: Serve, plc: PlcDirectory) -> World:
    service = plc.speaker("moderation", "atproto_label")
    return World(await serve(plc_url=plc.url, mod_service_did=service.did), service)


def repo(did: str) -> dict[str, str]:
    return {"$type": "com.atproto.admin.defs#repoRef", "did": did}


async def test_what_it_does_is_written_down_as_its_own(world: World) -> None:
    server = world.server
    did = (await server.account("ada"))["did"]

    done = await server.post(SILENCE, {"account": did}, headers=bearer(world.token(SILENCE)))

    assert (done.status_code, done.content) == (200, b"")
    listed = await server.get(
        "org.xrpcinvites.listAuditEntries", params={"action": SILENCE}, auth=ADMIN
    )
    [entry] = listed.json()["entries"]
    assert (entry["actor"], entry["role"]) == (world.service.did, "moderator")


async def test_it_signs_with_the_key_of_a_labeler(serve: Serve, plc: PlcDirectory) -> None:
    own = plc.speaker("moderation")
    server = await serve(plc_url=plc.url, mod_service_did=own.did)
    labeler = own.token(LIST, iss=f"{own.did}#atproto_labeler")

    assert (await server.get(LIST, headers=own.speaks(LIST))).status_code == 200
    assert error_of(await server.get(LIST, headers=bearer(labeler))) == (401, "BadJwtSignature")


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"exp": 1}, "JwtExpired"),
        ({"aud": "did:web:other.test"}, "BadJwtAudience"),
        ({"lxm": DISABLE}, "BadJwtLexiconMethod"),
        # Whose token it is comes first.
        ({"iss": "did:web:eve.test", "exp": 1}, "UntrustedIss"),
        ({"iss": "nobody", "aud": "x"}, "UntrustedIss"),
    ],
)
async def test_its_token_must_be_right(world: World, claims: dict[str, object], name: str) -> None:
    answer = await world.server.get(LIST, headers=bearer(world.token(LIST, **claims)))

    assert error_of(answer) == (401, name)


async def test_another_service_of_it_is_not_trusted(world: World) -> None:
    token = world.token(LIST, iss=f"{world.service.did}#atproto_pds")

    assert error_of(await world.server.get(LIST, headers=bearer(token))) == (401, "UntrustedIss")


async def test_a_query_may_be_asked_again_with_the_same_token(world: World) -> None:
    headers = bearer(world.token(LIST))

    for params in ({}, {"limit": 7}, {}):
        answer = await world.server.get(LIST, params=params, headers=headers)
        assert answer.status_code == 200


async def test_a_retry_undoes_nothing_that_was_done_since(world: World) -> None:
    server, token = world.server, bearer(world.token(DISABLE))
    code = await server.code()
    asked = {"codes": [code]}
    assert (await server.post(DISABLE, asked, headers=token)).status_code == 200
    await server.post("org.xrpcinvites.enableCodes", asked, auth=ADMIN)

    again = await server.post(DISABLE, asked, headers=token)

    assert (again.status_code, again.content) == (200, b"")
    [listed] = await server.listed()
    assert not listed["disabled"]


async def test_a_token_is_good_for_one_change(world: World) -> None:
    server = world.server
    did, other = [(await server.account(name))["did"] for name in ("ada", "bea")]
    code, spared = await server.code(), await server.code()
    changes: list[tuple[str, dict[str, object], dict[str, object]]] = [
        (DISABLE, {"codes": [code]}, {"codes": [spared]}),
        (SILENCE, {"account": did}, {"account": other}),
        ("com.atproto.admin.enableAccountInvites", {"account": did}, {"account": other}),
        (
            SUBJECT,
            {"subject": repo(did), "takedown": {"applied": True}},
            {"subject": repo(other), "takedown": {"applied": True}},
        ),
    ]
    for nsid, first, second in changes:
        token = bearer(world.token(nsid))

        done = await server.post(nsid, first, headers=token)
        again = await server.post(nsid, first, headers=token)
        refused = await server.post(nsid, second, headers=token)

        assert done.status_code == 200, done.text
        assert (again.status_code, again.content) == (200, done.content)
        assert error_of(refused) == (401, "JwtReplayed")
    found = await server.get(
        "com.atproto.admin.getSubjectStatus", params={"did": other}, auth=ADMIN
    )
    assert not found.json()["takedown"]["applied"]
    assert not {c["code"]: c["disabled"] for c in await server.listed()}[spared]


async def test_without_a_service_every_bearer_is_untrusted(server: Served) -> None:
    token = Speaker("did:web:ada.test").token(LIST)

    assert error_of(await server.get(LIST, headers=bearer(token))) == (401, "UntrustedIss")

"""What operators see of accounts and do to them, and what anyone may ask of a handle."""

from typing import Any

import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, Served, bearer, error_of

pytestmark = pytest.mark.anyio

INFO = "com.atproto.admin.getAccountInfo"
INFOS = "com.atproto.admin.getAccountInfos"
SEARCH = "com.atproto.admin.searchAccounts"
STATUS = "com.atproto.admin.getSubjectStatus"
UPDATE = "com.atproto.admin.updateSubjectStatus"
AVAILABLE = "com.atproto.temp.checkHandleAvailability"


def repo(did: str) -> dict[str, str]:
    return {"$type": "com.atproto.admin.defs#repoRef", "did": did}


async def info(server: Served, did: str) -> dict[str, Any]:
    answer = await server.get(INFO, params={"did": did}, auth=ADMIN)
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def test_an_account_shows_the_code_that_brought_it_and_those_it_has(server: Served) -> None:
    code = await server.code()
    did = (await server.sign_up("ada", code)).json()["did"]
    mine = await server.code(owner=did)

    view = await info(server, did)

    assert view.pop("indexedAt")
    invited_by, [invite] = view.pop("invitedBy"), view.pop("invites")
    assert (invited_by["code"], invited_by["uses"][0]["usedBy"]) == (code, did)
    assert invite["code"] == mine
    assert view == {
        "did": did,
        "handle": "ada.test",
        "email": "ada@mail.test",
        "invitesDisabled": False,
    }


async def test_several_accounts_come_in_the_order_asked(server: Served) -> None:
    ada, bea = [(await server.account(name))["did"] for name in ("ada", "bea")]

    answer = await server.get(INFOS, params={"dids": [bea, "did:web:x.test", ada]}, auth=ADMIN)

    assert [view["did"] for view in answer.json()["infos"]] == [bea, ada]


@pytest.mark.parametrize("note", ["spam", None])
async def test_invites_are_switched_off_and_on_with_a_note(
    server: Served, note: str | None
) -> None:
    did = (await server.account("ada"))["did"]
    body = {"account": did} | ({"note": note} if note else {})

    await server.post("com.atproto.admin.disableAccountInvites", body, auth=ADMIN)
    off = await info(server, did)
    await server.post("com.atproto.admin.enableAccountInvites", {"account": did}, auth=ADMIN)
    on = await info(server, did)

    assert (off["invitesDisabled"], on["invitesDisabled"]) == (True, False)
    assert off.get("inviteNote") == on.get("inviteNote") == note


async def test_accounts_are_found_by_a_part_of_their_address(server: Served) -> None:
    for name in ("ada", "bea", "cid"):
        await server.account(name)

    everyone = await server.get(SEARCH, auth=ADMIN)
    some = await server.get(SEARCH, params={"email": "EA@"}, auth=ADMIN)
    nobody = await server.get(SEARCH, params={"email": "%"}, auth=ADMIN)

    assert [view["handle"] for view in everyone.json()["accounts"]] == [
        "cid.test",
        "bea.test",
        "ada.test",
    ]
    assert [view["handle"] for view in some.json()["accounts"]] == ["bea.test"]
    assert nobody.json() == {"accounts": []}


async def test_a_search_is_paged(server: Served) -> None:
    for name in ("ada", "bea", "cid"):
        await server.account(name)
    seen: list[str] = []
    params: dict[str, str] = {"limit": "2"}

    while True:
        page = (await server.get(SEARCH, params=params, auth=ADMIN)).json()
        if not page["accounts"]:
            break
        seen += [view["handle"] for view in page["accounts"]]
        params["cursor"] = page["cursor"]

    assert seen == ["cid.test", "bea.test", "ada.test"]


@pytest.mark.parametrize(
    "cursor", ["x", "1::", "999999999999999999::did:web:x", "-999999999999999999::x"]
)
async def test_a_search_refuses_cursors_of_others(server: Served, cursor: str) -> None:
    answer = await server.get(SEARCH, params={"cursor": cursor}, auth=ADMIN)

    assert error_of(answer) == (400, "InvalidRequest")


async def test_a_takedown_is_shown_and_ended(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    takedown = {"applied": True, "ref": "case-7"}

    answer = await server.post(UPDATE, {"subject": repo(did), "takedown": takedown}, auth=ADMIN)
    down = (await server.get(STATUS, params={"did": did}, auth=ADMIN)).json()
    body = {"subject": repo(did), "takedown": {"applied": False}}
    await server.post(UPDATE, body, auth=ADMIN)
    up = (await server.get(STATUS, params={"did": did}, auth=ADMIN)).json()

    assert answer.json() == {"subject": repo(did), "takedown": takedown}
    assert down == {"subject": repo(did), "takedown": takedown, "deactivated": {"applied": False}}
    assert up["takedown"] == {"applied": False}


async def test_a_deactivation_is_shown_and_ended(server: Served) -> None:
    did = (await server.account("ada"))["did"]

    for applied in (True, False):
        body = {"subject": repo(did), "deactivated": {"applied": applied}}
        await server.post(UPDATE, body, auth=ADMIN)
        shown = (await server.get(STATUS, params={"did": did}, auth=ADMIN)).json()

        assert shown["deactivated"] == {"applied": applied}
        assert ("deactivatedAt" in await info(server, did)) is applied


@pytest.mark.parametrize(
    "subject",
    [
        {
            "$type": "com.atproto.repo.strongRef",
            "uri": "at://did:web:x.test/a.b.c/d",
            "cid": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a",
        },
        {
            "$type": "com.atproto.admin.defs#repoBlobRef",
            "did": "did:web:x.test",
            "cid": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a",
        },
        {"$type": "com.example.unheardOf"},
        {"did": "did:web:x.test"},
        {},
        "did:web:x.test",
    ],
    ids=str,
)
async def test_only_accounts_can_be_taken_down(server: Served, subject: object) -> None:
    body = {"subject": subject, "takedown": {"applied": True}}

    answer = await server.post(UPDATE, body, auth=ADMIN)

    assert error_of(answer) == (400, "InvalidRequest")


async def test_a_deleted_account_is_gone_and_its_address_free(server: Served) -> None:
    did = (await server.account("ada"))["did"]

    answer = await server.post("com.atproto.admin.deleteAccount", {"did": did}, auth=ADMIN)

    assert (answer.status_code, answer.content) == (200, b"")
    assert error_of(await server.get(INFO, params={"did": did}, auth=ADMIN)) == (400, "NotFound")
    assert error_of(await server.get(STATUS, params={"did": did}, auth=ADMIN)) == (400, "NotFound")
    assert (await server.get(SEARCH, auth=ADMIN)).json() == {"accounts": []}
    again = await server.sign_up("bea", await server.code(), email="ada@mail.test")
    assert again.status_code == 200


async def test_moderators_methods_refuse_an_accounts_token(server: Served) -> None:
    token = bearer((await server.account("ada"))["accessJwt"])

    for nsid in (INFO, SEARCH, STATUS):
        answer = await server.get(nsid, params={"did": "did:web:x.test"}, headers=token)
        assert error_of(answer) == (401, "UntrustedIss")
    deleted = await server.post(
        "com.atproto.admin.deleteAccount", {"did": "did:web:x"}, headers=token
    )
    assert error_of(deleted) == (401, "AuthenticationRequired")
    created = await server.post(
        "com.atproto.server.createInviteCode", {"useCount": 1}, headers=token
    )
    assert error_of(created) == (401, "AuthenticationRequired")
    signed_up = await server.post(
        "com.atproto.server.createAccount", {"handle": "b.test"}, headers=token
    )
    assert error_of(signed_up) == (401, "BadJwtType")


async def test_a_handle_resolves_while_its_account_is_active(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    resolve = "com.atproto.identity.resolveHandle"

    found = await server.get(resolve, params={"handle": "Ada.Test"})
    body = {"subject": repo(did), "deactivated": {"applied": True}}
    await server.post(UPDATE, body, auth=ADMIN)
    asleep = await server.get(resolve, params={"handle": "ada.test"})

    assert found.json() == {"did": did}
    assert error_of(asleep) == (400, "HandleNotFound")


class TestHandleAvailability:
    """A free handle is available; for others there are suggestions that are."""

    async def test_a_free_handle_is_available(self, server: Served) -> None:
        answer = await server.get(AVAILABLE, params={"handle": "Ada.test"})

        assert answer.json() == {
            "handle": "ada.test",
            "result": {"$type": f"{AVAILABLE}#resultAvailable"},
        }

    @pytest.mark.parametrize("handle", ["ada.test", "admin.test", "ab.test", "ada.example.com"])
    async def test_others_are_not_and_what_is_suggested_is(
        self, server: Served, handle: str
    ) -> None:
        await server.account("ada")

        answer = (await server.get(AVAILABLE, params={"handle": handle})).json()

        assert answer["result"]["$type"] == f"{AVAILABLE}#resultUnavailable"
        suggestions = answer["result"]["suggestions"]
        assert suggestions
        for suggestion in suggestions:
            assert suggestion["method"]
            again = await server.get(AVAILABLE, params={"handle": suggestion["handle"]})
            assert again.json()["result"]["$type"] == f"{AVAILABLE}#resultAvailable"

    async def test_an_unsupported_address_is_refused(self, server: Served) -> None:
        params = {"handle": "ada.test", "email": "x@mailinator.com"}

        assert error_of(await server.get(AVAILABLE, params=params)) == (400, "InvalidEmail")

    async def test_a_malformed_handle_is_refused(self, server: Served) -> None:
        answer = await server.get(AVAILABLE, params={"handle": "a b"})

        assert error_of(answer) == (400, "InvalidRequest")


async def test_a_server_describes_itself(serve: Serve) -> None:
    server = await serve(
        public_url="https://invites.example.org",
        user_domains="one.example, .Two.Example",
        privacy_policy_url="https://example.org/privacy",
        terms_of_service_url="https://example.org/terms",
        contact_email="help@example.org",
    )

    answer = await server.get("com.atproto.server.describeServer")

    assert answer.json() == {
        "did": "did:web:invites.example.org",
        "inviteCodeRequired": True,
        "availableUserDomains": [".one.example", ".two.example"],
        "links": {
            "privacyPolicy": "https://example.org/privacy",
            "termsOfService": "https://example.org/terms",
        },
        "contact": {"email": "help@example.org"},
    }
    assert "cache-control" not in answer.headers


async def test_handles_are_served_under_every_domain(serve: Serve) -> None:
    server = await serve(user_domains=".one.org,.two.org")

    signed_up = await server.sign_up("x", await server.code(), handle="ada.two.org")

    assert signed_up.json()["did"] == "did:web:ada.two.org"

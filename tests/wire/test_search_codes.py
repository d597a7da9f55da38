"""Codes found again, and codes previewed by strangers."""

from typing import Any

import pytest

from tests.servers import ADMIN, Served, error_of
from xrpc_invites.invites.words import MAX_WORDS

pytestmark = pytest.mark.anyio

CREATE = "org.xrpcinvites.createCodes"
SEARCH = "org.xrpcinvites.searchCodes"
PREVIEW = "org.xrpcinvites.previewCode"
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
PAST, FUTURE = "2020-01-01T00:00:00Z", "2120-01-01T00:00:00Z"


async def create(server: Served, code: str, **terms: object) -> None:
    answer = await server.post(CREATE, {"code": code} | terms, auth=ADMIN)
    assert answer.status_code == 200, answer.text


async def search(server: Served, **params: str) -> list[str]:
    """Every code that is found, page by page."""
    found: list[str] = []
    asked = {"limit": "2"} | params
    while True:
        answer = await server.get(SEARCH, params=asked, auth=ADMIN)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        found += [code["code"] for code in page["codes"]]
        if "cursor" not in page:
            return found
        asked["cursor"] = page["cursor"]


async def fill(server: Served) -> None:
    """A code of each kind."""
    await create(server, "plain", note="nothing special")
    await create(server, "over", expiresAt=PAST)
    await create(server, "soon", notBefore=FUTURE, tags=["spring"])
    await create(server, "spring-sale", note="The spring campaign", tags=["spring", "press"])
    await create(server, "owned", forAccount=DID, expiresAt=FUTURE, note="campaign of autumn")
    await create(server, "spent")
    assert (await server.sign_up("ada", "spent")).status_code == 200
    await server.post("org.xrpcinvites.disableCodes", {"codes": ["plain"]}, auth=ADMIN)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["plain", "over", "soon", "spring-sale", "owned", "spent"]),
        ({"status": "disabled"}, ["plain"]),
        ({"status": "expired"}, ["over"]),
        ({"status": "scheduled"}, ["soon"]),
        ({"status": "exhausted"}, ["spent"]),
        ({"status": "active"}, ["spring-sale", "owned"]),
        ({"status": "owner-unavailable"}, []),
        ({"forAccount": DID}, ["owned"]),
        ({"createdBy": DID}, []),
        ({"createdBy": "admin", "forAccount": DID}, ["owned"]),
        ({"tag": "spring"}, ["soon", "spring-sale"]),
        ({"tag": "spr"}, []),
        ({"text": "SPRING-S"}, ["spring-sale"]),
        ({"text": "campaign"}, ["spring-sale", "owned"]),
        ({"text": "camp spr"}, ["spring-sale"]),
        ({"text": "spring", "tag": "press"}, ["spring-sale"]),
        ({"createdAfter": FUTURE}, []),
        ({"createdBefore": FUTURE, "createdAfter": PAST, "status": "expired"}, ["over"]),
        ({"sort": "expiry"}, ["over", "owned"]),
    ],
    ids=str,
)
async def test_a_search_finds_what_is_asked(
    server: Served, params: dict[str, str], expected: list[str]
) -> None:
    await fill(server)

    found = await search(server, **params)

    assert sorted(found) == sorted(expected)


async def test_codes_are_sorted_as_asked(server: Served) -> None:
    await create(server, "first", expiresAt=FUTURE)
    await create(server, "second", expiresAt=PAST, available=2)
    await create(server, "third")
    assert (await server.sign_up("ada", "first")).status_code == 200

    assert await search(server, sort="recent") == ["third", "second", "first"]
    assert (await search(server, sort="usage"))[0] == "first"
    assert await search(server, sort="expiry") == ["second", "first"]


@pytest.mark.parametrize(
    "params",
    [
        {"status": "gone"},
        {"sort": "oldest"},
        {"limit": "501"},
        {"text": "x" * 301},
        {"cursor": "nonsense"},
        {"createdAfter": "yesterday"},
        {"createdAfter": "0000-01-01T00:00:00Z"},
    ],
    ids=str,
)
async def test_a_search_that_makes_no_sense_is_refused(
    server: Served, params: dict[str, str]
) -> None:
    answer = await server.get(SEARCH, params=params, auth=ADMIN)

    assert error_of(answer) == (400, "InvalidRequest")


async def test_a_preview_tells_strangers_one_thing_only(server: Served) -> None:
    await fill(server)

    answers = {
        code: (await server.get(PREVIEW, params={"code": code})).json()
        for code in ("plain", "over", "soon", "spent", "unknown", "SPRING-SALE", "owned")
    }

    usable = {"usable": True, "host": "localhost"}
    unusable = {"usable": False, "host": "localhost"}
    assert answers == dict.fromkeys(answers, unusable) | {"SPRING-SALE": usable, "owned": usable}


async def test_a_preview_names_the_inviter_where_the_code_says_so(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    await create(server, "shown", forAccount=did, showInviter=True)
    await create(server, "hidden", forAccount=did)
    await create(server, "nobodys", showInviter=True)

    previews = [
        (await server.get(PREVIEW, params={"code": code})).json().get("inviter")
        for code in ("shown", "hidden", "nobodys")
    ]

    assert previews == ["ada.test", None, None]


async def test_a_code_of_somebody_taken_down_is_found_and_not_usable(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    await create(server, "adas-own", forAccount=did, showInviter=True)
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": did}
    body = {"subject": subject, "takedown": {"applied": True}}
    await server.post("com.atproto.admin.updateSubjectStatus", body, auth=ADMIN)

    assert await search(server, status="owner-unavailable") == ["adas-own"]
    preview = (await server.get(PREVIEW, params={"code": "adas-own"})).json()
    assert preview == {"usable": False, "host": "localhost"}


async def test_a_search_has_as_many_words_as_a_person_types(server: Served) -> None:
    wordy = " ".join(f"w{n}" for n in range(MAX_WORDS))

    found = await server.get(SEARCH, params={"text": f"{wordy} w0"}, auth=ADMIN)
    refused = await server.get(SEARCH, params={"text": f"{wordy} more"}, auth=ADMIN)

    assert found.json() == {"codes": []}
    assert error_of(refused) == (400, "InvalidRequest")

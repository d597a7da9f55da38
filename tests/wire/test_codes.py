"""Codes over the wire: made, listed, disabled, found however they are typed."""

import re
from collections.abc import Callable

import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, Served, error_of

pytestmark = pytest.mark.anyio

DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
OTHER = "did:web:other.example"
CREATES = "com.atproto.server.createInviteCodes"
LIST = "com.atproto.admin.getInviteCodes"
DISABLE = "com.atproto.admin.disableInviteCodes"


async def test_a_code_names_the_host(serve: Serve) -> None:
    server = await serve(public_url="https://sub.pds.example:8443")

    assert re.fullmatch(r"sub-pds-example-[a-z2-7]{5}-[a-z2-7]{5}", await server.code())


async def test_a_new_code_is_listed_with_every_field(server: Served) -> None:
    code = await server.code(uses=3, owner=DID)

    [listed] = await server.listed()

    created_at = listed.pop("createdAt")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created_at)
    assert listed == {
        "code": code,
        "available": 3,
        "disabled": False,
        "forAccount": DID,
        "createdBy": "admin",
        "uses": [],
    }


async def test_a_use_is_listed_and_available_stays_the_total(server: Served) -> None:
    code = await server.code(uses=2)

    did = (await server.sign_up("ada", code)).json()["did"]

    [listed] = await server.listed()
    assert listed["available"] == 2
    assert [use["usedBy"] for use in listed["uses"]] == [did]


async def test_uses_are_newest_first(server: Served) -> None:
    code = await server.code(uses=3)
    for name in ("ada", "bea", "cid"):
        assert (await server.sign_up(name, code)).status_code == 200

    [listed] = await server.listed()
    times = [use["usedAt"] for use in listed["uses"]]
    assert times == sorted(times, reverse=True)
    assert len(times) == 3


async def test_codes_for_several_accounts(server: Served) -> None:
    body = {"useCount": 1, "codeCount": 2, "forAccounts": [DID, OTHER, DID]}

    answer = await server.post(CREATES, body, auth=ADMIN)

    entries = answer.json()["codes"]
    assert [entry["account"] for entry in entries] == [DID, OTHER, DID]
    assert [len(entry["codes"]) for entry in entries] == [2, 2, 2]
    assert len({code for entry in entries for code in entry["codes"]}) == 6


async def test_codes_for_nobody_in_particular_are_the_admins(server: Served) -> None:
    answer = await server.post(CREATES, {"useCount": 1, "codeCount": 2}, auth=ADMIN)

    [entry] = answer.json()["codes"]
    assert entry["account"] == "admin"
    assert sorted(entry["codes"]) == sorted(code["code"] for code in await server.listed())


async def test_codes_for_an_empty_list_are_none(server: Served) -> None:
    answer = await server.post(CREATES, {"useCount": 1, "forAccounts": []}, auth=ADMIN)

    assert (answer.status_code, answer.json()) == (200, {"codes": []})


async def test_ten_thousand_codes_are_made_at_once(server: Served) -> None:
    answer = await server.post(CREATES, {"useCount": 1, "codeCount": 10_000}, auth=ADMIN)

    [entry] = answer.json()["codes"]
    assert len(set(entry["codes"])) == 10_000


@pytest.mark.parametrize("sort", ["recent", "usage"])
async def test_pages_reach_every_code_once(server: Served, sort: str) -> None:
    made = {await server.code() for _ in range(7)}
    seen: list[str] = []
    params = {"sort": sort, "limit": "3"}

    while True:
        page = (await server.get(LIST, params=params, auth=ADMIN)).json()
        if not page["codes"]:
            break
        seen += [code["code"] for code in page["codes"]]
        params["cursor"] = page["cursor"]

    assert sorted(seen) == sorted(made)
    assert page == {"codes": []}


async def test_a_cursor_has_the_reference_servers_form(server: Served) -> None:
    code = await server.code()

    recent = (await server.get(LIST, params={"sort": "recent"}, auth=ADMIN)).json()
    usage = (await server.get(LIST, params={"sort": "usage"}, auth=ADMIN)).json()

    milliseconds, _, text = recent["cursor"].partition("::")
    assert text == code
    assert len(milliseconds) == 13
    assert usage["cursor"] == f"0::{code}"


async def test_a_cursor_between_two_counts_starts_at_the_lower(server: Served) -> None:
    used, unused = await server.code(uses=2), await server.code()
    await server.sign_up("ada", used)

    page = await server.get(LIST, params={"sort": "usage", "cursor": "0.5::zzz"}, auth=ADMIN)
    above = await server.get(LIST, params={"sort": "usage", "cursor": "1.5::a"}, auth=ADMIN)

    assert [code["code"] for code in page.json()["codes"]] == [unused]
    assert [code["code"] for code in above.json()["codes"]] == [used, unused]


async def test_a_disabled_code_is_refused_and_shown_as_disabled(server: Served) -> None:
    code = await server.code()

    answer = await server.post(DISABLE, {"codes": [code]}, auth=ADMIN)

    assert (answer.status_code, answer.content) == (200, b"")
    assert [listed["disabled"] for listed in await server.listed()] == [True]
    assert error_of(await server.sign_up("ada", code)) == (400, "InvalidInviteCode")


async def test_all_codes_of_an_account_are_disabled(server: Served) -> None:
    mine = [await server.code(owner=DID) for _ in range(2)]
    other = await server.code(owner=OTHER)

    await server.post(DISABLE, {"accounts": [DID]}, auth=ADMIN)

    disabled = {code["code"]: code["disabled"] for code in await server.listed()}
    assert disabled == {mine[0]: True, mine[1]: True, other: False}


TYPED: dict[str, Callable[[str], str]] = {
    "upper case": str.upper,
    "blanks": lambda code: f"  {code} ",
    "no hyphens": lambda code: code.replace("-", ""),
    "zeros": lambda code: code.replace("o", "0"),
}


@pytest.mark.parametrize("way", TYPED)
async def test_a_code_is_found_however_it_is_typed(server: Served, way: str) -> None:
    code = await server.code()

    assert (await server.sign_up("ada", TYPED[way](code))).status_code == 200


async def test_every_refused_code_gets_the_same_answer(server: Served) -> None:
    disabled, spent = await server.code(), await server.code()
    await server.post(DISABLE, {"codes": [disabled]}, auth=ADMIN)
    await server.sign_up("first", spent)

    answers = [
        await server.sign_up("ada", code) for code in (disabled, spent, "localhost-aaaaa-aaaaa")
    ]

    assert len({(answer.status_code, answer.content) for answer in answers}) == 1

"""Codes with terms of their own: made, honoured at the instant of use, changed, switched."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, Served, error_of

pytestmark = pytest.mark.anyio

CREATE = "org.xrpcinvites.createCodes"
GET = "org.xrpcinvites.getCode"
UPDATE = "org.xrpcinvites.updateCode"
DISABLE = "org.xrpcinvites.disableCodes"
ENABLE = "org.xrpcinvites.enableCodes"
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
UNAVAILABLE = (400, "InvalidInviteCode")


def shifted(**ago: float) -> str:
    """A moment so long from now."""
    at = datetime.now(UTC) + timedelta(**ago)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def ask(server: Served, nsid: str, **body: object) -> httpx.Response:
    return await server.post(nsid, body, auth=ADMIN)


async def made(server: Served, **terms: object) -> dict[str, Any]:
    """A new code, as operators see it."""
    answer = await ask(server, CREATE, **terms)
    assert answer.status_code == 200, answer.text
    [code] = answer.json()["codes"]
    assert isinstance(code, dict)
    return code


async def got(server: Served, code: str, **params: str) -> dict[str, Any]:
    answer = await server.get(GET, params={"code": code} | params, auth=ADMIN)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_code_is_shown_with_everything_that_was_laid_down(server: Served) -> None:
    begins, ends = shifted(days=1), shifted(days=8)
    given = {
        "notBefore": begins,
        "expiresAt": ends,
        "note": "The spring campaign",
        "role": "editor",
        "tags": ["spring", "press"],
        "emailDomains": ["example.org"],
        "showInviter": True,
        "forAccount": DID,
    }

    code = await made(server, available=500, code="Spring-2026", **given)

    created_at = code.pop("createdAt")
    assert code == given | {
        "code": "Spring-2026",
        "status": "scheduled",
        "available": 500,
        "useCount": 0,
        "reservedCount": 0,
        "remaining": 500,
        "disabled": False,
        "createdBy": "admin",
    }
    assert (await got(server, "spring2026"))["code"] == code | {"createdAt": created_at}


async def test_nothing_asked_is_one_plain_code(server: Served) -> None:
    code = await made(server)

    assert (code["available"], code["status"], code["forAccount"]) == (1, "active", "admin")
    assert (code["tags"], code["emailDomains"], code["showInviter"]) == ([], [], False)


async def test_many_codes_share_their_terms(server: Served) -> None:
    answer = await ask(server, CREATE, count=30, note="a batch", tags=["x", "x"])

    codes = answer.json()["codes"]
    assert len({code["code"] for code in codes}) == 30
    assert all((code["note"], code["tags"]) == ("a batch", ["x"]) for code in codes)


@pytest.mark.parametrize(
    ("terms", "email"),
    [
        ({"notBefore": "2120-01-01T00:00:00Z"}, "ada@mail.test"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "ada@mail.test"),
        ({"emailDomains": ["example.org"]}, "ada@evilexample.org"),
        ({"emailDomains": ["example.org"]}, "ada@example.org.evil.test"),
    ],
    ids=str,
)
async def test_a_code_out_of_its_terms_is_refused_and_stays_unspent(
    server: Served, terms: dict[str, object], email: str
) -> None:
    code = (await made(server, **terms))["code"]

    answer = await server.sign_up("ada", code, email=email)

    assert error_of(answer) == UNAVAILABLE
    assert answer.json()["message"] == "Provided invite code not available"
    assert (await got(server, code))["code"]["useCount"] == 0
    assert (await server.sign_up("ada", (await made(server))["code"])).status_code == 200


@pytest.mark.parametrize(
    ("domain", "email"),
    [
        ("example.org", "ada@example.org"),
        ("Example.ORG", "ada@x.EXAMPLE.org"),
        ("bücher.example", "ada@xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "ada@shop.BÜCHER.example"),
    ],
)
async def test_an_address_of_the_domain_or_below_it_is_let_in(
    server: Served, domain: str, email: str
) -> None:
    code = (await made(server, emailDomains=["other.test", domain]))["code"]

    answer = await server.sign_up("ada", code, email=email)

    assert answer.status_code == 200, answer.text


async def test_a_code_begins_and_ends_by_the_clock_alone(serve: Serve) -> None:
    server, later = await serve(), await serve(clock_offset=timedelta(days=2))
    early = (await made(server, notBefore=shifted(days=1)))["code"]
    late = (await made(server, expiresAt=shifted(days=1)))["code"]

    assert (await got(server, early))["code"]["status"] == "scheduled"
    assert (await got(server, late))["code"]["status"] == "active"
    assert error_of(await server.sign_up("ada", early)) == UNAVAILABLE
    assert (await got(later, early))["code"]["status"] == "active"
    assert (await got(later, late))["code"]["status"] == "expired"
    assert error_of(await later.sign_up("ada", late)) == UNAVAILABLE
    assert (await later.sign_up("ada", early)).status_code == 200


async def test_a_client_of_com_atproto_sees_a_plain_code(server: Served) -> None:
    await made(server, code="expired", expiresAt=shifted(days=-1), note="a secret note")

    [listed] = await server.listed()

    assert listed.pop("createdAt")
    assert listed == {
        "code": "expired",
        "available": 1,
        "disabled": False,
        "forAccount": "admin",
        "createdBy": "admin",
        "uses": [],
    }


@pytest.mark.parametrize("alike", ["spring-2o26", "SPRING2026", "Spring-2026", "s-p-r-ing-2026"])
async def test_two_codes_that_are_typed_alike_cannot_be_made(server: Served, alike: str) -> None:
    await made(server, code="spring-2026")

    answer = await ask(server, CREATE, code=alike)

    assert error_of(answer) == (400, "CodeTaken")
    assert alike not in answer.text
    assert len(await server.listed()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"code": "abc"},
        {"code": "-abcd"},
        {"code": "abcd-"},
        {"code": "ab cd"},
        {"code": "abcdé"},
        {"code": "a" * 65},
        {"code": "abcd", "count": 2},
        {"count": 0},
        {"count": 10_001},
        {"available": 0},
        {"available": 1_000_001},
        {"note": "x" * 301},
        {"tags": [""]},
        {"tags": ["x"] * 33},
        {"emailDomains": ["ada@example.org"]},
        {"emailDomains": ["*.example.org"]},
        {"emailDomains": ["exa mple.org"]},
        {"emailDomains": ["example..org"]},
        {"forAccount": "admin"},
        {"notBefore": "2026-01-01"},
        {"notBefore": "2026-01-02T00:00:00Z", "expiresAt": "2026-01-02T00:00:00Z"},
        {"expiresAt": "0000-01-01T00:00:00Z"},
    ],
    ids=str,
)
async def test_terms_that_make_no_sense_are_refused(server: Served, body: dict[str, Any]) -> None:
    assert error_of(await ask(server, CREATE, **body)) == (400, "InvalidRequest")
    assert await server.listed() == []


async def test_many_codes_with_much_to_be_found_by_are_made_in_parts(server: Served) -> None:
    words = " ".join(f"word{n}" for n in range(30))

    answer = await ask(server, CREATE, count=10_000, note=words)

    assert error_of(answer) == (400, "InvalidRequest")
    assert "count must be at most 6666" in answer.text
    assert await made(server, note=words)


async def test_times_count_in_whole_milliseconds(server: Served) -> None:
    code = await made(server, notBefore="2026-01-01T12:00:00.123999+02:00")

    assert code["notBefore"] == "2026-01-01T10:00:00.123Z"


async def test_an_update_changes_what_it_names_and_null_takes_away(server: Served) -> None:
    code = await made(
        server, code="spring", note="old", role="editor", tags=["a"], expiresAt=shifted(days=1)
    )

    answer = await ask(
        server, UPDATE, code="SPRING", available=800, note="new", expiresAt=None, tags=[]
    )

    changed = answer.json()
    assert changed["available"] == 800
    assert changed["note"] == "new"
    assert changed["role"] == "editor"
    assert changed["tags"] == []
    assert "expiresAt" not in changed
    assert (await got(server, code["code"]))["code"] == changed


async def test_available_is_not_lowered_below_what_is_used(server: Served) -> None:
    code = (await made(server, available=3))["code"]
    for name in ("ada", "bea"):
        assert (await server.sign_up(name, code)).status_code == 200

    assert error_of(await ask(server, UPDATE, code=code, available=1)) == (400, "AvailableTooLow")
    lowered = await ask(server, UPDATE, code=code, available=2)

    assert (lowered.json()["available"], lowered.json()["status"]) == (2, "exhausted")
    assert error_of(await server.sign_up("cid", code)) == UNAVAILABLE
    assert (await ask(server, UPDATE, code=code, available=3)).json()["status"] == "active"
    assert (await server.sign_up("cid", code)).status_code == 200


async def test_an_update_that_leaves_no_time_is_refused(server: Served) -> None:
    code = (await made(server, notBefore=shifted(days=2)))["code"]

    answer = await ask(server, UPDATE, code=code, expiresAt=shifted(days=1), note="kept out")

    assert error_of(answer) == (400, "InvalidRequest")
    assert "note" not in (await got(server, code))["code"]


@pytest.mark.parametrize("nsid", [UPDATE, GET])
async def test_a_code_that_is_not_there_is_not_found(server: Served, nsid: str) -> None:
    answer = (
        await ask(server, UPDATE, code="nobody-s", note="x")
        if nsid == UPDATE
        else await server.get(GET, params={"code": "nobody-s"}, auth=ADMIN)
    )

    assert error_of(answer) == (400, "CodeNotFound")
    assert "nobody" not in answer.text


async def test_a_code_is_paused_and_brought_back(server: Served) -> None:
    code = (await made(server, available=2))["code"]

    paused = await ask(server, DISABLE, codes=[code.upper(), "unknown"], reason="it leaked")

    assert paused.json() == {"changed": 1}
    shown = (await got(server, code))["code"]
    assert (shown["status"], shown["disabled"], shown["disabledReason"]) == (
        "disabled",
        True,
        "it leaked",
    )
    assert shown["disabledAt"]
    assert error_of(await server.sign_up("ada", code)) == UNAVAILABLE
    assert (await ask(server, DISABLE, codes=[code])).json() == {"changed": 0}
    assert (await ask(server, ENABLE, codes=[code])).json() == {"changed": 1}
    shown = (await got(server, code))["code"]
    assert shown["status"] == "active"
    assert not {"disabledAt", "disabledReason"} & shown.keys()
    assert (await server.sign_up("ada", code)).status_code == 200


async def test_all_codes_of_an_account_are_paused_and_brought_back(server: Served) -> None:
    await ask(server, CREATE, count=3, forAccount=DID)
    other = (await made(server))["code"]

    assert (await ask(server, DISABLE, accounts=[DID])).json() == {"changed": 3}

    assert [one["code"] for one in await server.listed() if not one["disabled"]] == [other]
    assert (await ask(server, ENABLE, accounts=[DID], codes=[other])).json() == {"changed": 3}


async def test_uses_come_in_pages_with_the_handles_of_accounts(server: Served) -> None:
    code = (await made(server, available=5))["code"]
    names = ["ada", "bea", "cid", "dot", "eve"]
    for name in names:
        assert (await server.sign_up(name, code)).status_code == 200
    seen: list[dict[str, Any]] = []
    params: dict[str, str] = {"limit": "2"}

    while True:
        page = await got(server, code, **params)
        seen += page["uses"]
        if "cursor" not in page:
            break
        params["cursor"] = page["cursor"]

    assert {use["handle"] for use in seen} == {f"{name}.test" for name in names}
    assert len(seen) == 5
    times = [(use["usedAt"], use["usedBy"]) for use in seen]
    assert times == sorted(times, reverse=True)
    assert page["code"]["lastUsedAt"] == times[0][0]


@pytest.mark.parametrize("cursor", ["x", "1::", "99999999999999999::did:web:a.test", "a::b::c"])
async def test_a_cursor_of_elsewhere_is_refused(server: Served, cursor: str) -> None:
    code = (await made(server))["code"]

    answer = await server.get(GET, params={"code": code, "cursor": cursor}, auth=ADMIN)

    assert error_of(answer) == (400, "InvalidRequest")

"""Codes with a history elsewhere: taken in as they came, once, or not at all."""

from typing import Any

import httpx
import pytest
from sqlalchemy import URL, create_engine, select

from tests.servers import ADMIN, Served, error_of
from xrpc_invites.storage.tables import invite_code

pytestmark = pytest.mark.anyio

IMPORT = "org.xrpcinvites.importCodes"
GET = "org.xrpcinvites.getCode"
UPDATE = "org.xrpcinvites.updateCode"
T1, T2, T3 = (f"2024-0{n}-01T00:00:00.000Z" for n in (1, 2, 3))
ADA, BEA, CID = (f"did:web:{name}.example" for name in ("ada", "bea", "cid"))
ROW: dict[str, Any] = {"code": "old-code", "available": 2, "createdAt": T1}


def use(did: str, at: str = T2) -> dict[str, str]:
    return {"usedBy": did, "usedAt": at}


def row(**changed: object) -> dict[str, Any]:
    return ROW | changed


async def sent(server: Served, *rows: dict[str, Any], **options: object) -> httpx.Response:
    return await server.post(IMPORT, {"rows": rows, **options}, auth=ADMIN)


async def became(server: Served, *rows: dict[str, Any], **options: object) -> list[str]:
    """What became of each row."""
    answer = await sent(server, *rows, **options)
    assert answer.status_code == 200, answer.text
    assert [result["code"] for result in answer.json()["results"]] == [r["code"] for r in rows]
    return [result.get("change") or result["reason"] for result in answer.json()["results"]]


async def shown(server: Served, code: str) -> dict[str, Any]:
    answer = await server.get(GET, params={"code": code}, auth=ADMIN)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_code_comes_with_all_its_facts(server: Served) -> None:
    facts: dict[str, Any] = {
        "code": "Old Code!",
        "available": 5,
        "useCount": 4,
        "disabled": True,
        "forAccount": ADA,
        "createdBy": BEA,
        "createdAt": T1,
        "notBefore": T1,
        "expiresAt": T3,
        "disabledAt": T3,
        "disabledReason": "it leaked",
        "note": "The spring campaign",
        "role": "editor",
        "tags": ["spring", "press"],
        "emailDomains": ["example.org"],
        "showInviter": True,
        "lastUsedAt": T3,
    }
    uses = [use(CID, T2), use(ADA, T2)]

    answer = await sent(server, {**facts, "uses": uses})

    assert answer.json() == {
        "imported": 1,
        "results": [
            {
                "$type": "org.xrpcinvites.importCodes#accepted",
                "code": "Old Code!",
                "change": "created",
            }
        ],
    }
    found = await shown(server, "Old Code!")
    assert found["code"].items() >= facts.items()
    assert found["uses"] == uses
    by_note = await server.get(
        "org.xrpcinvites.searchCodes", params={"text": "camp", "tag": "press"}, auth=ADMIN
    )
    assert [code["code"] for code in by_note.json()["codes"]] == ["Old Code!"]


async def test_what_a_code_is_shown_as_can_be_sent_back(server: Served) -> None:
    await became(server, row(uses=[use(ADA)]))
    found = await shown(server, "old-code")

    assert await became(server, {**found["code"], "uses": found["uses"]}) == ["none"]


async def test_the_same_row_again_changes_nothing(server: Served) -> None:
    once = row(uses=[use(ADA), use(BEA)])

    assert await became(server, once) == ["created"]
    before = await shown(server, "old-code")
    assert await became(server, once) == ["none"]
    assert await shown(server, "old-code") == before


async def test_uses_that_are_missing_are_added_and_no_more_than_are_counted(
    server: Served,
) -> None:
    assert await became(server, row(useCount=2, uses=[use(ADA)])) == ["created"]
    assert await became(server, row(useCount=2, uses=[use(BEA, T3)])) == ["uses-added"]
    assert await became(server, row(useCount=2, uses=[use(ADA), use(CID)])) == ["too-many-uses"]

    found = await shown(server, "old-code")
    assert found["uses"] == [use(BEA, T3), use(ADA)]
    assert (found["code"]["useCount"], found["code"]["lastUsedAt"]) == (2, T3)


@pytest.mark.parametrize(
    "changed",
    [
        {"available": 3},
        {"disabled": True},
        {"note": "another"},
        {"createdAt": T2},
        {"useCount": 1},
        {"lastUsedAt": T3},
        {"useCount": 2, "uses": [use(ADA, T3)]},
    ],
)
async def test_a_code_that_is_here_and_not_the_same_is_refused(
    server: Served, changed: dict[str, Any]
) -> None:
    await became(server, row(useCount=2, uses=[use(ADA)]))

    assert await became(server, row(**({"useCount": 2} | changed))) == ["code-taken"]


async def test_a_code_that_was_used_here_meanwhile_is_not_the_same(server: Served) -> None:
    await became(server, row())
    assert (await server.sign_up("ada", "old-code")).status_code == 200

    assert await became(server, row()) == ["code-taken"]


async def test_codes_that_read_alike_are_each_found_as_they_are(server: Served) -> None:
    made = {"code": "x0-1"}
    answer = await server.post("org.xrpcinvites.createCodes", made, auth=ADMIN)
    assert answer.status_code == 200

    results = await became(server, row(code="XOL"), row(code="xo-l"), row(code="other"))

    assert results == ["created"] * 3
    assert (await shown(server, "XOL"))["code"]["code"] == "XOL"
    assert (await shown(server, "xo-l"))["code"]["code"] == "xo-l"
    assert (await shown(server, "x-o-l"))["code"]["code"] == "x0-1"
    assert (await shown(server, "O-T-H-E-R"))["code"]["code"] == "other"
    assert await became(server, row(code="XOL"), row(code="xo-l")) == ["none", "none"]


@pytest.mark.parametrize(
    "code", [" x ", "a::b", "%3A", "=x", "ä🎟️", "x" * 256, "two words", "a\nb", "'; --", "::", "-"]
)
async def test_any_text_can_be_a_code(server: Served, code: str) -> None:
    assert await became(server, row(code=code), row(code="zzz", createdAt=T2)) == ["created"] * 2

    assert (await shown(server, code))["code"]["code"] == code
    one = {"limit": 1, "sort": "recent"}
    for nsid in ("org.xrpcinvites.searchCodes", "com.atproto.admin.getInviteCodes"):
        first = (await server.get(nsid, params=one, auth=ADMIN)).json()
        more = one | {"cursor": first["cursor"]}
        second = (await server.get(nsid, params=more, auth=ADMIN)).json()
        assert [found["code"] for found in first["codes"] + second["codes"]] == ["zzz", code]
        if cursor := second.get("cursor"):
            last = await server.get(nsid, params=one | {"cursor": cursor}, auth=ADMIN)
            assert last.json()["codes"] == []
    assert (await server.sign_up("ada", code)).status_code == 200


@pytest.mark.parametrize(
    ("available", "count", "status"),
    [(0, 0, "exhausted"), (-3, 0, "exhausted"), (1, 5, "exhausted"), (-1, 2, "exhausted")],
)
async def test_a_code_may_have_been_over_spent_elsewhere(
    server: Served, available: int, count: int, status: str
) -> None:
    assert await became(server, row(available=available, useCount=count)) == ["created"]

    found = (await shown(server, "old-code"))["code"]
    assert (found["available"], found["useCount"]) == (available, count)
    assert (found["remaining"], found["status"]) == (0, status)
    assert error_of(await server.sign_up("ada", "old-code")) == (400, "InvalidInviteCode")


async def test_an_over_spent_code_can_be_raised_and_used_again(server: Served) -> None:
    await became(server, row(available=1, useCount=5))

    change = {"code": "old-code", "available": 6}
    await server.post("org.xrpcinvites.updateCode", change, auth=ADMIN)

    assert (await server.sign_up("ada", "old-code")).status_code == 200
    assert error_of(await server.sign_up("bea", "old-code")) == (400, "InvalidInviteCode")


async def test_who_joined_elsewhere_with_a_code_joins_here_by_the_same_use(
    server: Served,
) -> None:
    await became(server, row(uses=[use("did:web:ada.test")]))

    assert (await server.sign_up("ada", "old-code")).status_code == 200
    found = await shown(server, "old-code")
    assert found["code"]["useCount"] == 1
    assert [one["usedAt"] for one in found["uses"]] == [T2]


async def test_one_refused_row_keeps_all_out(server: Served) -> None:
    rows = row(), row(code="b", uses=[use(ADA)], useCount=0), row(code="c")

    answer = await sent(server, *rows)

    assert answer.json()["imported"] == 0
    assert answer.json()["results"][1] == {
        "$type": "org.xrpcinvites.importCodes#refused",
        "code": "b",
        "reason": "too-many-uses",
        "message": "there are more uses than useCount says",
    }
    assert await server.listed() == []


async def test_a_part_is_taken_in_when_that_is_asked_for(server: Served) -> None:
    rows = row(), row(), row(code="c")

    answer = await sent(server, *rows, partial=True)

    assert answer.json()["imported"] == 2
    assert answer.json()["results"][1]["reason"] == "duplicate-row"
    assert [code["code"] for code in await server.listed()] == ["old-code", "c"]


async def test_a_dry_run_says_all_and_does_nothing(server: Served) -> None:
    answer = await sent(server, row(), row(code="c"), dryRun=True)

    assert answer.json()["imported"] == 2
    assert [result["change"] for result in answer.json()["results"]] == ["created", "created"]
    assert await server.listed() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"disabledAt": T2}, "disabledAt and disabledReason are of disabled codes"),
        ({"disabledReason": ""}, "disabledAt and disabledReason are of disabled codes"),
        ({"forAccount": "ada"}, "forAccount must be a DID or admin"),
        ({"createdBy": "did:x"}, "createdBy must be a DID or admin"),
        ({"emailDomains": ["@x"]}, "emailDomains[0] must be a domain"),
        ({"uses": [use(ADA), use(ADA, T3)]}, "uses must name everyone once"),
        ({"expiresAt": "0000-01-01T00:00:00Z"}, "expiresAt must be"),
    ],
)
async def test_what_no_code_can_be_is_invalid(
    server: Served, changed: dict[str, Any], said: str
) -> None:
    answer = await sent(server, row(**changed), row(code="c"), partial=True)

    if answer.status_code == 200:
        refused, accepted = answer.json()["results"]
        assert (refused["reason"], accepted["change"]) == ("invalid", "created")
        assert said in refused["message"]
    else:
        assert said in answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"rows": []}, "rows must have at least 1"),
        ({"rows": [ROW] * 1_001}, "rows must have at most 1000"),
        ({"rows": [{"code": "x", "available": 1}]}, "rows[0].createdAt is required"),
        ({"rows": [ROW, row(code="")]}, "rows[1].code must have at least 1"),
        ({"rows": [row(code="x" * 257)]}, "rows[0].code must"),
        ({"rows": [row(code="\0")]}, "rows[0].code must hold no U+0000"),
        ({"rows": [row(useCount=-1)]}, "rows[0].useCount must be at least 0"),
        ({"rows": [row(available=2**53)]}, "rows[0].available must be"),
        ({"rows": [row(note=None)]}, "rows[0].note must be a string, got null"),
        ({"rows": [row(uses=[{"usedBy": "ada", "usedAt": T1}])]}, "rows[0].uses[0].usedBy"),
    ],
)
async def test_what_does_not_fit_is_told_by_its_place(
    server: Served, body: dict[str, Any], said: str
) -> None:
    answer = await server.post(IMPORT, body, auth=ADMIN)

    assert error_of(answer) == (400, "InvalidRequest")
    assert said in answer.json()["message"]


async def test_a_body_may_have_two_megabytes(server: Served) -> None:
    tags = [f"{'t' * 120}{n}" for n in range(20)]
    rows = [row(code=f"c{n}", tags=tags[:15]) for n in range(1_000)]
    more = [row(code=f"c{n}", tags=tags) for n in range(1_000)]

    assert (await sent(server, *rows)).status_code == 200
    assert error_of(await sent(server, *more)) == (413, "PayloadTooLarge")


async def test_an_import_is_in_the_audit_log_once_and_only_when_it_changed_something(
    server: Served, url: URL
) -> None:
    await sent(server, row(uses=[use(ADA)]), row(code="b"))
    await sent(server, row(uses=[use(ADA)]), row(code="b"))
    await sent(server, row(code="c"), dryRun=True)
    await sent(server, row(code="c"), row(code="c"))

    engine = create_engine(url)
    with engine.connect() as connection:
        over_spent = connection.execute(select(invite_code.c.imported_uses)).scalars().all()
    engine.dispose()
    logged = (await server.get("org.xrpcinvites.listAuditEntries", auth=ADMIN)).json()["entries"]
    assert [(entry["action"], entry["subject"]) for entry in logged] == [(IMPORT, "import")]
    assert logged[0]["detail"] == {"codes": 2, "uses": 1}
    assert set(over_spent) == {0}


async def test_only_owners_import(server: Served) -> None:
    assert error_of(await server.post(IMPORT, {"rows": [ROW]})) == (401, "AuthenticationRequired")


async def test_a_code_that_came_without_a_time_to_be_used_in_can_still_be_noted(
    server: Served,
) -> None:
    assert await became(server, row(notBefore=T3, expiresAt=T1)) == ["created"]

    noted = await server.post(UPDATE, {"code": "old-code", "note": "from elsewhere"}, auth=ADMIN)
    moved = await server.post(UPDATE, {"code": "old-code", "expiresAt": T2}, auth=ADMIN)

    assert noted.json()["note"] == "from elsewhere"
    assert error_of(moved) == (400, "InvalidRequest")

"""Invite trees over the wire: who invited whom, freezing below somebody, and thawing again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, Served, bearer, error_of

pytestmark = pytest.mark.anyio

TREE = "org.xrpcinvites.getInviteTree"
DISABLE = "org.xrpcinvites.disableInviteTree"
ENABLE = "org.xrpcinvites.enableInviteTree"
OWN = "com.atproto.server.getAccountInviteCodes"
ADA, BEA, CID, DOT, EVA = (f"did:web:{name}.test" for name in ("ada", "bea", "cid", "dot", "eva"))
APP = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
DAY = timedelta(days=1)


async def call(server: Served, nsid: str, **body: Any) -> Any:
    answer = await server.post(nsid, body, auth=ADMIN)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def invite(server: Served, inviter: str, *names: str, code: str) -> None:
    """Accounts that joined by one code of somebody."""
    uses = len(names) + 1
    await call(server, "org.xrpcinvites.createCodes", code=code, available=uses, forAccount=inviter)
    for name in names:
        assert (await server.sign_up(name, code)).status_code == 200


async def grow(server: Served) -> None:
    """Ada invited Bea and Cid, Bea invited Dot, and Dot invited the user of an app."""
    await server.account("ada")
    await invite(server, ADA, "bea", "cid", code="of-ada")
    await invite(server, BEA, "dot", code="of-bea")
    await invite(server, DOT, code="of-dot")
    await call(server, "org.xrpcinvites.redeemCode", code="of-dot", did=APP)
    await invite(server, APP, code="of-the-app")
    await invite(server, "did:web:else.test", "eva", code="of-else")


async def tree(server: Served, did: str = ADA, **params: Any) -> dict[str, Any]:
    answer = await server.get(TREE, params={"did": did} | params, auth=ADMIN)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def disabled(server: Served) -> set[str]:
    """Codes with words for texts that are disabled."""
    return {
        one["code"]
        for one in await server.listed()
        if one["disabled"] and one["code"].startswith("of-")
    }


async def test_a_tree_shows_each_before_those_it_invited(server: Served) -> None:
    await grow(server)

    found = await tree(server, depth=5)

    nodes = [(node["depth"], node["did"], node.get("handle")) for node in found["nodes"]]
    assert nodes == [
        (1, BEA, "bea.test"),
        (2, DOT, "dot.test"),
        (3, APP, None),
        (1, CID, "cid.test"),
    ]
    assert "cursor" not in found


async def test_a_node_says_how_it_joined_and_what_hangs_on_it(server: Served) -> None:
    await grow(server)

    found = await tree(server)

    root, bea = found["root"], found["nodes"][0]
    assert bea.pop("usedAt") > root.pop("usedAt")
    assert root.pop("code").startswith("localhost-")
    assert root == {
        "did": ADA,
        "handle": "ada.test",
        "depth": 0,
        "children": 2,
        "descendants": 4,
        "frozen": False,
    }
    assert bea == {
        "did": BEA,
        "handle": "bea.test",
        "invitedBy": ADA,
        "code": "of-ada",
        "depth": 1,
        "children": 1,
        "descendants": 2,
        "frozen": False,
    }


async def test_a_tree_is_as_deep_as_it_is_asked_for(server: Served) -> None:
    await grow(server)

    found = await tree(server, depth=1)

    assert [node["did"] for node in found["nodes"]] == [BEA, CID]
    assert found["nodes"][0]["descendants"] == 2


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
async def test_a_tree_comes_in_pages(server: Served, limit: int) -> None:
    await grow(server)
    seen: list[str] = []
    params: dict[str, Any] = {"limit": limit, "depth": 9}

    while True:
        page = await tree(server, **params)
        assert 0 < len(page["nodes"]) <= limit
        seen += [node["did"] for node in page["nodes"]]
        if "cursor" not in page:
            break
        params["cursor"] = page["cursor"]

    assert seen == [BEA, DOT, APP, CID]


@pytest.mark.parametrize("cursor", [f"1::{DOT}", f"2::{EVA}", "0::x", f"3::{APP}", f"0::{ADA}"])
async def test_a_cursor_that_leads_elsewhere_is_refused(server: Served, cursor: str) -> None:
    await grow(server)

    params = {"did": ADA, "depth": 2, "cursor": cursor}
    answer = await server.get(TREE, params=params, auth=ADMIN)

    assert error_of(answer) == (400, "InvalidRequest")
    assert answer.json()["message"].startswith("cursor does not lead into this tree")


async def test_a_did_that_nobody_knows_is_a_root_alone(server: Served) -> None:
    found = await tree(server, "did:web:nobody.test")

    bare = {"depth": 0, "children": 0, "descendants": 0, "frozen": False}
    assert found == {"root": {"did": "did:web:nobody.test"} | bare, "nodes": []}


async def test_an_owner_that_is_no_did_invited_nobody(server: Served) -> None:
    use = {"usedBy": APP, "usedAt": "2025-01-01T00:00:00Z"}
    row = {"code": "of-old", "available": 1, "forAccount": "did:?", "uses": [use]}
    row["createdAt"] = use["usedAt"]
    await call(server, "org.xrpcinvites.importCodes", rows=[row])

    assert "invitedBy" not in (await tree(server, APP))["root"]


async def test_whoever_invited_its_own_inviter_is_walked_once(server: Served) -> None:
    uses = [
        {"code": "of-ada", "forAccount": ADA, "usedBy": BEA},
        {"code": "of-bea", "forAccount": BEA, "usedBy": ADA},
    ]
    at = "2025-01-01T00:00:00Z"
    rows = [
        {
            "code": one["code"],
            "forAccount": one["forAccount"],
            "available": 1,
            "createdAt": at,
            "uses": [{"usedBy": one["usedBy"], "usedAt": at}],
        }
        for one in uses
    ]
    await call(server, "org.xrpcinvites.importCodes", rows=rows)

    found = await tree(server, depth=20)
    frozen = await call(server, DISABLE, did=ADA)

    assert [(node["did"], node["children"]) for node in found["nodes"]] == [(BEA, 0)]
    assert found["root"]["invitedBy"] == BEA
    assert (frozen["codes"], frozen["accounts"]) == (2, 2)


async def test_a_dry_run_tells_what_would_be_done_and_does_nothing(server: Served) -> None:
    await grow(server)

    foreseen = await call(server, DISABLE, did=BEA, dryRun=True)

    assert foreseen == {"codes": 3, "accounts": 3, "sample": [BEA, DOT, APP]}
    assert await disabled(server) == set()
    assert not (await tree(server))["nodes"][0]["frozen"]
    done = await call(server, DISABLE, did=BEA)
    assert done.pop("batchId")
    assert done == foreseen


async def test_a_tree_is_stopped_and_goes_on_again(server: Served) -> None:
    await grow(server)

    batch = (await call(server, DISABLE, did=BEA, reason="spam"))["batchId"]

    assert await disabled(server) == {"of-bea", "of-dot", "of-the-app"}
    found = await tree(server)
    frozen = {node["did"]: node["frozen"] for node in found["nodes"]}
    assert frozen == {BEA: True, DOT: True, APP: True, CID: False}
    shown = await server.get("org.xrpcinvites.getCode", params={"code": "of-dot"}, auth=ADMIN)
    assert shown.json()["code"]["disabledReason"] == "spam"
    assert len(shown.json()["uses"]) == 1
    assert (await server.sign_up("fay", "of-bea")).status_code == 400

    assert await call(server, ENABLE, batchId=batch) == {"codes": 3, "accounts": 3}

    assert await disabled(server) == set()
    assert not (await tree(server))["nodes"][0]["frozen"]
    assert (await server.sign_up("fay", "of-bea")).status_code == 200
    assert await call(server, ENABLE, batchId=batch) == {"codes": 0, "accounts": 0}


async def test_depth_and_root_can_be_left_out(server: Served) -> None:
    await grow(server)

    done = await call(server, DISABLE, did=ADA, depth=1, includeRoot=False)

    assert done["sample"] == [BEA, CID]
    assert await disabled(server) == {"of-bea"}


async def test_nothing_to_freeze_is_no_batch(server: Served) -> None:
    done = await call(server, DISABLE, did=APP, includeRoot=False)

    assert done == {"codes": 0, "accounts": 0, "sample": []}


async def test_a_batch_that_nobody_knows_is_not_found(server: Served) -> None:
    answer = await server.post(ENABLE, {"batchId": "none"}, auth=ADMIN)

    assert error_of(answer) == (400, "BatchNotFound")


async def test_what_somebody_disables_besides_stays_disabled(server: Served) -> None:
    await grow(server)
    await call(server, "org.xrpcinvites.disableCodes", codes=["of-bea"])
    batch = (await call(server, DISABLE, did=BEA))["batchId"]
    body = {"codes": ["of-dot"], "accounts": []}
    answer = await server.post("com.atproto.admin.disableInviteCodes", body, auth=ADMIN)
    assert answer.status_code == 200

    assert await call(server, ENABLE, batchId=batch) == {"codes": 1, "accounts": 3}

    assert await disabled(server) == {"of-bea", "of-dot"}


async def test_a_code_that_is_named_and_owned_is_taken_over_once(server: Served) -> None:
    await grow(server)
    await call(server, DISABLE, did=BEA)

    again = {"codes": ["of-dot"], "accounts": [DOT]}

    assert await call(server, "org.xrpcinvites.disableCodes", **again) == {"changed": 1}
    assert await call(server, "org.xrpcinvites.disableCodes", **again) == {"changed": 0}


async def test_what_somebody_enables_again_is_theirs(server: Served) -> None:
    await grow(server)
    batch = (await call(server, DISABLE, did=BEA))["batchId"]
    await call(server, "org.xrpcinvites.enableCodes", accounts=[BEA, DOT])
    await call(server, "org.xrpcinvites.disableCodes", codes=["of-dot"])

    assert await call(server, ENABLE, batchId=batch) == {"codes": 1, "accounts": 3}

    assert await disabled(server) == {"of-dot"}


@pytest.mark.parametrize("first", ["wide", "narrow"])
async def test_of_two_batches_each_undoes_only_its_own(server: Served, first: str) -> None:
    await grow(server)
    batches = {
        "wide": (await call(server, DISABLE, did=ADA))["batchId"],
        "narrow": (await call(server, DISABLE, did=DOT))["batchId"],
    }

    await call(server, ENABLE, batchId=batches.pop(first))

    both = {"of-dot", "of-the-app"}
    assert await disabled(server) == (both if first == "wide" else both | {"of-ada", "of-bea"})
    [second] = batches.values()
    back = await call(server, ENABLE, batchId=second)
    assert back == ({"codes": 2, "accounts": 2} if first == "wide" else {"codes": 4, "accounts": 5})
    assert await disabled(server) == set()


async def session(server: Served) -> dict[str, str]:
    login = {"identifier": "ada.test", "password": "a good password"}
    answer = await server.post("com.atproto.server.createSession", login)
    return bearer(answer.json()["accessJwt"])


async def own(server: Served) -> int:
    answer = await server.get(OWN, headers=await session(server))
    assert answer.status_code == 200, answer.text
    return len(answer.json()["codes"])


async def test_what_is_earned_meanwhile_comes_back_with_the_batch(serve: Serve) -> None:
    early = await serve(interval=DAY)
    await early.account("ada")
    late = await serve(interval=DAY, clock_offset=DAY * 2)
    later = await serve(interval=DAY, clock_offset=DAY * 9)
    assert await own(late) == 2
    batch = (await call(late, DISABLE, did=ADA, reason="spam"))["batchId"]

    # As many as there would be room for, and each time it is asked no more than that.
    assert [await own(later), await own(later)] == [0, 0]

    stopped = [one for one in await later.listed() if one["createdBy"] == ADA]
    assert [one["disabled"] for one in stopped] == [True] * 5
    assert await call(later, ENABLE, batchId=batch) == {"codes": 5, "accounts": 1}
    assert await own(later) == 5


async def test_invites_that_were_disabled_are_not_brought_back(serve: Serve) -> None:
    early = await serve(interval=DAY)
    await early.account("ada")
    late = await serve(interval=DAY, clock_offset=DAY * 2)
    batch = (await call(late, DISABLE, did=ADA))["batchId"]
    body = {"account": ADA}
    await late.post("com.atproto.admin.disableAccountInvites", body, auth=ADMIN)
    assert await own(late) == 0

    assert await call(late, ENABLE, batchId=batch) == {"codes": 0, "accounts": 1}

    assert await own(late) == 0


async def test_each_batch_is_written_down_twice(server: Served) -> None:
    await grow(server)
    batch = (await call(server, DISABLE, did=BEA, depth=1, reason="spam"))["batchId"]
    await call(server, DISABLE, did=BEA, dryRun=True)
    await call(server, DISABLE, did=CID, includeRoot=False)
    for _ in range(2):
        await call(server, ENABLE, batchId=batch)

    answer = await server.get("org.xrpcinvites.listAuditEntries", auth=ADMIN)

    found = [one for one in answer.json()["entries"] if one["action"] in {DISABLE, ENABLE}]
    assert [(one["action"], one["subject"], one.get("reason")) for one in found] == [
        (ENABLE, BEA, None),
        (DISABLE, BEA, "spam"),
    ]
    counts = {"batchId": batch, "codes": 2, "accounts": 2}
    assert found[0]["detail"] == counts
    assert found[1]["detail"] == counts | {"depth": 1, "includeRoot": True}


async def test_an_account_still_says_what_invited_it(server: Served) -> None:
    await grow(server)

    params = {"did": DOT}
    answer = await server.get("com.atproto.admin.getAccountInfo", params=params, auth=ADMIN)

    brought = answer.json()["invitedBy"]
    assert (brought["code"], brought["forAccount"]) == ("of-bea", BEA)

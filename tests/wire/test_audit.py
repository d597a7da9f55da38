"""What operators do to accounts is written down, listed and verified."""

import re
from typing import Any

import pytest
from sqlalchemy import URL, delete

from tests.conftest import Serve
from tests.servers import ADMIN, Served, error_of, settings_of
from tests.storage.books import entry
from xrpc_invites.app.use_cases import auditing
from xrpc_invites.invites.making import TOGETHER
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.operator_tables import audit_entry
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

LIST = "org.xrpcinvites.listAuditEntries"
VERIFY = "org.xrpcinvites.verifyAudit"
DISABLE = "com.atproto.admin.disableAccountInvites"
ENABLE = "com.atproto.admin.enableAccountInvites"
UPDATE = "com.atproto.admin.updateSubjectStatus"
BATCH = "com.atproto.server.createInviteCodes"
DISABLE_CODES = "com.atproto.admin.disableInviteCodes"
DELETE = "com.atproto.admin.deleteAccount"


async def listed(server: Served, **params: Any) -> list[dict[str, Any]]:
    answer = await server.get(LIST, params=params, auth=ADMIN)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["entries"]
    return found


async def done(server: Served, did: str) -> list[tuple[str, str | None, Any]]:
    """What was done to an account, first things first: the method's name, why, and the detail."""
    found = await listed(server, subject=did)
    return [
        (one["action"].rpartition(".")[2], one.get("reason"), one["detail"])
        for one in reversed(found)
    ]


def status(did: str, **asked: Any) -> dict[str, Any]:
    return {"subject": {"$type": "com.atproto.admin.defs#repoRef", "did": did}} | asked


async def test_an_entry_says_who_did_what_to_whom_and_why(server: Served) -> None:
    did = (await server.account("ada"))["did"]

    await server.post(DISABLE, {"account": did, "note": "spam"}, auth=ADMIN)

    [found] = await listed(server, subject=did)
    found.pop("seq", None)
    assert re.fullmatch(r"[0-9]{13}-[0-9a-f]{16}-00000", found.pop("id"))
    assert re.fullmatch(r"[0-9a-f]{16}", found.pop("address"))
    assert re.fullmatch(r"[0-9a-f]{16}", found.pop("request"))
    assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z", found.pop("at"))
    assert found == {
        "actor": "admin",
        "role": "owner",
        "credentials": "password",
        "action": DISABLE,
        "subject": did,
        "reason": "spam",
        "detail": {
            "invitesDisabled": {"from": False, "to": True},
            "inviteNote": {"from": None, "to": "spam"},
        },
    }


async def test_a_switch_is_written_down_when_it_changes_something(server: Served) -> None:
    did = (await server.account("ada"))["did"]

    for nsid, note in ((ENABLE, None), (DISABLE, "spam"), (DISABLE, "spam"), (DISABLE, None)):
        body = {"account": did} | ({"note": note} if note else {})
        await server.post(nsid, body, auth=ADMIN)
    await server.post(DISABLE, {"account": did, "note": "more spam"}, auth=ADMIN)
    await server.post(ENABLE, {"account": did}, auth=ADMIN)

    on, off = {"from": False, "to": True}, {"from": True, "to": False}
    spam, more = {"from": None, "to": "spam"}, {"from": "spam", "to": "more spam"}
    assert await done(server, did) == [
        ("disableAccountInvites", "spam", {"invitesDisabled": on, "inviteNote": spam}),
        ("disableAccountInvites", "more spam", {"inviteNote": more}),
        ("enableAccountInvites", None, {"invitesDisabled": off}),
    ]


async def test_takedown_and_deactivation_are_one_change(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    takedown = {"applied": True, "ref": "case-7"}

    both = status(did, takedown=takedown, deactivated={"applied": True})
    await server.post(UPDATE, both, auth=ADMIN)
    await server.post(UPDATE, status(did, deactivated={"applied": False}), auth=ADMIN)
    await server.post(UPDATE, status(did, deactivated={"applied": False}), auth=ADMIN)
    await server.post(UPDATE, status(did), auth=ADMIN)
    await server.post(UPDATE, status(did, takedown={"applied": False}), auth=ADMIN)

    on, off = {"from": False, "to": True}, {"from": True, "to": False}
    began, ended = {"from": None, "to": "case-7"}, {"from": "case-7", "to": None}
    update = "updateSubjectStatus"
    assert await done(server, did) == [
        (update, "case-7", {"takedown": on, "takedownRef": began, "deactivated": on}),
        (update, None, {"deactivated": off}),
        (update, None, {"takedown": off, "takedownRef": ended}),
    ]


async def test_a_deletion_is_written_down_without_the_address(server: Served) -> None:
    did = (await server.account("ada"))["did"]

    for _ in range(2):
        await server.post(DELETE, {"did": did}, auth=ADMIN)
    await server.post(DISABLE, {"account": did}, auth=ADMIN)
    await server.post(UPDATE, status(did, takedown={"applied": True}), auth=ADMIN)

    before = {
        "handle": "ada.test",
        "invitesDisabled": False,
        "takedown": False,
        "deactivated": False,
    }
    assert await done(server, did) == [("deleteAccount", None, before)]


async def test_nothing_is_written_down_of_accounts_that_are_not_here(server: Served) -> None:
    did = "did:web:nobody.test"

    for nsid, body in (
        (DISABLE, {"account": did}),
        (UPDATE, status(did, takedown={"applied": True})),
        (DELETE, {"did": did}),
    ):
        assert (await server.post(nsid, body, auth=ADMIN)).status_code == 200

    assert await listed(server, subject=did) == []


async def test_nothing_is_written_down_of_calls_that_are_refused(server: Served) -> None:
    did = (await server.account("ada"))["did"]

    await server.post(DISABLE, {"account": did}, auth=("admin", "wrong"))
    await server.post(DISABLE, {"account": did, "note": 7}, auth=ADMIN)

    assert await listed(server, subject=did) == []


async def test_what_one_client_does_has_one_hash_of_an_address(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    for nsid in (DISABLE, ENABLE):
        await server.post(nsid, {"account": did}, auth=ADMIN)

    one, two = await listed(server, subject=did)

    assert one["address"] == two["address"]
    assert one["request"] != two["request"]
    assert "127.0.0.1" not in str(one)


async def test_a_list_is_paged(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    for number in range(5):
        await server.post(DISABLE, {"account": did, "note": f"{number}"}, auth=ADMIN)
    seen: list[list[str]] = []
    params: dict[str, Any] = {"subject": did, "limit": 2}

    while True:
        page = (await server.get(LIST, params=params, auth=ADMIN)).json()
        seen.append([one["reason"] for one in page["entries"]])
        if "cursor" not in page:
            break
        params["cursor"] = page["cursor"]

    assert seen == [["4", "3"], ["2", "1"], ["0"]]


async def test_a_list_is_filtered(server: Served) -> None:
    did = (await server.account("ada"))["did"]
    for nsid in (DISABLE, ENABLE):
        await server.post(nsid, {"account": did}, auth=ADMIN)
    [off] = await listed(server, subject=did, action=DISABLE)

    async def found(**params: str) -> int:
        return len(await listed(server, subject=did, **params))

    assert off["action"] == DISABLE
    assert (await found(actor="admin"), await found(actor="somebody")) == (2, 0)
    assert (await found(since=off["at"]), await found(until=off["at"])) == (2, 0)
    assert await found(since="2999-01-01T00:00:00+05:30") == 0
    assert await found(until="0001-01-01T00:00:00Z") == 0


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"limit": "0"}, "listAuditEntries parameters: limit must be at least 1, got 0"),
        ({"limit": "501"}, "listAuditEntries parameters: limit must be at most 500, got 501"),
        ({"since": "0000-01-01T00:00:00Z"}, "since must be in the years 1 to 9999"),
        ({"until": "9999-12-31T23:59:59-01:00"}, "until must be in the years 1 to 9999"),
        ({"cursor": "1::2"}, "cursor is malformed: use one that this server gave"),
        (
            {"cursor": "1" * 13 + "-" + "x" * 65},
            "cursor is malformed: use one that this server gave",
        ),
    ],
    ids=str,
)
async def test_a_list_refuses_what_it_cannot_do(
    server: Served, params: dict[str, str], message: str
) -> None:
    answer = await server.get(LIST, params=params, auth=ADMIN)

    assert error_of(answer) == (400, "InvalidRequest")
    assert answer.json()["message"] == message


@pytest.mark.parametrize(
    "params", [{"actor": "x" * 2_049}, {"since": "yesterday"}], ids=["long", "no-date"]
)
async def test_a_list_refuses_what_its_lexicon_refuses(
    server: Served, params: dict[str, str]
) -> None:
    answer = await server.get(LIST, params=params, auth=ADMIN)

    assert error_of(answer) == (400, "InvalidRequest")


@pytest.mark.parametrize("nsid", [LIST, VERIFY])
async def test_the_log_is_for_operators(server: Served, nsid: str) -> None:
    answer = await server.get(nsid)

    assert error_of(answer) == (401, "AuthenticationRequired")
    assert answer.headers["cache-control"] == "private"


@pytest.fixture
async def sealed(url: URL, database: Database, tmp_path: Any) -> list[str]:
    """The ids of a chain that was sealed before the server starts."""

    @one_by_one
    def add(store: SqlStore, numbers: range) -> None:
        store.audit.add([entry(number) for number in numbers])

    await database.write(add, range(3))
    await auditing(settings_of(url, tmp_path), database).seal()
    return [entry(number).id for number in range(3)]


async def test_a_log_as_it_was_sealed_is_in_order(sealed: list[str], server: Served) -> None:
    answer = await server.get(VERIFY, auth=ADMIN)

    assert answer.json() == {"ok": True, "sealed": len(sealed), "unsealed": 0}
    assert [one["seq"] for one in await listed(server)] == [3, 2, 1]


async def test_an_entry_that_was_changed_is_named(
    sealed: list[str], url: URL, server: Served
) -> None:
    tamper(url, audit_entry.update().where(audit_entry.c.seq == 2).values(actor="nobody"))

    answer = await server.get(VERIFY, auth=ADMIN)

    fault = {"kind": "changed", "seq": 2, "id": sealed[1]}
    assert answer.json() == {"ok": False, "sealed": 3, "unsealed": 0, "firstFault": fault}


@pytest.mark.usefixtures("sealed")
async def test_an_end_that_was_cut_off_is_missed(url: URL, server: Served) -> None:
    tamper(url, delete(audit_entry).where(audit_entry.c.seq == 3))

    answer = await server.get(VERIFY, auth=ADMIN)

    fault = {"kind": "cut-off", "seq": 3}
    assert answer.json() == {"ok": False, "sealed": 2, "unsealed": 0, "firstFault": fault}


@pytest.mark.usefixtures("sealed")
async def test_a_log_sealed_with_another_key_is_not_in_order(serve: Serve) -> None:
    server = await serve(hash_key="another key, long enough")

    answer = await server.get(VERIFY, auth=ADMIN)

    assert answer.json()["firstFault"]["kind"] == "changed"


def tamper(url: URL, statement: Any) -> None:
    engine = engines.writing(url, lanes=1)
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()


class TestCodesThatAreMadeTogether:
    """They share entries, and each is found by its own."""

    async def test_an_owner_has_an_entry_for_all_of_his(self, server: Served) -> None:
        owners = ["did:web:a.test", "did:web:b.test"]
        asked = {"codeCount": 3, "useCount": 2, "forAccounts": owners}

        made = (await server.post(BATCH, asked, auth=ADMIN)).json()["codes"]

        entries = await listed(server, action=BATCH)
        told = {one["subject"]: one["detail"] for one in entries}
        assert len(entries) == len(owners)
        assert told == {
            one["account"]: {"available": 2, "forAccount": one["account"], "codes": one["codes"]}
            for one in made
        }
        for one in made:
            for code in one["codes"]:
                [found] = await listed(server, subject=code)
                assert found["subject"] == one["account"]

    async def test_what_is_done_to_one_of_them_later_is_found_beside_it(
        self, server: Served
    ) -> None:
        asked = {"codeCount": 2, "useCount": 1}
        [made] = (await server.post(BATCH, asked, auth=ADMIN)).json()["codes"]
        code, other = made["codes"]

        await server.post(DISABLE_CODES, {"codes": [code]}, auth=ADMIN)

        found = await listed(server, subject=code)
        assert [one["action"] for one in found] == [DISABLE_CODES, BATCH]
        assert [one["action"] for one in await listed(server, subject=other)] == [BATCH]
        assert await listed(server, subject=code, action=DISABLE_CODES) == found[:1]

    async def test_an_entry_never_grows_too_long(self, server: Served) -> None:
        asked = {"codeCount": TOGETHER * 2 + 1, "useCount": 1}

        [made] = (await server.post(BATCH, asked, auth=ADMIN)).json()["codes"]

        *_, last = made["codes"]
        entries = await listed(server, action=BATCH)
        sizes = [len(one["detail"].get("codes", [])) for one in reversed(entries)]
        assert sizes == [TOGETHER, TOGETHER, 1]
        assert [one["id"] for one in await listed(server, subject=last)] == [entries[0]["id"]]

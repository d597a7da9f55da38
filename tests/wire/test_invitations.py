"""Invitations over HTTP: made, shown, mailed, revoked, and what is said about each row."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import Serve
from tests.servers import Served, bearer, error_of

pytestmark = pytest.mark.anyio

CREATE = "org.xrpcinvites.createInvitations"
SEND = "org.xrpcinvites.sendInvitations"
REVOKE = "org.xrpcinvites.revokeInvitation"
LIST = "org.xrpcinvites.listInvitations"
GET = "org.xrpcinvites.getInvitation"
CODE = "org.xrpcinvites.getCode"


async def create(server: Served, *rows: object, **how: Any) -> httpx.Response:
    auth = {"headers": how.pop("headers")} if "headers" in how else {"auth": server.admin}
    return await server.post(CREATE, {"invitations": rows} | how, **auth)


async def results(server: Served, *rows: object, **how: Any) -> list[dict[str, Any]]:
    answer = await create(server, *rows, **how)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


async def invited(server: Served, email: str, **row: object) -> dict[str, Any]:
    [made] = await results(server, {"email": email} | row)
    view: dict[str, Any] = made["invitation"]
    return view


async def shown(server: Served, id_: int) -> dict[str, Any]:
    view: dict[str, Any] = (await server.get(GET, params={"id": id_}, auth=server.admin)).json()
    return view


def reasons(found: list[dict[str, Any]]) -> list[str | None]:
    return [one.get("reason") for one in found]


async def test_an_invitation_is_a_code_with_all_that_was_said(server: Served) -> None:
    row = {
        "name": "Ada",
        "role": "editor",
        "tags": ["founders", "press"],
        "language": "pt-BR",
        "note": "See you there",
    }
    view = await invited(server, "Ada@Mail.Test", **row)

    assert view["email"] == "ada@mail.test"
    assert row.items() <= view.items()
    assert view["url"] == f"http://localhost:2585/i/{view['code']}"
    assert (view["status"], view["invitedBy"], view["sendCount"]) == ("draft", "admin", 0)
    assert await shown(server, view["id"]) == view
    code = (await server.get(CODE, params={"code": view["code"]}, auth=server.admin)).json()
    assert code["code"]["invitationId"] == view["id"]
    assert code["code"]["role"] == "editor"


async def test_each_row_is_answered_in_its_place(server: Served) -> None:
    await server.account("mia")
    await invited(server, "old@mail.test")
    rows = [
        {"email": "new@mail.test"},
        {"email": "no address"},
        {"email": "NEW@mail.test"},
        {"email": "old@mail.test"},
        {"email": "mia@mail.test"},
        {"email": "a@mail.test", "name": "see evil.com"},
        {"email": "b@mail.test", "name": "two\r\nBcc: lines"},
        {"email": "c@mail.test", "note": "http://evil"},
        {"email": "d@mail.test", "language": "klingonese!"},
        {"email": "z@mailinator.com"},
    ]
    expected = [
        None,
        "invalid-email",
        "duplicate-row",
        "already-invited",
        "already-member",
        "invalid-name",
        "invalid-name",
        "invalid-note",
        "invalid-language",
        "invalid-email",
    ]

    dry = await results(server, *rows, dryRun=True)
    real = await results(server, *rows)

    assert reasons(dry) == reasons(real) == expected
    assert "invitation" not in dry[0]
    assert all(one["message"] for one in real[1:])
    listed = (await server.get(LIST, auth=server.admin)).json()["invitations"]
    assert [one["email"] for one in listed] == ["new@mail.test", "old@mail.test"]


async def test_a_row_that_was_refused_stands_in_no_ones_way(server: Served) -> None:
    rows = [{"email": "a@mail.test", "name": "evil.com"}, {"email": "a@mail.test", "name": "Ada"}]

    assert reasons(await results(server, *rows)) == ["invalid-name", None]


async def test_what_is_over_stands_in_no_ones_way(server: Served) -> None:
    first = await invited(server, "ada@mail.test")
    revoked = await server.post(REVOKE, {"id": first["id"], "reason": "typo"}, auth=server.admin)
    assert revoked.json()["status"] == "revoked"

    second = await invited(server, "ada@mail.test")

    assert second["code"] != first["code"]
    assert reasons(await results(server, {"email": "ada@mail.test"})) == ["already-invited"]
    assert reasons(await results(server, {"email": "ada@mail.test"}, again=True)) == [None]


async def test_the_use_tells_who_joined_and_gives_what_was_promised(server: Served) -> None:
    view = await invited(server, "ada@mail.test", role="editor", tags=["founders"])

    assert error_of(await server.sign_up("bob", view["code"])) == (400, "InvalidInviteCode")
    joined = await server.sign_up("ada", view["code"], email="ADA@mail.test")

    assert joined.status_code == 200
    after = await shown(server, view["id"])
    assert (after["status"], after["usedBy"]) == ("used", "did:web:ada.test")
    app = await server.token("app")
    grants = await server.get(
        "org.xrpcinvites.checkAccess", params={"dids": "did:web:ada.test"}, headers=bearer(app)
    )
    [grant] = grants.json()["grants"]
    assert (grant["role"], grant["tags"]) == ("editor", ["founders"])
    assert reasons(await results(server, {"email": "ada@mail.test"}, again=True)) == [
        "already-member"
    ]


@pytest.mark.parametrize(
    ("given", "fits"),
    [("ADA@mail.test", True), ("bea@mail.test", False), (None, False)],
    ids=["hers", "another", "none"],
)
async def test_apps_redeem_with_the_address_that_was_invited(
    server: Served, given: str | None, *, fits: bool
) -> None:
    view = await invited(server, "ada@mail.test")
    headers = bearer(await server.token("app"))
    address = {} if given is None else {"email": given}
    asked = {"code": view["code"], **address}

    held = await server.post("org.xrpcinvites.reserveCode", asked, headers=headers)

    assert held.is_success is fits
    if not fits:
        assert error_of(held) == (400, "InvalidInviteCode")
        asked["did"] = "did:web:ada.test"
        spent = await server.post("org.xrpcinvites.redeemCode", asked, headers=headers)
        assert error_of(spent) == (400, "InvalidInviteCode")
        return
    done = {"id": held.json()["id"], "usedBy": "did:web:ada.test"}
    completed = await server.post("org.xrpcinvites.completeRedemption", done, headers=headers)
    assert completed.status_code == 200


async def test_a_lease_that_ended_is_completed_without_the_address_again(serve: Serve) -> None:
    server = await serve()
    later = await serve(clock_offset=timedelta(seconds=31))
    view = await invited(server, "ada@mail.test")
    headers = bearer(await server.token("app"))
    asked = {"code": view["code"], "email": "ada@mail.test", "leaseSeconds": 30}
    held = await server.post("org.xrpcinvites.reserveCode", asked, headers=headers)

    done = {"id": held.json()["id"], "usedBy": "did:web:ada.test"}
    completed = await later.post("org.xrpcinvites.completeRedemption", done, headers=headers)

    assert completed.status_code == 200, completed.text


async def test_addresses_bind_nobody_where_the_operator_says_so(serve: Serve) -> None:
    server = await serve(bind_email=False)
    view = await invited(server, "ada@mail.test")

    assert (await server.sign_up("bob", view["code"])).status_code == 200


async def test_an_invitation_ends_when_it_was_to_end(serve: Serve) -> None:
    server = await serve()
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="milliseconds")
    [made] = await results(server, {"email": "ada@mail.test"}, expiresAt=ends)
    later = await serve(clock_offset=timedelta(days=2))

    view = await shown(later, made["invitation"]["id"])

    assert view["status"] == "expired"
    assert reasons(await results(later, {"email": "ada@mail.test"})) == [None]


async def test_an_end_that_has_come_is_refused(server: Served) -> None:
    answer = await create(server, {"email": "a@mail.test"}, expiresAt="2020-01-01T00:00:00Z")

    assert error_of(answer) == (400, "InvalidRequest")
    assert "future" in answer.json()["message"]


async def test_lists_are_paged_and_filtered(server: Served) -> None:
    rows = [{"email": f"p{n}@mail.test", "tags": ["red"] if n % 2 else []} for n in range(5)]
    await results(server, *rows)

    async def page(**params: Any) -> dict[str, Any]:
        answer = await server.get(LIST, params=params, auth=server.admin)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    first = await page(limit=3)
    second = await page(limit=3, cursor=first["cursor"])
    assert [one["id"] for one in first["invitations"] + second["invitations"]] == [5, 4, 3, 2, 1]
    assert "cursor" not in second
    assert [one["email"] for one in (await page(tag="red"))["invitations"]] == [
        "p3@mail.test",
        "p1@mail.test",
    ]
    assert len((await page(text="p1 mail", status="draft", invitedBy="admin"))["invitations"]) == 1


@pytest.mark.parametrize(
    "params",
    [
        {"status": "lost"},
        {"cursor": "x"},
        {"cursor": "1" * 19},
        {"text": " ".join(map(str, range(21)))},
    ],
)
async def test_a_filter_that_means_nothing_is_explained(
    server: Served, params: dict[str, str]
) -> None:
    answer = await server.get(LIST, params=params, auth=server.admin)

    assert error_of(answer) == (400, "InvalidRequest")


async def test_what_is_not_there_is_not_found(server: Served) -> None:
    for answer in (
        await server.get(GET, params={"id": 2**53 - 1}, auth=server.admin),
        await server.post(REVOKE, {"id": 2**53 - 1}, auth=server.admin),
    ):
        assert error_of(answer) == (400, "InvitationNotFound")


async def test_a_revoked_invitation_admits_nobody_until_its_code_is_enabled(
    server: Served,
) -> None:
    view = await invited(server, "ada@mail.test")
    asked = {"id": view["id"], "reason": "typo"}
    first = await server.post(REVOKE, asked, auth=server.admin)
    again = await server.post(REVOKE, asked, auth=server.admin)
    assert first.json() == again.json()
    refused = await server.sign_up("ada", view["code"])
    assert error_of(refused) == (400, "InvalidInviteCode")

    await server.post("org.xrpcinvites.enableCodes", {"codes": [view["code"]]}, auth=server.admin)

    assert (await shown(server, view["id"]))["status"] == "draft"
    assert (await server.sign_up("ada", view["code"])).status_code == 200


async def test_changes_are_written_down_without_the_address(server: Served) -> None:
    view = await invited(server, "ada@mail.test")
    await server.post(REVOKE, {"id": view["id"], "reason": "typo"}, auth=server.admin)

    answer = await server.get(
        "org.xrpcinvites.listAuditEntries", params={"subject": view["code"]}, auth=server.admin
    )

    entries = answer.json()["entries"]
    assert [(one["action"], one["detail"]["invitation"]) for one in entries] == [
        (REVOKE, view["id"]),
        (CREATE, view["id"]),
    ]
    assert "mail.test" not in answer.text


async def test_without_mail_the_operator_hands_the_link_on(server: Served) -> None:
    view = await invited(server, "ada@mail.test")

    answer = await server.post(SEND, {"ids": [view["id"]]}, auth=server.admin)

    [refused] = answer.json()["results"]
    assert (refused["id"], refused["reason"]) == (view["id"], "mail-off")


async def test_numbers_count_invitations(server: Served) -> None:
    await results(server, {"email": "a@mail.test"}, {"email": "b@mail.test"})

    answer = await server.get("org.xrpcinvites.getStats", auth=server.admin)

    assert answer.json()["totals"]["invitations"] == 2


async def test_a_thousand_people_fit_one_request(server: Served) -> None:
    rows = [{"email": f"p{n}@mail.test", "name": f"Person {n}", "tags": ["t"]} for n in range(1000)]

    found = await results(server, *rows)

    assert {one["invitation"]["status"] for one in found} == {"draft"}
    assert len({one["invitation"]["code"] for one in found}) == 1000
    assert [one["email"] for one in found] == [row["email"] for row in rows]


async def test_a_wrong_token_opts_nobody_out(server: Served) -> None:
    answer = await server.post("org.xrpcinvites.optOut", {"token": "1.forged"})

    assert error_of(answer) == (400, "TokenNotFound")

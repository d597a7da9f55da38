"""Redemption over the wire: an app reserves, settles, redeems and asks who may come in."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, Served, bearer, error_of

pytestmark = pytest.mark.anyio

CREATE = "org.xrpcinvites.createCodes"
RESERVE = "org.xrpcinvites.reserveCode"
COMPLETE = "org.xrpcinvites.completeRedemption"
RELEASE = "org.xrpcinvites.releaseRedemption"
REDEEM = "org.xrpcinvites.redeemCode"
CHECK = "org.xrpcinvites.checkAccess"
REVOKE = "org.xrpcinvites.revokeGrant"
UPDATE = "org.xrpcinvites.updateCode"
DISABLE = "org.xrpcinvites.disableCodes"
ADA, BEA, CID = (f"did:web:{name}.example" for name in ("ada", "bea", "cid"))
INVALID = (400, "InvalidInviteCode")


class App:
    """An app with a token of its own."""

    def __init__(self, server: Served, token: str) -> None:
        self.server, self.headers = server, bearer(token)

    async def ask(self, nsid: str, **body: object) -> httpx.Response:
        return await self.server.post(nsid, body, headers=self.headers)

    async def reserved(self, code: str, **body: object) -> dict[str, Any]:
        answer = await self.ask(RESERVE, code=code, **body)
        assert answer.status_code == 200, answer.text
        view: dict[str, Any] = answer.json()
        return view

    async def access(self, *dids: str, **headers: str) -> httpx.Response:
        params = {"dids": list(dids)}
        return await self.server.get(CHECK, params=params, headers=self.headers | headers)


async def app(server: Served, name: str = "an app") -> App:
    body = {"name": name, "role": "app"}
    answer = await server.post("org.xrpcinvites.createToken", body, auth=ADMIN)
    return App(server, answer.json()["token"])


async def made(server: Served, **terms: object) -> str:
    answer = await server.post(CREATE, terms, auth=ADMIN)
    assert answer.status_code == 200, answer.text
    code: str = answer.json()["codes"][0]["code"]
    return code


async def shown(server: Served, code: str) -> dict[str, Any]:
    answer = await server.get("org.xrpcinvites.getCode", params={"code": code}, auth=ADMIN)
    view: dict[str, Any] = answer.json()["code"]
    return view


async def test_a_use_is_held_and_then_spent(server: Served) -> None:
    client = await app(server)
    code = await made(server, available=2, role="editor", tags=["beta"])

    held = await client.reserved(code.upper(), leaseSeconds=60)

    assert (held["code"], held["state"]) == (code, "reserved")
    view = await shown(server, code)
    assert (view["useCount"], view["reservedCount"], view["remaining"]) == (0, 1, 1)
    granted = (await client.ask(COMPLETE, id=held["id"], usedBy=ADA)).json()
    assert granted.pop("grantedAt")
    assert granted == {"did": ADA, "code": code, "role": "editor", "tags": ["beta"]}
    view = await shown(server, code)
    assert (view["useCount"], view["reservedCount"], view["remaining"]) == (1, 0, 1)


async def test_what_is_held_is_not_there_for_others(server: Served) -> None:
    client, code = await app(server), await made(server)
    held = await client.reserved(code)

    assert error_of(await client.ask(RESERVE, code=code)) == INVALID
    assert error_of(await client.ask(REDEEM, code=code, did=ADA)) == INVALID
    assert error_of(await server.sign_up("ada", code)) == INVALID
    released = (await client.ask(RELEASE, id=held["id"])).json()

    assert released["state"] == "released"
    assert released["settledAt"]
    assert (await server.sign_up("ada", code)).status_code == 200


async def test_settling_twice_is_told_apart_from_settling_otherwise(server: Served) -> None:
    client, code = await app(server), await made(server, available=5)
    held, other = await client.reserved(code), await client.reserved(code)

    first = await client.ask(COMPLETE, id=held["id"], usedBy=ADA)
    again = await client.ask(COMPLETE, id=held["id"], usedBy=ADA)
    assert first.json() == again.json()
    settled = (400, "RedemptionSettled")
    assert error_of(await client.ask(COMPLETE, id=held["id"], usedBy=BEA)) == settled
    assert error_of(await client.ask(RELEASE, id=held["id"])) == settled
    released = await client.ask(RELEASE, id=other["id"])
    assert (await client.ask(RELEASE, id=other["id"])).json() == released.json()
    assert error_of(await client.ask(COMPLETE, id=other["id"], usedBy=ADA)) == settled
    unknown = (400, "RedemptionNotFound")
    assert error_of(await client.ask(COMPLETE, id="nothing", usedBy=ADA)) == unknown
    assert error_of(await client.ask(RELEASE, id="nothing")) == unknown


async def test_only_who_reserved_or_an_owner_settles(server: Served) -> None:
    mine, other = await app(server), await app(server, "another app")
    code = await made(server, available=3)
    first, second = await mine.reserved(code), await mine.reserved(code)

    forbidden = (403, "Forbidden")
    assert error_of(await other.ask(COMPLETE, id=first["id"], usedBy=ADA)) == forbidden
    assert error_of(await other.ask(RELEASE, id=first["id"])) == forbidden
    by_owner = await server.post(COMPLETE, {"id": first["id"], "usedBy": ADA}, auth=ADMIN)
    assert by_owner.status_code == 200
    assert (await server.post(RELEASE, {"id": second["id"]}, auth=ADMIN)).status_code == 200


async def test_a_repeated_request_is_answered_with_where_the_first_one_stands(
    server: Served,
) -> None:
    client, other = await app(server), await app(server, "another app")
    code = await made(server, available=3)

    first = await client.reserved(code, idempotencyKey="k", email="ada@example.org")

    assert first["idempotencyKey"] == "k"
    again = await client.reserved(code.upper(), idempotencyKey="k", email="ada@example.org")
    assert again == first
    assert (await shown(server, code))["reservedCount"] == 1
    mismatch = await client.ask(RESERVE, code=code, idempotencyKey="k", email="bea@example.org")
    assert error_of(mismatch) == (400, "IdempotencyMismatch")
    assert (await other.reserved(code, idempotencyKey="k"))["id"] != first["id"]
    await client.ask(COMPLETE, id=first["id"], usedBy=ADA)
    settled = await client.reserved(code, idempotencyKey="k", email="ada@example.org")
    assert (settled["state"], settled["usedBy"]) == ("completed", ADA)


async def test_a_key_is_free_again_after_a_day(serve: Serve) -> None:
    server, later = await serve(), await serve(clock_offset=timedelta(hours=24))
    client, code = await app(server), await made(server, available=3)
    first = await client.reserved(code, idempotencyKey="k")

    second = await App(later, client.headers["Authorization"].split()[1]).reserved(
        code, idempotencyKey="k", leaseSeconds=60
    )

    assert second["id"] != first["id"]


async def test_a_lease_ends_by_the_clock_alone(serve: Serve) -> None:
    server, later = await serve(), await serve(clock_offset=timedelta(seconds=61))
    client, code = await app(server), await made(server)
    token = client.headers["Authorization"].split()[1]
    held = await client.reserved(code, leaseSeconds=60, idempotencyKey="k")

    view = await shown(later, code)
    assert (view["status"], view["reservedCount"], view["remaining"]) == ("active", 0, 1)
    assert (await shown(server, code))["status"] == "exhausted"
    repeated = await App(later, token).reserved(code, leaseSeconds=60, idempotencyKey="k")
    assert (repeated["id"], repeated["state"]) == (held["id"], "expired")
    assert (await later.sign_up("ada", code)).status_code == 200
    late = await App(later, token).ask(COMPLETE, id=held["id"], usedBy=BEA)
    assert error_of(late) == (400, "LeaseExpired")


async def test_a_late_completion_takes_a_use_that_is_still_free(serve: Serve) -> None:
    server, later = await serve(), await serve(clock_offset=timedelta(seconds=61))
    client, code = await app(server), await made(server)
    held = await client.reserved(code, leaseSeconds=60)
    token = client.headers["Authorization"].split()[1]

    late = await App(later, token).ask(COMPLETE, id=held["id"], usedBy=ADA)

    assert late.json()["did"] == ADA
    view = await shown(later, code)
    assert (view["useCount"], view["reservedCount"]) == (1, 0)


async def test_a_live_reservation_outlives_a_disabled_code(server: Served) -> None:
    client, code = await app(server), await made(server)
    held = await client.reserved(code)
    await server.post(DISABLE, {"codes": [code]}, auth=ADMIN)

    assert error_of(await client.ask(RESERVE, code=code)) == INVALID
    assert (await client.ask(COMPLETE, id=held["id"], usedBy=ADA)).status_code == 200


async def test_available_is_not_lowered_below_what_is_held(serve: Serve) -> None:
    server, later = await serve(), await serve(clock_offset=timedelta(seconds=61))
    client, code = await app(server), await made(server, available=3)
    await client.reserved(code, leaseSeconds=60)
    await client.reserved(code, leaseSeconds=60)

    low = {"code": code, "available": 1}
    assert error_of(await server.post(UPDATE, low, auth=ADMIN)) == (400, "AvailableTooLow")
    assert (await later.post(UPDATE, low, auth=ADMIN)).json()["available"] == 1


@pytest.mark.parametrize("email", [None, "ada@evilexample.org"])
async def test_a_code_for_a_domain_asks_for_an_address_of_it(
    server: Served, email: str | None
) -> None:
    client, code = await app(server), await made(server, emailDomains=["example.org"], available=2)
    given = {} if email is None else {"email": email}

    assert error_of(await client.ask(RESERVE, code=code, **given)) == INVALID
    assert error_of(await client.ask(REDEEM, code=code, did=ADA, **given)) == INVALID
    held = await client.reserved(code, email="ada@x.example.org")
    assert (await client.ask(COMPLETE, id=held["id"], usedBy=ADA)).status_code == 200
    redeemed = await client.ask(REDEEM, code=code, did=BEA, email="bea@example.org")
    assert redeemed.status_code == 200


async def test_the_same_code_and_did_is_one_use(server: Served) -> None:
    client, code = await app(server), await made(server, available=3)

    first = await client.ask(REDEEM, code=code, did=ADA)
    again = await client.ask(REDEEM, code=code.upper(), did=ADA)
    held = await client.reserved(code)
    completed = await client.ask(COMPLETE, id=held["id"], usedBy=ADA)

    assert first.json() == again.json() == completed.json()
    view = await shown(server, code)
    assert (view["useCount"], view["reservedCount"], view["remaining"]) == (1, 0, 2)


async def test_of_many_rivals_as_many_get_in_as_there_are_uses(server: Served) -> None:
    client, code = await app(server), await made(server, available=5)

    answers = await asyncio.gather(
        *(client.ask(REDEEM, code=code, did=f"did:web:r{n}.example") for n in range(20)),
        *(client.ask(RESERVE, code=code) for _ in range(20)),
    )

    assert [answer.status_code for answer in answers].count(200) == 5
    view = await shown(server, code)
    assert view["useCount"] + view["reservedCount"] == 5


async def test_access_is_what_the_code_gave_at_that_moment(server: Served) -> None:
    client, code = await app(server), await made(server, available=3, role="editor", tags=["x"])
    await client.ask(REDEEM, code=code, did=ADA)
    await server.post(UPDATE, {"code": code, "role": "reader", "tags": []}, auth=ADMIN)
    await client.ask(REDEEM, code=code, did=BEA)

    grants = (await client.access(ADA, BEA, CID)).json()["grants"]

    assert [(one["did"], one.get("role"), one["tags"]) for one in grants] == [
        (ADA, "editor", ["x"]),
        (BEA, "reader", []),
    ]


async def test_a_sign_up_here_grants_as_well(server: Served) -> None:
    client, code = await app(server), await made(server, role="member")

    did = (await server.sign_up("ada", code)).json()["did"]

    [grant] = (await client.access(did)).json()["grants"]
    assert (grant["role"], grant["code"]) == ("member", code)


async def test_access_is_asked_again_by_its_tag(server: Served) -> None:
    client, code = await app(server), await made(server, available=2)
    await client.ask(REDEEM, code=code, did=ADA)

    first = await client.access(ADA)

    assert first.headers["Cache-Control"] == "private, no-cache"
    tag = first.headers["ETag"]
    unchanged = await client.access(ADA, **{"If-None-Match": f'"other", W/{tag}'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    await server.post(REVOKE, {"did": ADA}, auth=ADMIN)
    changed = await client.access(ADA, **{"If-None-Match": tag})
    assert (changed.status_code, changed.json()) == (200, {"grants": []})


async def test_a_revoked_grant_is_gone_at_once_and_gives_no_use_back(serve: Serve) -> None:
    server, replica = await serve(), await serve()
    client, code, other = await app(server), await made(server), await made(server, role="x")
    token = client.headers["Authorization"].split()[1]
    for one in (code, other):
        await client.ask(REDEEM, code=one, did=ADA)

    body = {"did": ADA, "code": code.upper(), "reason": "spam"}
    assert (await server.post(REVOKE, body, auth=ADMIN)).json() == {"revoked": 1}

    [left] = (await App(replica, token).access(ADA)).json()["grants"]
    assert left["code"] == other
    assert (await server.post(REVOKE, body, auth=ADMIN)).json() == {"revoked": 0}
    again = (await client.ask(REDEEM, code=code, did=ADA)).json()
    assert again["revokedAt"]
    assert (await shown(server, code))["remaining"] == 0
    assert (await server.post(REVOKE, {"did": ADA}, auth=ADMIN)).json() == {"revoked": 1}


@pytest.mark.parametrize(
    ("nsid", "body"),
    [
        (RESERVE, {"code": "x", "leaseSeconds": 29}),
        (RESERVE, {"code": "x", "leaseSeconds": 86_401}),
        (RESERVE, {"code": "x", "email": "nobody"}),
        (RESERVE, {"code": "x", "idempotencyKey": "k" * 129}),
        (REDEEM, {"code": "x"}),
        (REDEEM, {"code": "x", "did": "ada"}),
        (COMPLETE, {"id": "x", "usedBy": "ada"}),
        (COMPLETE, {"id": "", "usedBy": ADA}),
    ],
    ids=str,
)
async def test_a_request_that_makes_no_sense_is_refused(
    server: Served, nsid: str, body: dict[str, object]
) -> None:
    answer = await (await app(server)).ask(nsid, **body)

    assert error_of(answer) == (400, "InvalidRequest")


async def test_access_of_a_hundred_dids_is_the_most(server: Served) -> None:
    client = await app(server)

    assert (await client.access(*(f"did:web:a{n}.example" for n in range(100)))).status_code == 200
    many = await client.access(*(f"did:web:a{n}.example" for n in range(101)))
    assert error_of(many) == (400, "InvalidRequest")

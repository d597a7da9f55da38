"""Operators' tokens over HTTP: making, using, listing and revoking them."""

import logging
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL, select, update

from tests.conftest import Serve
from tests.servers import ADMIN, Served, bearer, error_of, settings_of
from xrpc_invites.app import build
from xrpc_invites.invites.audit import Entry, EntryFilter
from xrpc_invites.storage import engines
from xrpc_invites.storage.audit import SqlAuditTrail
from xrpc_invites.storage.columns import metadata
from xrpc_invites.storage.operator_tables import operator_token

pytestmark = pytest.mark.anyio

CREATE = "org.xrpcinvites.createToken"
LIST = "org.xrpcinvites.listTokens"
REVOKE = "org.xrpcinvites.revokeToken"
CODES = "com.atproto.admin.getInviteCodes"
MAKE_CODE = "com.atproto.server.createInviteCode"
DEAD = "This token is unknown here, has expired or was revoked: ask an owner for another"


async def make(server: Served, **asked: object) -> httpx.Response:
    return await server.post(CREATE, {"name": "ada", "role": "viewer"} | asked, auth=ADMIN)


def entries(url: URL) -> list[Entry]:
    """The audit log, sealed or not, in its order."""
    engine = engines.reading(url)
    with engine.connect() as connection:
        found = SqlAuditTrail(connection).page(EntryFilter(), before=None, limit=100)
    engine.dispose()
    return [one.entry for one in reversed(found)]


async def test_an_owner_makes_a_token_and_is_told_it_once(server: Served) -> None:
    made = await make(server, expiresAt="2999-01-01T01:00:00.1239+01:00")

    assert made.status_code == 200
    assert re.fullmatch("xit_[0-9A-Za-z]{49}", made.json()["token"])
    view = made.json()["view"]
    assert (view["name"], view["role"]) == ("ada", "viewer")
    assert view["expiresAt"] == "2999-01-01T00:00:00.123Z"
    assert set(view) == {"id", "name", "role", "createdAt", "expiresAt"}
    assert made.headers["cache-control"] == "no-store"
    listed = await server.get(LIST, auth=ADMIN)
    assert listed.json()["tokens"] == [view]
    assert listed.headers["cache-control"] == "private"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"name": ""}, "InvalidRequest"),
        ({"name": "x" * 65}, "InvalidRequest"),
        ({"name": "e\u0301" * 64 + "x"}, "InvalidRequest"),
        ({"name": "e" + "\u0301" * 400}, "InvalidRequest"),
        ({"name": "a\nb"}, "InvalidRequest"),
        ({"name": "admin"}, "InvalidRequest"),
        ({"name": "did:web:ada.test"}, "InvalidRequest"),
        ({"name": "local"}, "InvalidRequest"),
        ({"role": "king"}, "InvalidRequest"),
        ({"role": "Owner"}, "InvalidRequest"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "InvalidRequest"),
        ({"expiresAt": "tomorrow"}, "InvalidRequest"),
        ({"expiresAt": None}, "InvalidRequest"),
        ({"expiresAt": "0000-06-01T00:00:00Z"}, "InvalidRequest"),
        ({"expiresAt": "9999-12-31T23:59:59-23:00"}, "InvalidRequest"),
        ({"name": "TAKEN"}, "NameTaken"),
    ],
)
async def test_what_cannot_be_made_is_refused_by_name(
    server: Served, url: URL, asked: dict[str, object], error: str
) -> None:
    await make(server, name="taken")
    before = entries(url)

    assert error_of(await make(server, **asked)) == (400, error)

    assert len((await server.get(LIST, auth=ADMIN)).json()["tokens"]) == 1
    assert entries(url) == before


@pytest.mark.parametrize("name", ["x" * 64, "e\u0301" * 64, "Ada (sign-up form)"])
async def test_a_name_may_have_64_graphemes(server: Served, name: str) -> None:
    assert (await make(server, name=name)).status_code == 200


async def test_a_token_does_what_its_role_allows(server: Served) -> None:
    viewer, issuer = bearer(await server.token("viewer")), bearer(await server.token("issuer"))

    seen = await server.get(CODES, headers=viewer)
    refused = await server.post(MAKE_CODE, {"useCount": 1}, headers=viewer)
    made = await server.post(MAKE_CODE, {"useCount": 1}, headers=issuer)

    assert (seen.status_code, made.status_code) == (200, 200)
    assert error_of(refused) == (403, "Forbidden")
    assert refused.json()["message"] == "This token's role does not allow this: issuer is needed"
    assert refused.headers["cache-control"] == "private"


async def test_a_role_that_a_newer_release_gave_allows_nothing(server: Served, url: URL) -> None:
    token = bearer(await server.token("owner"))
    engine = engines.writing(url, lanes=1)
    with engine.begin() as connection:
        connection.execute(update(operator_token).values(role="emperor"))
    engine.dispose()

    assert error_of(await server.get(CODES, headers=token)) == (403, "Forbidden")


async def test_an_owners_token_may_make_others_and_the_log_names_its_holder(
    server: Served, url: URL
) -> None:
    made = await make(server, name="Ada", role="owner")
    ada = bearer(made.json()["token"])

    second = await server.post(
        CREATE,
        {"name": "bot", "role": "app", "expiresAt": "2999-01-01T00:00:00Z"},
        headers=ada,
    )
    id_ = second.json()["view"]["id"]
    await server.post(REVOKE, {"id": id_}, headers=ada)
    await server.post(REVOKE, {"id": id_}, headers=ada)
    await server.post(REVOKE, {"id": "unknown"}, headers=ada)

    first, *logged = entries(url)
    by = first.author
    assert (by.actor, by.role, by.credentials) == ("admin", "owner", "password")
    authors = [one.author for one in logged]
    changes = [one.change for one in logged]
    assert [
        (by.action, by.actor, by.role, change.subject)
        for by, change in zip(authors, changes, strict=True)
    ] == [
        (CREATE, "Ada", "owner", id_),
        (REVOKE, "Ada", "owner", id_),
    ]
    assert {one.credentials for one in authors} == {f"token:{made.json()['view']['id']}"}
    assert all(one.address and one.request for one in authors)
    detail = {"name": "bot", "role": "app", "expiresAt": "2999-01-01T00:00:00.000Z"}
    assert [one.detail for one in changes] == [detail, detail]


async def test_a_revoked_token_is_dead_at_once_on_every_replica(serve: Serve) -> None:
    here, there = await serve(), await serve()
    made = (await make(here)).json()
    token = bearer(made["token"])
    assert (await there.get(CODES, headers=token)).status_code == 200

    revoked = await here.post(REVOKE, {"id": made["view"]["id"]}, auth=ADMIN)

    assert revoked.json()["revokedAt"]
    for server in (here, there):
        refused = await server.get(CODES, headers=token)
        assert error_of(refused) == (401, "AuthenticationRequired")
        assert refused.json()["message"] == DEAD


async def test_revoking_again_changes_nothing(server: Served) -> None:
    made = (await make(server)).json()

    first = await server.post(REVOKE, {"id": made["view"]["id"]}, auth=ADMIN)
    second = await server.post(REVOKE, {"id": made["view"]["id"]}, auth=ADMIN)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()


async def test_revoking_what_is_not_there_is_told(server: Served) -> None:
    answer = await server.post(REVOKE, {"id": "nothing"}, auth=ADMIN)

    assert error_of(answer) == (400, "TokenNotFound")


async def test_an_expired_token_is_dead_and_told_like_an_unknown_one(serve: Serve) -> None:
    server = await serve()
    token = bearer(await server.token("owner", expiresAt="2999-01-01T00:00:00Z"))
    assert (await server.get(LIST, headers=token)).status_code == 200
    later = await serve(clock_offset=timedelta(days=366 * 1_000))
    stranger = await serve(hash_key="a hash key of another server")

    expired = await later.get(LIST, headers=token)
    unknown = await stranger.get(LIST, headers=token)

    assert error_of(expired) == (401, "AuthenticationRequired")
    assert expired.content == unknown.content


@pytest.mark.parametrize(
    ("header", "error", "words"),
    [
        ("Bearer xit_", "AuthenticationRequired", "typing mistake"),
        ("Bearer xit_" + "0" * 49, "AuthenticationRequired", "typing mistake"),
        ("bearer  xit_" + "0" * 43 + "2CZclj", "AuthenticationRequired", "unknown here"),
        ("Basic xit_" + "0" * 43 + "2CZclj", "AuthenticationRequired", "Authentication required"),
        ("xit_" + "0" * 43 + "2CZclj", "AuthenticationRequired", "Authentication required"),
        ("Bearer XIT_" + "0" * 43 + "2CZclj", "UntrustedIss", "Untrusted"),
        ("Bearer xit_" + "9" * 60_000, "AuthenticationRequired", "typing mistake"),
    ],
    ids=range(7),
)
async def test_what_is_no_token_of_ours_is_refused(
    server: Served, header: str, error: str, words: str
) -> None:
    answer = await server.get(CODES, headers={"Authorization": header})

    assert error_of(answer) == (401, error)
    assert words in answer.json()["message"]
    assert "www-authenticate" not in answer.headers


async def test_the_last_use_of_a_token_is_shown(server: Served) -> None:
    made = (await make(server)).json()
    assert (await server.get(CODES, headers=bearer(made["token"]))).status_code == 200

    # While another waits for its commit the use is noted; and what is written about one token
    # is written in the order in which it came.
    await make(server, name="eve")
    revoked = await server.post(REVOKE, {"id": made["view"]["id"]}, auth=ADMIN)

    assert revoked.json()["lastUsedAt"]


async def test_a_server_that_stops_writes_the_last_use_first(
    serve: Serve, url: URL, tmp_path: Path
) -> None:
    server = await serve()
    token = await server.token("viewer")
    app = build(settings_of(url, tmp_path))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://other")

    async with app.router.lifespan_context(app), client:
        used = await client.get(f"/xrpc/{CODES}", headers=bearer(token))

    assert used.status_code == 200
    [view] = (await server.get(LIST, auth=ADMIN)).json()["tokens"]
    assert view["lastUsedAt"]


async def test_a_list_is_cut_into_pages_and_shows_the_dead(server: Served) -> None:
    for name in "abcde":
        await make(server, name=name)
    first = (await server.get(LIST, params={"limit": 2}, auth=ADMIN)).json()
    await server.post(REVOKE, {"id": first["tokens"][0]["id"]}, auth=ADMIN)

    seen, cursor = [], ""
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await server.get(LIST, params=params, auth=ADMIN)).json()
        seen += page["tokens"]
        if "cursor" not in page:
            break
        cursor = page["cursor"]

    assert sorted(one["name"] for one in seen) == list("abcde")
    places = [(one["createdAt"], one["id"]) for one in seen]
    assert places == sorted(places, reverse=True)
    assert [("revokedAt" in one) for one in seen] == [True, False, False, False, False]
    for cursor in ("nonsense", "1::", "999999999999999999999::x"):
        bad = await server.get(LIST, params={"cursor": cursor}, auth=ADMIN)
        assert error_of(bad) == (400, "InvalidRequest")


async def test_the_admin_password_can_be_turned_off(serve: Serve) -> None:
    token = bearer(await (await serve()).token("owner"))
    server = await serve(admin_login=False)

    right = await server.get(LIST, auth=ADMIN)
    wrong = await server.get(LIST, auth=httpx.BasicAuth("admin", "wrong"))

    assert error_of(right) == (401, "AuthenticationRequired")
    assert right.content == wrong.content
    assert "password" not in right.json()["message"]
    assert (await server.get(LIST, headers=token)).status_code == 200


async def test_no_token_reaches_a_log_the_database_or_the_audit_log(
    server: Served, url: URL, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        token = await server.token("owner")
        await server.get(LIST, headers=bearer(token))
        await server.post(MAKE_CODE, {"useCount": 0}, headers=bearer(token))
        await server.get(LIST, headers=bearer(token[:-1]))

    engine = engines.reading(url)
    with engine.connect() as connection:
        tables = metadata.sorted_tables
        stored = [str(row) for table in tables for row in connection.execute(select(table))]
    engine.dispose()
    assert any("owner" in row for row in stored)
    assert token[4:40] not in caplog.text + "".join(stored)

"""What every answer has around it, and the pages beside the methods."""

import gc
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.conftest import Serve
from tests.servers import ADMIN, Served, settings_of
from xrpc_invites import __version__
from xrpc_invites.app import build

pytestmark = pytest.mark.anyio

DESCRIBE = "com.atproto.server.describeServer"


async def test_health_tells_the_version(server: Served) -> None:
    answer = await server.get("_health")

    assert answer.json() == {"version": __version__}
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("owns", [True, False], ids=["owned", "shared"])
async def test_a_server_settles_for_good_in_a_process_of_its_own_alone(
    sqlite_url: URL, tmp_path: Path, *, owns: bool
) -> None:
    app = build(settings_of(sqlite_url, tmp_path), owns_process=owns)

    async with app.router.lifespan_context(app):
        frozen = gc.get_freeze_count()
    gc.unfreeze()

    assert (frozen > 0) is owns


async def test_every_answer_may_be_read_by_pages_of_others(server: Served) -> None:
    answers = [
        await server.get(DESCRIBE),
        await server.get("com.example.nope"),
        await server.post("com.atproto.server.createInviteCode"),
    ]

    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "RateLimit-Limit" in answer.headers["access-control-expose-headers"]


async def test_every_answer_has_an_id_of_its_own(server: Served) -> None:
    answers = [
        await server.get(DESCRIBE),
        await server.get(DESCRIBE),
        await server.get("com.example.nope"),
        await server.post("com.atproto.server.createInviteCode"),
        await server.get("_health"),
    ]

    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == len(answers)
    for answer in answers:
        assert "X-Request-Id" in answer.headers["access-control-expose-headers"]


async def test_a_preflight_allows_what_is_asked_for_a_day(server: Served) -> None:
    headers = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    answer = await server.client.options(f"/xrpc/{DESCRIBE}", headers=headers)

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-headers"] == "authorization,content-type"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-max-age"] == "86400"


async def test_head_has_the_headers_of_get_and_no_body(server: Served) -> None:
    get = await server.get(DESCRIBE)
    head = await server.client.head(f"/xrpc/{DESCRIBE}")

    assert head.content == b""
    own = {"x-request-id"}
    assert {name: head.headers[name] for name in head.headers.keys() - own} == {
        name: get.headers[name] for name in get.headers.keys() - own
    }


async def test_what_read_credentials_is_private_even_when_refused(server: Served) -> None:
    refused = await server.post("com.atproto.server.createInviteCode", {"useCount": 1})
    given = await server.post("com.atproto.server.createInviteCode", {"useCount": 1}, auth=ADMIN)

    for answer in (refused, given):
        assert answer.headers["cache-control"] == "private"
        assert answer.headers["vary"] == "Authorization"
    assert "www-authenticate" not in refused.headers


async def test_the_home_page_says_what_this_is(server: Served) -> None:
    answer = await server.client.get("/")

    assert answer.headers["content-type"].startswith("text/html")
    assert "invite codes" in answer.text


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_a_page_tells_nobody_where_its_reader_came_from(server: Served, path: str) -> None:
    answer = await server.client.get(path)

    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_robots_are_told_what_not_to_read(server: Served) -> None:
    assert "Disallow: /" in (await server.client.get("/robots.txt")).text


async def test_an_address_with_nothing_says_so(server: Served) -> None:
    answer = await server.client.get("/nothing/here")

    assert answer.status_code == 404
    assert answer.json()["error"] == "NotFound"


class TestWellKnown:
    """Documents by host name: the service's, and an account's for its handle."""

    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:2585", "LOCALHOST", "192.0.2.7", "other.example"]
    )
    async def test_the_service_answers_on_every_host_that_is_no_handle(
        self, server: Served, host: str
    ) -> None:
        answer = await server.client.get("/.well-known/did.json", headers={"Host": host})

        assert answer.status_code == 200
        document = answer.json()
        assert document["id"] == "did:web:localhost%3A2585"
        [service] = document["service"]
        assert service["id"].endswith("#atproto_invites")
        assert service["serviceEndpoint"] == "http://localhost:2585"
        assert answer.headers["access-control-allow-origin"] == "*"

    @pytest.mark.parametrize("host", ["ada.test", "ada.test:2585", "ADA.test"])
    async def test_an_account_answers_on_its_handle(self, server: Served, host: str) -> None:
        session = await server.account("ada")

        document = await server.client.get("/.well-known/did.json", headers={"Host": host})
        did = await server.client.get("/.well-known/atproto-did", headers={"Host": host})

        assert document.json() == session["didDoc"]
        assert document.json()["service"][0]["serviceEndpoint"] == "http://localhost:2585"
        assert (did.text, did.headers["content-type"]) == (
            session["did"],
            "text/plain; charset=utf-8",
        )

    async def test_a_handle_of_nobody_has_nothing(self, server: Served) -> None:
        for path in ("did.json", "atproto-did"):
            answer = await server.client.get(f"/.well-known/{path}", headers={"Host": "eve.test"})

            assert answer.status_code == 404

    async def test_the_public_host_is_the_services_even_under_a_served_domain(
        self, serve: Serve
    ) -> None:
        server = await serve(public_url="https://pds.test")

        answer = await server.client.get("/.well-known/did.json", headers={"Host": "pds.test"})

        assert answer.json()["id"] == "did:web:pds.test"

    async def test_a_deleted_account_answers_nothing(self, server: Served) -> None:
        did = (await server.account("ada"))["did"]
        await server.post("com.atproto.admin.deleteAccount", {"did": did}, auth=ADMIN)

        for path in ("did.json", "atproto-did"):
            answer = await server.client.get(f"/.well-known/{path}", headers={"Host": "ada.test"})

            assert answer.status_code == 404

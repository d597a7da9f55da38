"""A server over PostgreSQL: migrated by hand, then served by equal processes."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from tests.postgres import Postgres
from tests.processes import SECRETS, command, serving
from tests.servers import ADMIN
from tests.storage.test_migrations import set_schema

CREATE = "/xrpc/com.atproto.server.createInviteCode"


def test_an_empty_database_is_refused_until_it_is_migrated(
    tmp_path: Path, postgres_server: Postgres
) -> None:
    url = postgres_server.create().render_as_string(hide_password=False)
    settings = {**SECRETS, "INVITES_DATABASE_URL": url}

    refused = command(tmp_path, "serve", **settings)
    migrated = command(tmp_path, "migrate", **settings)
    again = command(tmp_path, "migrate", **settings)

    assert refused.returncode == 78
    assert "xrpc-invites migrate" in refused.stderr
    assert (migrated.returncode, again.returncode) == (0, 0)
    with serving(tmp_path, **settings) as one, serving(tmp_path, **settings) as two:
        code = httpx.post(f"{one.url}{CREATE}", json={"useCount": 1}, auth=ADMIN).json()["code"]
        listed = httpx.get(f"{two.url}/xrpc/com.atproto.admin.getInviteCodes", auth=ADMIN).json()
        assert [found["code"] for found in listed["codes"]] == [code]
    assert not (tmp_path / "data").exists()


def test_a_replica_starts_on_the_schema_of_a_later_release_that_serves_it(
    tmp_path: Path, postgres_url: URL
) -> None:
    url = postgres_url.render_as_string(hide_password=False)
    settings = {**SECRETS, "INVITES_DATABASE_URL": url}
    set_schema(postgres_url, "9999", floor=None)

    with serving(tmp_path, **settings) as server:
        assert httpx.post(f"{server.url}{CREATE}", json={"useCount": 1}, auth=ADMIN).is_success
    assert command(tmp_path, "migrate", **settings).returncode == 0

    set_schema(postgres_url, "9999", floor="9999")
    for refused in (command(tmp_path, name, **settings) for name in ("serve", "migrate")):
        assert refused.returncode == 78
        assert "no longer serves it: upgrade the program" in refused.stderr


@pytest.mark.parametrize("limits", ["true", "false"])
def test_replicas_that_count_requests_alone_say_so(
    tmp_path: Path, postgres_url: URL, limits: str
) -> None:
    url = postgres_url.render_as_string(hide_password=False)
    settings = {**SECRETS, "INVITES_DATABASE_URL": url, "INVITES_RATE_LIMITS": limits}

    looked = command(tmp_path, "doctor", **settings)
    with serving(tmp_path, **settings) as server:
        said = str(server.log)

    assert looked.returncode == 0
    for text in (looked.stdout, said):
        assert ("INVITES_RATE_LIMIT_STORE" in text) is (limits == "true")

"""Starting the server as a newcomer does, and everything that can be wrong with a start."""

import re
import socket
import sqlite3
import stat
from pathlib import Path

import httpx
import pytest

from tests.processes import SECRETS, command, serving

CREATE = "/xrpc/com.atproto.server.createInviteCode"
ENTRIES = "/xrpc/org.xrpcinvites.listAuditEntries"
MADE = ("admin_password", "jwt_secret", "hash_key")


def test_a_first_start_makes_secrets_and_says_the_password_once(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        said = re.search(r"admin password is +(\S+)", str(server.log))
        assert said
        answer = httpx.post(f"{server.url}{CREATE}", json={"useCount": 1}, auth=("admin", said[1]))
        assert answer.status_code == 200
        assert f"curl --user admin:{said[1]}" in str(server.log)

    files = [tmp_path / "data" / f"invites_{name}" for name in MADE]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert files[0].read_text() == said[1]
    assert sorted(path.name for path in (tmp_path / "data").glob(".*")) == []

    with serving(tmp_path) as again:
        log = str(again.log)
        assert httpx.post(
            f"{again.url}{CREATE}", json={"useCount": 1}, auth=("admin", said[1])
        ).is_success
    assert said[1] not in log
    assert "password" not in log


def test_settings_outrank_made_secrets(tmp_path: Path) -> None:
    with serving(tmp_path, INVITES_ADMIN_PASSWORD="chosen by an operator") as server:
        auth = ("admin", "chosen by an operator")
        assert httpx.post(f"{server.url}{CREATE}", json={"useCount": 1}, auth=auth).is_success
        assert "password is" not in str(server.log)
    assert not (tmp_path / "data" / "invites_admin_password").exists()


def test_a_server_that_is_asked_to_stop_stops(tmp_path: Path) -> None:
    with serving(tmp_path, **SECRETS) as server:
        status = server.stop()

    assert status in {0, -15}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INVITES_INTERVAL", "soon"),
        ("INVITES_INTERVAL", "-5"),
        ("INVITES_PUBLIC_URL", "not a url"),
        ("INVITES_PUBLIC_URL", "https://example.org/path"),
        ("INVITES_JWT_SECRET", "short"),
        ("INVITES_HASH_KEY", "short"),
        ("INVITES_MAX_OPEN", "0"),
        ("INVITES_REQUIRED", "perhaps"),
        ("INVITES_EPOCH", "yesterday"),
        ("INVITES_USER_DOMAINS", ","),
        ("INVITES_DATABASE_URL", "mysql://localhost/x"),
        ("INVITES_DATABASE_URL", "nonsense"),
        ("INVITES_DATABASE_URL", "sqlite://"),
        ("INVITES_LOG_LEVEL", "loud"),
        ("INVITES_LIMIT_PUBLIC", "often"),
        ("INVITES_LIMIT_FAILED_CODES", "0/minute"),
        ("INVITES_RATE_LIMIT_STORE", "memcached://:not-for-a-log@localhost"),
        ("INVITES_RATE_LIMIT_STORE", "redis://:not-for-a-log@localhost:port"),
        ("INVITES_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("INVITES_TRUSTED_PROXIES", "the proxy"),
        ("INVITES_PLC_URL", "nowhere"),
        ("INVITES_PLC_ROTATION_KEY", "short"),
        ("INVITES_MOD_SERVICE_DID", "did:web:mod.test#atproto_labeler"),
        ("INVITES_ALLOW_PRIVATE_NETWORK", "perhaps"),
    ],
)
def test_a_wrong_setting_stops_the_start_by_name(tmp_path: Path, name: str, value: str) -> None:
    ended = command(tmp_path, "serve", **{**SECRETS, name: value})

    assert ended.returncode == 78
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert "not-for-a-log" not in ended.stderr
    if "SECRET" in name or "KEY" in name:
        assert value not in ended.stderr


def test_postgresql_without_secrets_is_refused(tmp_path: Path) -> None:
    ended = command(tmp_path, "serve", INVITES_DATABASE_URL="postgresql://localhost/x")

    assert ended.returncode == 78
    assert "INVITES_ADMIN_PASSWORD, INVITES_JWT_SECRET, INVITES_HASH_KEY" in ended.stderr


def test_with_a_directory_replicas_must_share_the_key_of_their_dids(tmp_path: Path) -> None:
    settings = {"INVITES_DATABASE_URL": "postgresql://localhost/x"}

    without = command(tmp_path, "serve", **settings)
    ended = command(tmp_path, "serve", **settings, INVITES_PLC_URL="https://plc.test")

    assert ended.returncode == 78
    assert "INVITES_PLC_ROTATION_KEY" in ended.stderr
    assert "INVITES_PLC_ROTATION_KEY" not in without.stderr


def test_without_the_admin_login_no_password_is_made(tmp_path: Path) -> None:
    with serving(tmp_path, INVITES_ADMIN_LOGIN="false") as server:
        assert "password" not in str(server.log)
        refused = httpx.post(f"{server.url}{CREATE}", json={"useCount": 1}, auth=("admin", ""))
        assert refused.status_code == 401
    made = {file.name for file in (tmp_path / "data").glob("invites_*")}
    assert made == {"invites_jwt_secret", "invites_hash_key"}


def test_without_the_admin_login_postgresql_needs_no_password(tmp_path: Path) -> None:
    settings = {"INVITES_ADMIN_LOGIN": "false", "INVITES_DATABASE_URL": "postgresql://localhost/x"}

    ended = command(tmp_path, "serve", **settings)

    assert ended.returncode == 78
    assert "INVITES_JWT_SECRET" in ended.stderr
    assert "INVITES_ADMIN_PASSWORD" not in ended.stderr


def test_a_postgresql_that_is_not_there_is_said_so_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://user:hunter2@127.0.0.1:1/x"

    ended = command(tmp_path, "serve", **SECRETS, INVITES_DATABASE_URL=url)

    assert ended.returncode == 75
    assert "cannot use the database" in ended.stderr
    assert "hunter2" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_schema_that_no_longer_serves_this_program_is_refused(tmp_path: Path) -> None:
    assert command(tmp_path, "migrate").returncode == 0
    database = sqlite3.connect(tmp_path / "data" / "invites.db")
    with database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.execute("UPDATE schema_floor SET revision = '9999'")
    database.close()

    for arguments in (["serve"], ["migrate"], ["codes", "list"]):
        ended = command(tmp_path, *arguments, **SECRETS)
        assert ended.returncode == 78
        assert "newer" in ended.stderr
        assert "xrpc-invites migrate" in ended.stderr


def test_a_data_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")

    ended = command(tmp_path, "serve")

    assert ended.returncode == 78
    assert "data" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "invites.db").write_text("this is no database " * 100)

    ended = command(tmp_path, "serve", **SECRETS)

    assert ended.returncode == 78
    assert "not a database" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_nothing_secret_is_logged(tmp_path: Path) -> None:
    with serving(tmp_path, **SECRETS, INVITES_LOG_LEVEL="debug") as server:
        client = httpx.Client(
            base_url=server.url, auth=("admin", SECRETS["INVITES_ADMIN_PASSWORD"])
        )
        code = client.post(CREATE, json={"useCount": 1}).json()["code"]
        client.post("/xrpc/com.atproto.admin.disableInviteCodes", json={"codes": [code]})
        body = {
            "handle": "ada.test",
            "email": "ada.lovelace@mail.test",
            "password": "a-very-secret-password",
            "inviteCode": code,
        }
        refused = httpx.post(f"{server.url}/xrpc/com.atproto.server.createAccount", json=body)
        client.close()
        assert refused.json()["error"] == "InvalidInviteCode"
        log_of = server.log
    log = str(log_of)

    assert re.search(r"code_refused reason=disabled code=[0-9a-f]{10}\b", log)
    letters = code.rpartition("localhost-")[2]
    for secret in (letters, "ada.lovelace", "a-very-secret-password", *SECRETS.values()):
        assert secret not in log


def test_a_server_seals_what_operators_do(tmp_path: Path) -> None:
    auth = ("admin", SECRETS["INVITES_ADMIN_PASSWORD"])
    with (
        serving(tmp_path, "--workers", "2", **SECRETS) as server,
        httpx.Client(base_url=server.url, auth=auth, timeout=60) as client,
    ):
        code = client.post(CREATE, json={"useCount": 1}).json()["code"]
        # Asked again and again, since nothing tells a client of a seal; it takes two seconds.
        answers = (client.get(ENTRIES, params={"subject": code}) for _ in range(100_000))
        lists = (answer.json()["entries"] for answer in answers)
        [entry] = next(entries for entries in lists if "seq" in entries[0])
        verdict = client.get("/xrpc/org.xrpcinvites.verifyAudit").json()
        status = server.stop()

    assert entry["action"] == CREATE.removeprefix("/xrpc/")
    assert verdict == {"ok": True, "sealed": 1, "unsealed": 0}
    assert status in {0, -15}


def test_a_misspelt_setting_is_said_so(tmp_path: Path) -> None:
    ended = command(tmp_path, "migrate", INVITES_INTERVALL="P1D")

    assert ended.returncode == 0
    assert "INVITES_INTERVALL is no setting" in ended.stderr


def test_documents_name_the_port_that_is_served(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with serving(tmp_path, "--port", str(port), **SECRETS) as server:
        described = httpx.get(f"{server.url}/xrpc/com.atproto.server.describeServer").json()

    assert described["did"] == f"did:web:localhost%3A{port}"

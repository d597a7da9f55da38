"""The doctor: a line for everything that a server needs, and a remedy where one is needed."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, text

from tests.commands import Place, run
from tests.post_offices import PostOffice
from tests.postgres import Postgres
from tests.processes import SECRETS, command
from tests.storage.test_migrations import set_schema
from xrpc_invites import __version__
from xrpc_invites.storage.condition import condition

NAMES = ["settings", "database", "migrations", "clock", "lexicons", "smtp", "upstream"]


def checks(folder: Path, *arguments: str, **settings: str) -> tuple[int, dict[str, dict[str, Any]]]:
    ended = run(
        "doctor", "--json", *arguments, **{"INVITES_DATA_DIR": str(folder / "data")} | settings
    )
    found = {check["name"]: check for check in json.loads(ended.stdout)["checks"]}
    return ended.returncode, found


def unwell(found: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, check in found.items() if not check["ok"]]


def settings_for(url: URL) -> dict[str, str]:
    return {**SECRETS, "INVITES_DATABASE_URL": url.render_as_string(hide_password=False)}


def test_all_is_well_on_either_database(tmp_path: Path, url: URL) -> None:
    ended = command(tmp_path, "doctor", **settings_for(url))

    lines = ended.stdout.splitlines()
    assert ended.returncode == 0, ended.stdout
    assert [line.split(":")[0] for line in lines] == [f"✓ {name}" for name in NAMES]
    assert "the schema is current" in ended.stdout
    assert not (tmp_path / "data").exists()


def test_a_wrong_setting_leaves_the_rest_unseen(tmp_path: Path) -> None:
    status, found = checks(tmp_path, INVITES_INTERVAL="soon")

    assert status == 1
    assert unwell(found) == ["settings", "database", "migrations", "clock", "lexicons", "smtp"]
    assert "INVITES_INTERVAL" in found["settings"]["said"]


def test_a_misspelt_setting_is_found(tmp_path: Path, sqlite_url: URL) -> None:
    status, found = checks(tmp_path, **settings_for(sqlite_url), INVITES_INTERVALL="P1D")

    assert (status, unwell(found)) == (1, ["settings"])
    assert "INVITES_INTERVALL" in found["settings"]["said"]


def test_a_secret_that_others_can_read_is_found(tmp_path: Path, sqlite_url: URL) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "invites_hash_key").write_text("k" * 20)
    (tmp_path / "data" / "invites_hash_key").chmod(0o644)

    status, found = checks(tmp_path, **settings_for(sqlite_url))

    assert (status, unwell(found)) == (1, ["settings"])
    assert found["settings"]["remedy"].startswith("chmod 600 ")


def test_a_database_that_is_not_there_is_found_and_not_made(tmp_path: Path) -> None:
    status, found = checks(tmp_path)

    assert (status, unwell(found)) == (1, ["database", "migrations", "clock"])
    assert "xrpc-invites migrate" in found["database"]["remedy"]
    assert not (tmp_path / "data").exists()


def test_a_file_that_is_no_database_is_found(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "invites.db").write_text("this is no database " * 100)

    status, found = checks(tmp_path)

    assert (status, unwell(found)) == (1, ["database", "migrations", "clock"])
    assert "not a database" in found["database"]["said"]


def test_a_postgresql_that_is_away_is_found_without_its_password() -> None:
    away = "postgresql://user:hunter2@127.0.0.1:1/x"

    ended = run("doctor", INVITES_DATABASE_URL=away)

    assert ended.returncode == 1
    assert "✗ settings: secrets that all replicas must share" in ended.stdout
    assert "✗ database: cannot use postgresql+psycopg://user:***@127.0.0.1:1/x" in ended.stdout
    assert "hunter2" not in ended.stdout + ended.stderr


def test_a_replica_that_can_only_be_read_is_found(tmp_path: Path, postgres_url: URL) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        auto = connection.execution_options(isolation_level="AUTOCOMMIT")
        name = postgres_url.database
        auto.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    engine.dispose()

    status, found = checks(tmp_path, **settings_for(postgres_url))

    assert (status, unwell(found)) == (1, ["database"])
    assert "can only be read" in found["database"]["said"]


def test_a_file_that_can_only_be_read_is_found(sqlite_url: URL) -> None:
    reading = sqlite_url.set(
        database=f"file:{sqlite_url.database}", query={"mode": "ro", "uri": "true"}
    )

    assert condition(sqlite_url).writable
    assert not condition(reading).writable


@pytest.mark.parametrize("version", ["0001", "9999", None])
def test_another_schema_is_found(tmp_path: Path, sqlite_url: URL, version: str | None) -> None:
    engine = create_engine(sqlite_url)
    with engine.connect() as connection:
        auto = connection.execution_options(isolation_level="AUTOCOMMIT")
        auto.execute(text("DELETE FROM alembic_version"))
        if version:
            auto.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": version})
            auto.execute(text("UPDATE schema_floor SET revision = :v"), {"v": version})
    engine.dispose()

    status, found = checks(tmp_path, **settings_for(sqlite_url))

    assert (status, unwell(found)) == (1, ["migrations"])
    assert ("upgrade" if version == "9999" else "migrate") in found["migrations"]["remedy"]


def test_a_newer_schema_that_serves_this_program_is_well(tmp_path: Path, sqlite_url: URL) -> None:
    set_schema(sqlite_url, "9999", floor=None)

    status, found = checks(tmp_path, **settings_for(sqlite_url))

    assert (status, unwell(found)) == (0, [])
    assert "newer" in found["migrations"]["said"]


def test_a_clock_that_is_moved_is_found(tmp_path: Path, sqlite_url: URL) -> None:
    status, found = checks(tmp_path, **settings_for(sqlite_url), INVITES_CLOCK_OFFSET="PT1H")

    assert (status, unwell(found)) == (1, ["clock"])


def test_the_clock_of_another_machine_is_looked_at(tmp_path: Path, postgres_url: URL) -> None:
    _, found = checks(tmp_path, **settings_for(postgres_url))

    assert found["clock"]["said"] == "agrees with the database"


def test_a_wrong_lexicon_is_found(tmp_path: Path, sqlite_url: URL) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "bad.json").write_text("{}")

    status, found = checks(
        tmp_path, **settings_for(sqlite_url), INVITES_LEXICON_DIRS=str(tmp_path / "mine")
    )

    assert (status, unwell(found)) == (1, ["lexicons"])
    assert "mine/bad.json" in found["lexicons"]["said"]


def test_a_database_without_its_driver_is_found(tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError(name='psycopg')")

    ended = command(
        tmp_path,
        "doctor",
        **SECRETS,
        INVITES_DATABASE_URL="postgresql://localhost/x",
        PYTHONPATH=f"{tmp_path}:{Path(__file__).parents[2] / 'src'}",
    )

    assert ended.returncode == 1
    assert "✗ database: psycopg is not installed — pip install" in ended.stdout


def test_a_server_is_looked_at_from_outside(place: Place, tmp_path: Path) -> None:
    well = place.there("doctor")
    status, found = checks(tmp_path, "--server", place.url, INVITES_TOKEN="hunter2")
    _, without = checks(tmp_path, "--server", place.url)

    assert well.returncode == 0
    assert well.stdout == (
        f"✓ server: {place.url} runs version {__version__}, this program is {__version__}\n"
        "✓ clock: agrees with the server\n"
        "✓ token: is accepted\n"
    )
    assert (status, unwell(found)) == (1, ["token"])
    assert "hunter2" not in str(found)
    assert "INVITES_TOKEN" in without["token"]["said"]


def test_a_server_that_is_away_is_found(tmp_path: Path) -> None:
    status, found = checks(tmp_path, "--server", "http://localhost:1")

    assert (status, unwell(found)) == (1, ["server", "clock", "token"])


class Stranger(BaseHTTPRequestHandler):
    """Answers in JSON, and is no server of ours."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


def test_a_server_that_is_another_is_found(tmp_path: Path) -> None:
    with HTTPServer(("localhost", 0), Stranger) as stranger:
        Thread(target=stranger.serve_forever, daemon=True).start()
        address = f"http://localhost:{stranger.server_port}"
        status, found = checks(tmp_path, "--server", address)
        stranger.shutdown()

    assert status == 1
    assert "server" in unwell(found)


def test_the_token_of_an_app_is_accepted(place: Place, tmp_path: Path) -> None:
    token = place.here("tokens", "create", "doctors-app", "--role", "app").stdout.strip()

    status, found = checks(tmp_path, "--server", place.url, INVITES_TOKEN=token)

    assert (status, unwell(found)) == (0, [])
    assert found["token"]["said"] == "is accepted, and may only redeem codes"


def test_a_postgresql_without_a_schema_is_found(tmp_path: Path, postgres_server: Postgres) -> None:
    status, found = checks(tmp_path, **settings_for(postgres_server.create()))

    assert (status, unwell(found)) == (1, ["migrations"])


MAIL_FROM = {"INVITES_MAIL_FROM": "invites@example.org"}


def test_a_mail_server_that_takes_our_mail_is_sent_none(tmp_path: Path, sqlite_url: URL) -> None:
    with PostOffice(login=("bea", "right")).open() as office:
        url = f"smtp://bea:right@127.0.0.1:{office.port}"
        _, found = checks(tmp_path, **settings_for(sqlite_url), **MAIL_FROM, INVITES_SMTP_URL=url)

    assert unwell(found) == []
    assert found["smtp"]["said"] == f"127.0.0.1:{office.port} takes our mail"
    assert office.seen == []


def test_a_mail_server_that_is_away_or_lets_us_not_in_is_found(
    tmp_path: Path, sqlite_url: URL
) -> None:
    given = settings_for(sqlite_url) | MAIL_FROM
    with PostOffice(login=("bea", "right")).open() as office:
        url = f"smtp://bea:wr0ng@127.0.0.1:{office.port}"
        status, wrong = checks(tmp_path, **given, INVITES_SMTP_URL=url)
    _, away = checks(tmp_path, **given, INVITES_SMTP_URL=url)

    assert (status, unwell(wrong), unwell(away)) == (1, ["smtp"], ["smtp"])
    assert "does not take the credentials" in wrong["smtp"]["said"]
    assert "cannot be reached" in away["smtp"]["said"]
    assert "wr0ng" not in str(wrong) + str(away)


def test_a_template_that_does_not_work_is_found(tmp_path: Path, sqlite_url: URL) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "invitation.txt").write_text("{{ url }")
    given = settings_for(sqlite_url) | MAIL_FROM | {"INVITES_SMTP_URL": "smtp://localhost:1"}

    status, found = checks(tmp_path, **given, INVITES_MAIL_TEMPLATES=str(tmp_path / "mail"))

    assert (status, unwell(found)) == (1, ["smtp"])
    assert "invitation.txt, line 1" in found["smtp"]["said"]

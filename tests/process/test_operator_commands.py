"""Tokens, the audit log and numbers from the command line, and a day with all of them."""

import json
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, select, update

from tests.commands import Place, run
from tests.processes import SECRETS, command, serving
from xrpc_invites.storage import engines
from xrpc_invites.storage.operator_tables import audit_entry, tally_total

TRIES = 1_000
"""Looks at what a server does by itself within two seconds, each of which takes a while."""


def token(place: Place, name: str, role: str = "owner") -> str:
    ended = place.here("tokens", "create", name, "--role", role)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_a_token_is_printed_once_and_alone(place: Place) -> None:
    ended = place.there(
        "tokens", "create", "printed", "--role", "issuer", "--expires", "2099-01-01"
    )
    listed = place.both("tokens", "list").stdout

    secret = ended.stdout.removesuffix("\n")
    assert secret.startswith("xit_")
    assert secret.isalnum() or "_" in secret
    assert secret not in ended.stderr
    assert secret not in listed
    line = next(line for line in listed.splitlines() if "\tprinted\t" in line)
    assert line.split("\t")[1:3] == ["printed", "issuer"]
    assert line.split("\t")[4] == "2099-01-01T00:00:00.000Z"
    assert line.split("\t")[0] in ended.stderr


def test_a_token_does_what_its_role_may_until_it_is_revoked(place: Place) -> None:
    secret = token(place, "revoked", role="issuer")
    tokens = json.loads(place.both("tokens", "list", "--json").stdout)["tokens"]
    [id_] = [found["id"] for found in tokens if found["name"] == "revoked"]

    made = place.there("codes", "create", INVITES_TOKEN=secret)
    forbidden = place.there("codes", "disable", made.stdout.strip(), INVITES_TOKEN=secret)
    ended = place.here("tokens", "revoke", id_)
    dead = place.there("codes", "create", INVITES_TOKEN=secret)

    assert made.returncode == 0, made.stderr
    assert (forbidden.returncode, forbidden.stdout) == (1, "")
    assert forbidden.stderr.startswith("Forbidden: ")
    assert "revoked" in ended.stdout
    assert (dead.returncode, dead.stdout) == (78, "")
    assert dead.stderr.startswith("AuthenticationRequired: ")
    assert secret not in forbidden.stderr + dead.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["tokens", "create", "x", "--role", "king"], 2, "--role"),
        (["tokens", "create", "x"], 2, "--role"),
        (["tokens", "create", "admin", "--role", "owner"], 2, "name"),
        (["tokens", "revoke", "none"], 1, "TokenNotFound: "),
        (["audit", "list", "--since", "x"], 2, "--since"),
        (["stats", "--bucket", "month"], 2, "--bucket"),
        (["stats", "--since", "2099-01-01"], 2, "since must be before until"),
    ],
)
def test_wrong_words_are_told_what_is_right(
    place: Place, arguments: list[str], status: int, said: str
) -> None:
    ended = place.both(*arguments)

    assert (ended.returncode, ended.stdout) == (status, "")
    assert said in ended.stderr


def test_what_was_changed_is_listed_with_who_did_it(place: Place) -> None:
    secret = token(place, "audited")
    code = place.there(
        "codes", "create", "--code", "audited-1", INVITES_TOKEN=secret
    ).stdout.strip()
    place.here("codes", "disable", code, "--reason", "leaked")

    subject = json.loads(place.here("audit", "list", "--subject", code, "--json").stdout)
    lines = place.here("audit", "list", "--actor", "audited").stdout.splitlines()
    later = place.here("audit", "list", "--actor", "audited", "--since", "2099-01-01", "--json")

    disabled, created = subject["entries"]
    assert (created["actor"], created["role"]) == ("audited", "owner")
    assert disabled["actor"].startswith("local:")
    assert (disabled["credentials"], disabled["reason"]) == ("local", "leaked")
    assert "\taudited\towner\torg.xrpcinvites.createCodes\tadmin\t" in lines[1]
    assert '"codes": ["audited-1"]' in lines[1]
    assert json.loads(later.stdout) == {"entries": []}


def test_a_list_that_goes_on_says_so(place: Place) -> None:
    place.here("codes", "create", "--count", "3")
    token(place, "one")
    token(place, "two")

    assert "--limit" in place.both("audit", "list", "--limit", "2").stderr
    assert "--limit" in place.both("tokens", "list", "--limit", "1").stderr


def test_a_log_that_was_tampered_with_ends_the_verification_badly(tmp_path: Path, url: URL) -> None:
    settings = {**SECRETS, "INVITES_DATABASE_URL": url.render_as_string(hide_password=False)}
    assert command(tmp_path, "codes", "create", **settings).returncode == 0

    whole = run("audit", "verify", **settings)
    as_json = run("audit", "verify", "--json", **settings)

    # A file is sealed as it is written.
    sealed, waiting = (1, 0) if engines.is_sqlite(url) else (0, 1)
    assert (whole.returncode, whole.stdout) == (
        0,
        f"✓ the log is whole: {sealed} sealed, {waiting} waiting for their seal\n",
    )
    assert json.loads(as_json.stdout) == {"ok": True, "sealed": sealed, "unsealed": waiting}
    seal_all(tmp_path, settings)
    tamper(url)

    spoiled = run("audit", "verify", **settings)
    assert spoiled.returncode == 1
    assert spoiled.stdout.startswith("✗ the log is not as it was sealed: ")


def seal_all(folder: Path, settings: dict[str, str]) -> None:
    """Let a server seal what waits."""
    with serving(folder, **settings):
        said = (run("audit", "verify", **settings).stdout for _ in range(TRIES))
        assert any("0 waiting" in verdict for verdict in said)


def tamper(url: URL) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        auto = connection.execution_options(isolation_level="AUTOCOMMIT")
        auto.execute(update(audit_entry).values(actor="nobody"))
    engine.dispose()


def test_numbers_are_shown(place: Place) -> None:
    name = place.account()
    place.here("codes", "create", "--for", f"{name}.test", "--uses", "7")

    told = place.here("stats", "--since", "-1d", "--bucket", "hour")
    as_json = json.loads(place.here("stats", "--json").stdout)

    assert "at\tcreated\tused\tdisabled\n" in told.stdout
    assert "in the span  " in told.stdout
    assert as_json["totals"]["accounts"] >= 1
    assert as_json["funnel"]["used"] == as_json["totals"]["uses"]
    assert len(as_json["series"]) == 30


def test_who_invites_most_is_shown(sqlite_url: URL) -> None:
    settings = {**SECRETS, "INVITES_DATABASE_URL": str(sqlite_url)}
    row = {
        "code": "a",
        "available": 3,
        "createdAt": "2024-01-01T00:00:00Z",
        "forAccount": "did:web:ada.example",
        "useCount": 2,
    }
    run("codes", "import", "-", stdin=json.dumps(row), **settings)

    shown = run("stats", **settings).stdout

    assert shown.endswith("\n\ninviter\thandle\tuses\ndid:web:ada.example\t\t2\n")


def test_a_server_counts_by_itself(tmp_path: Path, url: URL) -> None:
    settings = {**SECRETS, "INVITES_DATABASE_URL": url.render_as_string(hide_password=False)}
    with serving(tmp_path, **settings) as server:
        asked = {"INVITES_SERVER": server.url, "INVITES_TOKEN": SECRETS["INVITES_ADMIN_PASSWORD"]}
        run("codes", "create", "--count", "3", **settings)
        engine, kept = create_engine(url), {}
        for _ in range(TRIES):
            told = run("stats", "--json", **asked)
            assert json.loads(told.stdout)["totals"]["codes"] == 3
            with engine.connect() as connection:
                kept = {row.name: row.value for row in connection.execute(select(tally_total))}
            if kept:
                break
        engine.dispose()

    assert kept["codes"] == 3


def test_a_day_of_an_operator_from_campaign_to_another_server(
    place: Place, tmp_path: Path, sqlite_template: Path
) -> None:
    ada = {"INVITES_TOKEN": token(place, "ada")}
    terms = ["--uses", "500", "--not-before", "tomorrow", "--expires", "+7d"]
    words = ["--email-domain", "example.org", "--note", "spring campaign"]

    made = place.there("codes", "create", *terms, *words, **ada).stdout.strip()
    found = json.loads(place.there("codes", "search", "campai", "--json", **ada).stdout)
    raised = place.there("codes", "update", made, "--uses", "800", "--json", **ada)
    place.there("codes", "disable", made, "--reason", "leaked", **ada)
    paused = json.loads(place.there("codes", "show", made, "--json", **ada).stdout)
    place.there("codes", "enable", made, **ada)
    entries = json.loads(place.there("audit", "list", "--subject", made, "--json", **ada).stdout)[
        "entries"
    ]

    assert [code["code"] for code in found["codes"]] == [made]
    assert found["codes"][0]["status"] == "scheduled"
    assert json.loads(raised.stdout)["available"] == 800
    assert paused["code"]["status"] == "disabled"
    assert [entry["action"].rpartition(".")[2] for entry in entries] == [
        "enableCodes",
        "disableCodes",
        "updateCode",
        "createCodes",
    ]
    assert {entry["actor"] for entry in entries} == {"ada"}

    (tmp_path / "invites.db").write_bytes(sqlite_template.read_bytes())
    other = {**SECRETS, "INVITES_DATA_DIR": str(tmp_path)}
    file = str(tmp_path / "codes.csv")
    place.there("codes", "export", file, **ada)
    assert run("codes", "import", file, **other).returncode == 0
    assert run("codes", "show", made, "--json", **other) == place.there(
        "codes", "show", made, "--json", **ada
    )

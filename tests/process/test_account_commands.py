"""Accounts from the command line: at the database, and by a server, with the same output."""

import json
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from tests.commands import SIGN_UP, Place, run
from tests.processes import SECRETS, command, serving
from tests.servers import ADMIN_PASSWORD


def test_accounts_are_listed_newest_first(place: Place) -> None:
    older, newer = place.account(), place.account()

    lines = place.both("accounts", "list").stdout.splitlines()
    one = place.both("accounts", "list", "--limit", "1", "--json")
    by_email = place.both("accounts", "list", "--email", f"{older.upper()}@", "--json")

    assert lines[0].split("\t") == ["did", "handle", "email", "joined", "invites"]
    assert [line.split("\t")[1] for line in lines[1:3]] == [f"{newer}.test", f"{older}.test"]
    assert [a["handle"] for a in json.loads(one.stdout)["accounts"]] == [f"{newer}.test"]
    assert "--limit" in one.stderr
    assert [a["handle"] for a in json.loads(by_email.stdout)["accounts"]] == [f"{older}.test"]
    assert by_email.stderr == ""


def test_an_account_is_shown_by_its_handle_or_did(place: Place) -> None:
    name = place.account()

    by_did = place.both("accounts", "show", f"did:web:{name}.test")
    by_handle = place.both("accounts", "show", f"@{name}.test")

    assert by_did.stdout == by_handle.stdout
    assert f"{name}@mail.test" in by_did.stdout
    assert "joined with" in by_did.stdout
    assert "taken down" not in by_did.stdout


def test_the_codes_of_an_account_are_shown(place: Place) -> None:
    name = place.account()
    code = place.here("codes", "create", "--for", f"did:web:{name}.test").stdout.strip()

    assert f"{code}\t0/1\t\n" in place.both("accounts", "show", f"{name}.test").stdout


def test_an_account_is_stopped_from_inviting_and_allowed_again(place: Place) -> None:
    name = place.account()

    stopped = place.there("accounts", "disable-invites", f"{name}.test", "--reason", "spam")
    shown = place.both("accounts", "show", f"{name}.test", "--json")
    allowed = place.here("accounts", "enable-invites", f"did:web:{name}.test", "--json")

    assert "disabled" in stopped.stdout
    assert json.loads(shown.stdout)["inviteNote"] == "spam"
    assert json.loads(allowed.stdout)["invitesDisabled"] is False


def test_an_account_is_taken_down_and_put_back(place: Place) -> None:
    name = place.account()

    down = place.here("accounts", "takedown", f"{name}.test", "--reason", "case 7")
    lost = place.both("accounts", "takedown", "--undo", f"{name}.test")
    back = place.there("accounts", "takedown", f"did:web:{name}.test", "--undo", "--json")

    assert "case 7" in down.stdout
    assert (lost.returncode, lost.stdout) == (1, "")
    assert "by its DID" in lost.stderr
    assert json.loads(back.stdout)["takedown"] == {"applied": False}


@pytest.mark.parametrize("name", ["show", "disable-invites", "enable-invites", "takedown"])
def test_an_account_that_is_not_here_is_said_so(place: Place, name: str) -> None:
    ended = place.both("accounts", name, "did:web:nobody.test")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "NotFound: Account not found\n"


def test_what_does_not_fit_is_told_in_the_words_of_the_lexicon(place: Place) -> None:
    ended = place.both("accounts", "show", "did:nonsense")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "did must be" in ended.stderr


@pytest.mark.parametrize("where", ["before", "behind"])
def test_the_server_is_named_before_or_behind_the_command(place: Place, where: str) -> None:
    words = ["accounts", "list", "--json"]
    server = ["--server", place.url]
    arguments = server + words if where == "before" else words + server

    ended = run(*arguments, INVITES_TOKEN=ADMIN_PASSWORD)

    assert ended.stdout == place.here(*words).stdout


def test_the_nearer_server_wins(place: Place) -> None:
    arguments = ["--server", "http://localhost:1", "accounts", "list", "--server", place.url]

    assert run(*arguments, INVITES_TOKEN=ADMIN_PASSWORD).returncode == 0


def test_an_empty_server_is_that_of_the_settings(place: Place) -> None:
    arguments = ["--server", "http://localhost:1", "accounts", "list", "--server", ""]

    assert place.here(*arguments).returncode == 0


def test_a_token_is_read_from_a_file(place: Place) -> None:
    file = place.folder / "token"
    file.write_text(f"{ADMIN_PASSWORD}\n")

    ended = place.there("accounts", "list", INVITES_TOKEN="", INVITES_TOKEN_FILE=str(file))

    assert ended.returncode == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"INVITES_TOKEN": ""}, "a token is needed: set INVITES_TOKEN or INVITES_TOKEN_FILE"),
        ({"INVITES_TOKEN": "  "}, "the token is empty"),
        ({"INVITES_TOKEN": "", "INVITES_TOKEN_FILE": "none"}, "cannot read none: No such file"),
        ({"INVITES_TOKEN": "hunter2"}, "AuthenticationRequired"),
        ({"INVITES_TOKEN": "xit_hunter2"}, ": "),
    ],
)
def test_a_token_that_is_missing_or_wrong_is_said_so_without_it(
    place: Place, settings: dict[str, str], said: str
) -> None:
    ended = place.there("accounts", "list", **settings)

    assert ended.returncode == 78
    assert said in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout


def test_a_token_file_that_is_no_text_is_said_so(place: Place) -> None:
    file = place.folder / "noise"
    file.write_bytes(b"\xff\xfe")

    ended = place.there("accounts", "list", INVITES_TOKEN="", INVITES_TOKEN_FILE=str(file))

    assert (ended.returncode, ended.stdout) == (78, "")
    assert "it is no text" in ended.stderr


def test_a_server_that_is_away_may_come_back(place: Place) -> None:
    ended = place.there("accounts", "list", INVITES_SERVER="http://localhost:1")

    assert (ended.returncode, ended.stdout) == (75, "")
    assert ended.stderr.startswith("no answer from http://localhost:1: ")


def test_a_token_goes_to_nobody_without_tls(place: Place) -> None:
    ended = place.there("accounts", "list", "--server", "http://invites.example.org")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "https://" in ended.stderr


def test_what_steers_a_terminal_does_not_reach_one(place: Place) -> None:
    name = place.account()
    place.here("accounts", "disable-invites", f"{name}.test", "--reason", "a\x1b[2Jb\nc\td")

    shown = place.both("accounts", "show", f"{name}.test").stdout

    assert "note         a\\x1b[2Jb\\nc\\td" in shown


def test_processes_on_either_database_agree(tmp_path: Path, url: URL) -> None:
    settings = {
        **SECRETS,
        "INVITES_DATABASE_URL": url.render_as_string(hide_password=False),
        "INVITES_REQUIRED": "false",
    }
    with serving(tmp_path, **settings) as server:
        body = {"handle": "ada.test", "email": "ada@mail.test", "password": "pw"}
        assert httpx.post(f"{server.url}{SIGN_UP}", json=body).is_success

        command(tmp_path, "accounts", "takedown", "ada.test", **settings)
        here = command(tmp_path, "accounts", "show", "did:web:ada.test", **settings)
        remote = ["--server", server.url, "accounts", "show", "did:web:ada.test"]
        there = command(tmp_path, *remote, INVITES_TOKEN=ADMIN_PASSWORD)

    assert here.stdout == there.stdout
    assert "taken down  yes" in here.stdout
    assert here.stderr + there.stderr == ""
    assert not (tmp_path / "data").exists()


def test_without_its_lasting_secret_nothing_is_done_on_postgresql(postgres_url: URL) -> None:
    ended = run(
        "accounts", "list", INVITES_DATABASE_URL=postgres_url.render_as_string(hide_password=False)
    )

    assert (ended.returncode, ended.stdout) == (78, "")
    assert "INVITES_HASH_KEY" in ended.stderr

"""The command line: results on stdout, talk on stderr, and a status that tells."""

import json
from pathlib import Path

import pytest

from tests.processes import SECRETS, command
from xrpc_invites import __version__


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a migrated database."""
    assert command(tmp_path, "migrate").returncode == 0
    return tmp_path


def created(folder: Path, *options: str) -> list[str]:
    ended = command(folder, "codes", "create", *options)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_the_version_is_printed(tmp_path: Path, arguments: list[str]) -> None:
    ended = command(tmp_path, *arguments)

    assert (ended.returncode, ended.stdout) == (0, f"{__version__}\n")


def test_codes_are_made_one_a_line(folder: Path) -> None:
    codes = created(folder, "--count", "3", "--uses", "2")

    assert len(set(codes)) == 3
    assert all(code.startswith("localhost-") for code in codes)


def test_codes_are_shown_as_the_server_shows_them(folder: Path) -> None:
    [code] = created(folder, "--for", "did:web:ada.test", "--uses", "4")

    shown = json.loads(command(folder, "codes", "show", code.upper(), "--json").stdout)

    assert shown.pop("createdAt")
    assert shown == {
        "code": code,
        "available": 4,
        "disabled": False,
        "forAccount": "did:web:ada.test",
        "createdBy": "admin",
        "uses": [],
    }


def test_a_table_shows_whole_codes(folder: Path) -> None:
    codes = created(folder, "--count", "2")

    table = command(folder, "codes", "list").stdout
    one = command(folder, "codes", "show", codes[0]).stdout

    assert all(code in table for code in codes)
    assert "0/1" in table
    assert codes[0] in one


def test_a_list_for_programs_is_json(folder: Path) -> None:
    codes = created(folder, "--count", "3")

    listed = json.loads(command(folder, "codes", "list", "--json", "--limit", "2").stdout)

    assert len(listed["codes"]) == 2
    assert {code["code"] for code in listed["codes"]} < set(codes)


def test_a_list_that_goes_on_says_so(folder: Path) -> None:
    created(folder, "--count", "3")

    assert "--limit" in command(folder, "codes", "list", "--limit", "2").stderr


def test_codes_are_disabled_by_text_and_by_owner(folder: Path) -> None:
    [one] = created(folder)
    created(folder, "--for", "did:web:ada.test", "--count", "2")

    by_text = command(folder, "codes", "disable", one)
    again = command(folder, "codes", "disable", one, "--json")
    by_owner = command(folder, "codes", "disable", "--account", "did:web:ada.test")

    assert (by_text.returncode, by_text.stdout) == (0, "1 disabled\n")
    assert json.loads(again.stdout) == {"changed": 0}
    assert by_owner.stdout == "2 disabled\n"
    listed = json.loads(command(folder, "codes", "list", "--json").stdout)
    assert all(code["disabled"] for code in listed["codes"])


def test_what_is_made_is_json_for_programs(folder: Path) -> None:
    made = json.loads(command(folder, "codes", "create", "--json").stdout)

    assert [code["available"] for code in made["codes"]] == [1]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["codes", "show", "no-such-code"], 1, "no such code"),
        (["codes", "create", "--uses", "0"], 2, "--uses"),
        (["codes", "create", "--count", "10001"], 2, "--count"),
        (["codes", "create", "--for", "ada"], 2, "DID"),
        (["codes", "disable"], 2, "--account"),
        (["codes", "disable", "--account", "admin"], 2, "DID"),
        (["codes", "list", "--sort", "oldest"], 2, "--sort"),
        (["serve", "--port", "70000"], 2, "--port"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_wrong_words_are_told_what_is_right(
    folder: Path, arguments: list[str], status: int, said: str
) -> None:
    ended = command(folder, *arguments, **SECRETS)

    assert ended.returncode == status
    assert said in ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr


def test_commands_want_a_database(tmp_path: Path) -> None:
    ended = command(tmp_path, "codes", "list")

    assert ended.returncode == 78
    assert "xrpc-invites migrate" in ended.stderr
    assert not (tmp_path / "data").exists()

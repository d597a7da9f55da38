"""Lexicons from the command line, and those that an operator lays over ours."""

import json
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import SECRETS, command, serving

ROOT = Path(__file__).parents[2]
QUERY = {"main": {"type": "query", "description": "Ours alone."}}


def write(folder: Path, nsid: str, defs: dict[str, Any]) -> None:
    file = folder.joinpath(*nsid.split(".")).with_suffix(".json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"lexicon": 1, "id": nsid, "defs": defs}))


def test_the_servers_own_documents_have_no_faults(tmp_path: Path) -> None:
    ended = command(tmp_path, "lexicon", "check")

    assert (ended.returncode, ended.stdout) == (0, "")
    assert "no faults" in ended.stderr


def test_a_folder_of_others_is_checked_against_ours(tmp_path: Path) -> None:
    ref = {
        "type": "object",
        "properties": {"x": {"type": "ref", "ref": "com.atproto.repo.strongRef"}},
    }
    write(tmp_path / "mine", "com.example.good", {"main": ref})

    ended = command(tmp_path, "lexicon", "check", "mine")

    assert ended.returncode == 0, ended.stdout
    assert ended.stderr == "1 documents, no faults\n"


def test_faults_are_lines_of_file_place_and_reason(tmp_path: Path) -> None:
    write(tmp_path / "mine", "com.example.bad", {"main": {"type": "nope"}})
    write(tmp_path / "mine", "com.example.worse", {"main": {"type": "ref", "ref": "#x"}})

    ended = command(tmp_path, "lexicon", "check", "mine", "nothing-here")

    assert ended.returncode == 1
    assert "mine/com/example/bad.json:defs.main.type: must be a type" in ended.stdout
    assert "nothing-here:$: must be a folder" in ended.stdout
    assert all(line.count(": ") for line in ended.stdout.splitlines())


def test_thousands_of_documents_are_checked(tmp_path: Path) -> None:
    for number in range(2_000):
        write(tmp_path / "many", f"com.example.n{number}", QUERY)

    ended = command(tmp_path, "lexicon", "check", "many")

    assert (ended.returncode, ended.stderr) == (0, "2000 documents, no faults\n")


def test_a_document_is_shown_in_short(tmp_path: Path) -> None:
    shown = command(tmp_path, "lexicon", "show", "com.atproto.server.createInviteCode")
    unknown = command(tmp_path, "lexicon", "show", "com.example.nope")

    assert shown.stdout == (
        "- **procedure**\n"
        "  - input: `application/json { useCount!: integer, forAccount: string:did }`\n"
        "  - output: `application/json { code!: string }`\n"
    )
    assert unknown.returncode == 1


def test_documents_of_an_operator_need_no_handler(tmp_path: Path) -> None:
    write(tmp_path / "mine", "com.example.ours", QUERY)
    settings = {**SECRETS, "INVITES_LEXICON_DIRS": "mine"}

    shown = command(tmp_path, "lexicon", "show", "com.example.ours", **settings)
    with serving(tmp_path, **settings) as server:
        answer = httpx.get(f"{server.url}/xrpc/com.example.ours")

    assert shown.stdout == "- **query**\n"
    assert answer.status_code == 501


@pytest.mark.parametrize(
    ("nsid", "defs", "said"),
    [
        ("com.atproto.server.deleteSession", QUERY, "must say the same as"),
        ("com.example.bad", {"main": {"type": "nope"}}, "com/example/bad.json:defs.main.type: "),
    ],
)
def test_a_wrong_document_stops_the_start(
    tmp_path: Path, nsid: str, defs: dict[str, Any], said: str
) -> None:
    write(tmp_path / "mine", nsid, defs)

    ended = command(tmp_path, "serve", **SECRETS, INVITES_LEXICON_DIRS="mine")

    assert ended.returncode == 78
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


SERVER = "com/atproto/server/createInviteCodes.json"
LIST = "com/atproto/admin/getInviteCodes.json"
FIELDS = ("defs", "main", "input", "schema", "properties")
PARAMS = ("defs", "main", "parameters", "properties")
BREAKS: dict[str, tuple[str, tuple[str, ...], Any]] = {
    "name": (SERVER, (*FIELDS, "useCounts"), {"type": "integer"}),
    "type": (SERVER, (*FIELDS, "useCount", "type"), "string"),
    "format": (SERVER, (*FIELDS, "forAccounts", "items", "format"), "handle"),
    "required": (SERVER, ("defs", "main", "input", "schema", "required"), ["codeCount"]),
    "default": (SERVER, (*FIELDS, "codeCount", "default"), 2),
    "limit": (LIST, (*PARAMS, "limit", "maximum"), 400),
}


@pytest.mark.parametrize("kind", BREAKS)
def test_a_document_that_its_handler_does_not_keep_stops_the_start(
    tmp_path: Path, kind: str
) -> None:
    name, steps, value = BREAKS[kind]
    tree = ROOT / "src", ROOT / "lexicons", ROOT / "migrations"
    for folder in tree:
        shutil.copytree(folder, tmp_path / folder.name)
    file = tmp_path / "lexicons" / name
    document = json.loads(file.read_text())
    inside = document
    for step in steps[:-1]:
        inside = inside[step]
    inside[steps[-1]] = value
    file.write_text(json.dumps(document))

    ended = command(tmp_path, "serve", **SECRETS, PYTHONPATH=str(tmp_path / "src"))

    assert ended.returncode == 78, ended.stderr
    assert f"{name}:defs.main." in ended.stderr
    assert "Traceback" not in ended.stderr

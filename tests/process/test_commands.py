"""The command line: results on stdout, talk on stderr, and a status that tells."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.processes import SECRETS, command, environment
from xrpc_invites import __version__

HEAVY = ("sqlalchemy", "pydantic", "fastapi", "httpx", "uvicorn", "alembic", "rich", "asyncio")


@pytest.mark.parametrize("arguments", [["version"], ["--version"]])
def test_the_version_is_printed(tmp_path: Path, arguments: list[str]) -> None:
    ended = command(tmp_path, *arguments)

    assert (ended.returncode, ended.stdout) == (0, f"{__version__}\n")


def test_commands_on_either_database_take_each_others_codes(tmp_path: Path, url: URL) -> None:
    settings = {**SECRETS, "INVITES_DATABASE_URL": url.render_as_string(hide_password=False)}

    made = command(tmp_path, "codes", "create", "--count", "2", "--uses", "3", **settings)
    one, other = made.stdout.split()
    disabled = command(tmp_path, "codes", "disable", one.upper(), **settings)
    listed = command(tmp_path, "codes", "list", "--json", **settings)

    assert disabled.stdout == "1 disabled\n"
    codes = {code["code"]: code["status"] for code in json.loads(listed.stdout)["codes"]}
    assert codes == {one: "disabled", other: "active"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--port", "70000"], "--port"),
        (["nonsense"], "nonsense"),
        (["codes", "nonsense"], "nonsense"),
    ],
)
def test_wrong_words_are_told_what_is_right(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    ended = command(tmp_path, *arguments)

    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr


def test_commands_want_a_database(tmp_path: Path) -> None:
    ended = command(tmp_path, "codes", "list")

    assert ended.returncode == 78
    assert "xrpc-invites migrate" in ended.stderr
    assert not (tmp_path / "data").exists()


def test_help_and_completion_load_nothing_that_is_heavy() -> None:
    program = (
        "import sys; from xrpc_invites.cli import app; "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ended.stdout == "[]\n"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("codes li", "list"),
        ("codes list --status sch", "scheduled"),
        ("tokens create x --role own", "owner"),
        ("doc", "doctor"),
    ],
)
def test_a_shell_completes_commands_and_what_options_take(words: str, found: str) -> None:
    program = "import sys; sys.argv[0] = 'xrpc-invites'; from xrpc_invites.cli import main; main()"
    asked = {
        "_XRPC_INVITES_COMPLETE": "complete_bash",
        "COMP_WORDS": f"xrpc-invites {words}",
        "COMP_CWORD": str(len(words.split())),
    }

    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=environment(asked),
    )

    assert ended.stdout.split() == [found], ended.stderr


def test_a_database_that_cannot_be_locked_is_said_so(tmp_path: Path) -> None:
    assert command(tmp_path, "migrate").returncode == 0
    lock = tmp_path / "data" / "invites.db.lock"
    lock.unlink()
    lock.mkdir()

    ended = command(tmp_path, "codes", "list")

    assert (ended.returncode, ended.stdout) == (78, "")
    assert "cannot use the database" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_reader_that_has_enough_is_no_error_to_tell(tmp_path: Path) -> None:
    assert command(tmp_path, "migrate").returncode == 0
    assert command(tmp_path, "codes", "create", "--count", "10000").returncode == 0
    piped = f"{sys.executable} -m xrpc_invites codes list --limit 10000 | head -n 1"

    ended = subprocess.run(
        ["sh", "-c", piped],
        cwd=tmp_path,
        env=environment({}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.stdout.startswith("code\tstatus\t")
    assert ended.stderr == ""

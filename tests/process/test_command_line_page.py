"""The page about the command line: every command is on it, and what it shows can be pasted."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import typer.main

from tests.commands import SIGN_UP
from tests.processes import SECRETS, environment, serving
from xrpc_invites.cli import app

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()
SHOWN = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TYPED = [line[2:] for block in SHOWN for line in block.splitlines() if line.startswith("$ ")]
LIVE_ID = "$(xrpc-invites tokens list 2>/dev/null | sed -n '2s/\t.*//p')"


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name))


def test_every_command_is_on_the_page() -> None:
    missing = [name for name in commands(typer.main.get_command(app)) if f"`{name}" not in PAGE]

    assert missing == []


def test_what_is_shown_can_be_pasted(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "xrpc-invites"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m xrpc_invites "$@"\n')
    program.chmod(0o755)
    with serving(tmp_path, **SECRETS, INVITES_REQUIRED="false") as server:
        body = {"handle": "ada.test", "email": "ada@mail.test", "password": "pw"}
        assert httpx.post(f"{server.url}{SIGN_UP}", json=body).is_success
        session = "\n".join(["set -eu", f'PATH="{program.parent}:$PATH"', *TYPED])
        session = session.replace("https://invites.example.org", server.url)
        session = session.replace("0f65b26c3be131d8", LIVE_ID)

        ended = subprocess.run(
            ["sh"],
            input=session,
            cwd=tmp_path,
            env=environment(SECRETS),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    assert ended.returncode == 0, ended.stderr
    assert len(TYPED) > 30
    assert "imported 4 codes" in ended.stderr
    assert "✓ the log is whole" in ended.stdout
    for token in tmp_path.glob("*.token"):
        assert token.read_text().strip() not in ended.stdout + ended.stderr

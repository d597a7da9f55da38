"""What people see at a terminal, which is not what programs are given."""

import os
import pty
import re
import select
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.commands import Place
from tests.processes import COMMAND, environment
from tests.servers import ADMIN_PASSWORD


def seen(folder: Path, words: Sequence[str], settings: Mapping[str, str], text: str = "") -> str:
    """Run a command at a terminal, type when it asks in secret, and give what is seen there."""
    terminal, behind = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *words],
        cwd=folder,
        env=environment(settings),
        stdin=behind,
        stdout=behind,
        stderr=behind,
        start_new_session=True,
    ):
        os.close(behind)
        shown, hidden = b"", False
        while (chunk := _read(terminal)) != b"":
            shown += chunk or b""
            # What is typed before the echo is off would be thrown away.
            if not hidden and not termios.tcgetattr(terminal)[3] & termios.ECHO:
                hidden = True
                os.write(terminal, text.encode())
    os.close(terminal)
    return shown.decode()


def _read(terminal: int) -> bytes | None:
    """What the terminal shows next; None when that is nothing yet, empty at the end."""
    if not select.select([terminal], [], [], 0.05)[0]:
        return None
    try:
        return os.read(terminal, 1024)
    except OSError:
        return b""  # so Linux says that nobody is at the other end any more


def test_a_token_is_asked_for_and_not_shown(place: Place) -> None:
    name = place.account()
    words = ["--server", place.url, "accounts", "list"]

    shown = seen(place.folder, words, {}, f"{ADMIN_PASSWORD}\n")

    assert "Token" in shown
    assert name in shown
    assert ADMIN_PASSWORD not in shown


@pytest.mark.parametrize("width", [60, 100, 300])
def test_a_table_shows_whole_codes_however_narrow_it_is(place: Place, width: int) -> None:
    code = f"a-long-code-for-{width}-{'x' * 40}"
    ended = place.here("codes", "create", "--code", code, "--tag", f"at {width}")
    assert ended.returncode == 0, ended.stderr

    words = ["codes", "list", "--tag", f"at {width}"]
    shown = seen(place.folder, words, {**place.settings, "COLUMNS": str(width)})

    assert code in "".join(re.findall(r"^ *(\S+)", shown, re.MULTILINE))


def test_what_steers_a_terminal_does_not_reach_one(place: Place) -> None:
    ended = place.here("codes", "create", "--note", "red\x1b[31m", "--tag", "steering")
    words = ["codes", "list", "--tag", "steering"]
    wide = {**place.settings, "COLUMNS": "300"}

    shown = seen(place.folder, words, wide)
    one = seen(place.folder, ["codes", "show", ended.stdout.strip()], wide)

    for text in (shown, one):
        assert "red\\x1b[31m" in text
        assert "\x1b[31m" not in text


def test_a_long_export_shows_how_far_it_is(place: Place) -> None:
    place.here("codes", "create", "--count", "2000")

    shown = seen(place.folder, ["codes", "export", "many.csv"], place.settings)

    assert "exporting" in shown
    assert "codes with" in shown
    assert (place.folder / "many.csv").exists()

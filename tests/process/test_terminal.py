"""What people see at a terminal, which is not what programs are given."""

import os
import pty
import select
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.commands import Place
from tests.processes import COMMAND, environment
from tests.servers import ADMIN_PASSWORD


def seen(folder: Path, words: Sequence[str], settings: Mapping[str, str], text: str = "") -> str:
    """Run a command at a terminal, type when it asks in secret, and give what is seen there."""
    terminal, behind = pty.openpty()
    termios.tcsetwinsize(terminal, (50, 100))
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


def test_a_table_shows_whole_codes_and_nothing_that_steers_the_terminal(place: Place) -> None:
    code = f"a-long-code-{'x' * 50}"
    note = "red\x1b[31m"
    ended = place.here("codes", "create", "--code", code, "--note", note, "--tag", "terminal")
    assert ended.returncode == 0, ended.stderr

    shown = seen(place.folder, ["codes", "list", "--tag", "terminal"], place.settings)

    columns = [line[:60].strip() for line in shown.splitlines()]
    assert code in "".join(column.split(" ")[0] for column in columns)
    assert "red\\x1b[31m" in shown.replace("\r\n", "\n")
    assert "\x1b[31m" not in shown


def test_a_long_export_shows_how_far_it_is(place: Place) -> None:
    place.here("codes", "create", "--count", "2000")

    shown = seen(place.folder, ["codes", "export", "many.csv"], place.settings)

    assert "exporting" in shown
    assert "codes with" in shown
    assert (place.folder / "many.csv").exists()

"""The README, and the session in it as a newcomer pastes it."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.processes import environment

README = (Path(__file__).parents[1] / "README.md").read_text()
START, SESSION = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def paste_session(folder: Path, url: str) -> list[dict[str, Any]]:
    """Paste the session in a folder where the server at `url` was started; its JSON answers."""
    session = SESSION.replace("http://localhost:2585", url)
    ended = subprocess.run(
        ["sh", "-eu"],
        input=session.replace("\ncurl", "\necho; curl"),
        cwd=folder,
        env=environment({}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines() if line]

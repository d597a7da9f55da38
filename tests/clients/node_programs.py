"""Programs under Node, with the packages that `make test` installs."""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import needs

HERE = Path(__file__).parent / "node"


def node() -> Path:
    """Node itself."""
    needs.program("npm", "install Node.js and npm, then run make test")
    return needs.path(HERE / "node_modules" / ".bin" / "node", "run make test, which installs it")


def outcome(program: str, *arguments: str) -> Any:
    """Run a program to its end; the JSON that it prints."""
    ended = subprocess.run(
        [node(), HERE / program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@contextmanager
def plc_directory() -> Generator[str]:
    """A real directory of did:plc on loopback; its address."""
    process = subprocess.Popen(
        [node(), HERE / "plc.mjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"NODE_ENV": "test", "LOG_ENABLED": "false"},
    )
    try:
        assert process.stdout is not None
        # Its log may come before and after.
        address = next(line for line in process.stdout if line.startswith("http"))
        yield address.strip()
    finally:
        process.communicate()

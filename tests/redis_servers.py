"""A real Redis of our own, on a socket that nobody else finds."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests import needs

_OPTIONS = ("--port", "0", "--save", "", "--appendonly", "no")


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running server, and how a setting names it."""

    process: "subprocess.Popen[str]"
    url: str

    def freeze(self) -> None:
        """Let it answer nothing, as a machine that is cut off."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def running() -> Generator[RedisServer]:
    """Start a server, wait until it answers, and leave nothing of it behind."""
    program = needs.program("redis-server", "apt-get install redis-server")
    # A path of a socket has no room for the folder of a test.
    folder = Path(tempfile.mkdtemp(prefix="redis-"))
    socket = folder / "s"
    process = subprocess.Popen(
        [program, *_OPTIONS, "--dir", folder, "--unixsocket", socket],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        _wait_until_ready(process.stdout)
        yield RedisServer(process, f"redis+unix://{socket}")
    finally:
        process.kill()
        process.communicate(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(output: IO[str]) -> None:
    said = []
    for line in output:
        said.append(line)
        if "eady to accept connections" in line:
            return
    raise RuntimeError("".join(said))

"""Real server processes, started as a user starts them and killed as the world kills them."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO

import httpx

from tests.servers import ADMIN_PASSWORD, HASH_KEY, JWT_SECRET

_RUNNING = re.compile(r"running on (http://\S+)")
SECRETS = {
    "INVITES_ADMIN_PASSWORD": ADMIN_PASSWORD,
    "INVITES_JWT_SECRET": JWT_SECRET,
    "INVITES_HASH_KEY": HASH_KEY,
}
_EVERYWHERE = "0.0.0.0"  # noqa: S104  # how a server names it when it says where it listens
COMMAND = (sys.executable, "-m", "xrpc_invites")


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment, with these settings and no others."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("INVITES_")}
    return inherited | dict(settings)


def command(folder: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end in a folder."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server in processes of its own."""

    process: "subprocess.Popen[str]"
    url: str
    log: "_Log"
    admin_password: str = ADMIN_PASSWORD

    def kill(self) -> None:
        """Kill it and its workers, at once and without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> int:
        """Ask it to stop; its exit status."""
        self.process.terminate()
        return self.process.wait(60)


@contextmanager
def serving(
    folder: Path, *arguments: str, program: Sequence[str] = COMMAND, **settings: str
) -> Generator[ServerProcess]:
    """Start `xrpc-invites serve` in a folder, and wait until it answers.

    Without rate limits, unless they are set: all tests come from one address.
    """
    options = arguments if "--port" in arguments else ("--port", "0", *arguments)
    command = [*program, "serve", *options]
    unlimited = {"INVITES_RATE_LIMITS": "false"}
    with answering(command, cwd=folder, env=environment(unlimited | settings)) as server:
        yield server


@contextmanager
def answering(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    page: str = "/xrpc/_health",
    listening: "Callable[[subprocess.Popen[str]], str] | None" = None,
) -> Generator[ServerProcess]:
    """Start a server, wait until it answers with a page, and leave nothing of it behind.

    `listening` waits until one that is silent listens, and tells where; others say so themselves.
    """
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    log = _Log(process)
    try:
        said = listening(process) if listening else log.url()
        url = said.replace(_EVERYWHERE, "127.0.0.1")
        _wait_for_a_worker(f"{url}{page}")
        yield ServerProcess(process, url, log)
    finally:
        _end(process)
        log.close()


class _Log:
    """What a server says on stderr, read all the time so that it never waits to say it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._lines: list[str] = []
        self._urls: SimpleQueue[str | None] = SimpleQueue()
        self._thread = Thread(target=self._read, args=(process.stderr,), daemon=True)
        self._thread.start()

    def __str__(self) -> str:
        return "".join(self._lines)

    def url(self) -> str:
        """Where the server listens, once it says so."""
        found = self._urls.get()
        if found is None:
            raise RuntimeError(f"the server did not start:\n{self}")
        return found

    def close(self) -> None:
        """Read to the end."""
        self._thread.join(30)

    def _read(self, lines: IO[str] | None) -> None:
        assert lines is not None
        with lines:
            for line in lines:
                self._lines.append(line)
                if found := _RUNNING.search(line):
                    self._urls.put(found[1])
        self._urls.put(None)


def _wait_for_a_worker(url: str) -> None:
    """The parent says where it listens before the first worker does."""
    with httpx.Client(transport=httpx.HTTPTransport(retries=9), timeout=60) as client:
        client.get(url).raise_for_status()


def _end(process: "subprocess.Popen[str]") -> None:
    try:
        process.terminate()
        process.wait(30)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

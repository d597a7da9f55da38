"""Load by wrk: many connections that each ask again as soon as they are answered."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

SCRIPT = Path(__file__).with_name("load.lua")
PATIENCE = 120
"""Seconds after which wrk gives an answer up; the slowest are far below."""
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked again and again. `{n}` in a body is a number that is never the same."""

    nsid: str
    body: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    caller: str = ""
    """By whose credentials."""
    status: int = 200

    @property
    def path(self) -> str:
        query = f"?{urlencode(self.params)}" if self.params else ""
        return f"/xrpc/{self.nsid}{query}"


@dataclass(frozen=True, slots=True)
class Load:
    """How many ask, and how long; `first` is the number before the first one in a body."""

    connections: int
    seconds: int
    first: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a load."""

    requests: int
    rate: float
    """Answers a second."""
    p50: float
    """Milliseconds; half of the answers came sooner."""
    p99: float
    cost: float = 0
    """Milliseconds of processor time that the server spent on an answer."""


def put(load: Load, url: str, request: Request, *, authorization: str | None) -> Seen:
    """Ask a server, and see how it does; in a short time perhaps nothing is answered.

    Raises:
        RuntimeError: Answers are missing, or have another status.
    """
    command = [
        "wrk",
        f"--connections={load.connections}",
        "--threads=1",
        f"--duration={load.seconds}s",
        f"--timeout={PATIENCE}s",
        f"--script={SCRIPT}",
        *([f"--header=Authorization: {authorization}"] if authorization else []),
        url,
        "--",
        "POST" if request.body else "GET",
        request.path,
        request.body,
        str(load.first),
    ]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # ours
    seen = json.loads(ended.stdout.splitlines()[-1])
    refused = seen["requests"] if request.status >= _REFUSED else 0
    if seen["lost"] or seen["refused"] != refused:
        raise RuntimeError(f"{request.nsid} was not answered as expected: {seen}")
    rate = seen["requests"] * 1e6 / seen["microseconds"]
    return Seen(seen["requests"], rate, seen["p50"] / 1000, seen["p99"] / 1000)

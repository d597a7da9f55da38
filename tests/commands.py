"""Commands under test: in this process, since there are many, and two ways to ask a server."""

import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from typer.testing import CliRunner

from tests.servers import ADMIN, ADMIN_PASSWORD
from xrpc_invites.cli import app

CREATE = "/xrpc/com.atproto.server.createInviteCode"
SIGN_UP = "/xrpc/com.atproto.server.createAccount"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str, stdin: str | bytes | None = None, **settings: str) -> Ended:
    """Run a command with these settings and no others."""
    others = {name: None for name in os.environ if name.startswith("INVITES_")}
    environment: Mapping[str, str | None] = {**others, **settings}
    ended = CliRunner().invoke(
        app, arguments, input=stdin, env=environment, catch_exceptions=False, prog_name="it"
    )
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


@dataclass(frozen=True, slots=True)
class Place:
    """A running server, and the settings of its database."""

    folder: Path
    settings: Mapping[str, str]
    url: str

    def here(self, *arguments: str, stdin: str | bytes | None = None) -> Ended:
        """Ask at the database."""
        return run(*arguments, stdin=stdin, **self.settings)

    def there(self, *arguments: str, stdin: str | bytes | None = None, **changed: str) -> Ended:
        """Ask the server."""
        settings = {"INVITES_TOKEN": ADMIN_PASSWORD, "INVITES_SERVER": self.url} | changed
        return run(*arguments, stdin=stdin, **settings)

    def both(self, *arguments: str) -> Ended:
        """Ask in both ways, which makes no difference."""
        here, there = self.here(*arguments), self.there(*arguments)
        assert here == there
        return here

    def account(self) -> str:
        """The name of a new account; its handle is `{name}.test`."""
        name = f"person{next(_numbers)}"
        code = self._post(CREATE, {"useCount": 1})["code"]
        body = {"handle": f"{name}.test", "email": f"{name}@mail.test", "password": "pw"}
        self._post(SIGN_UP, body | {"inviteCode": code})
        return name

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, str]:
        auth = ADMIN if path == CREATE else None
        answer = httpx.post(f"{self.url}{path}", json=body, auth=auth)
        assert answer.is_success, answer.text
        said: dict[str, str] = answer.json()
        return said

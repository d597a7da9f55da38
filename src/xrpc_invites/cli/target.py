"""Which server a command asks: that of the settings, or with `--server` a running one."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from xrpc_invites.cli import exits
from xrpc_invites.cli.calls import CallFailed, Calls

SERVER = f"{exits.PREFIX}SERVER"
TOKEN = f"{exits.PREFIX}TOKEN"
TOKEN_FILE = f"{exits.PREFIX}TOKEN_FILE"
_HELP = "Ask this running server, for example https://invites.example.org; needs a token."


def _choose(context: typer.Context, address: str | None) -> str | None:
    """An option of a command outranks one of the program."""
    if address is None:
        chosen: str | None = context.find_root().obj
        return chosen
    return _origin(address)


def _remember(context: typer.Context, address: str | None) -> None:
    context.obj = _origin(address) if address else None


def _origin(address: str) -> str:
    if not address:
        return ""
    from xrpc_invites.client.address import origin_of

    try:
        return origin_of(address)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Server = Annotated[
    str | None, typer.Option("--server", metavar="URL", callback=_choose, help=_HELP)
]
ServerOfAll = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", envvar=SERVER, callback=_remember, help=_HELP),
]


@contextmanager
def connected(server: str | None) -> Generator[Calls]:
    """Calls to the server; ends the command when one fails."""
    try:
        if server:
            from xrpc_invites.cli.remote import remote

            with remote(server, secret()) as carrier:
                yield Calls(carrier)
        else:
            from xrpc_invites.cli.local import local

            with local() as carrier:
                yield Calls(carrier)
    except CallFailed as failure:
        exits.stop(failure.status, str(failure))


def secret() -> str:
    """The operator's token, from wherever it is kept.

    Raises:
        CallFailed: There is none.
    """
    found = os.environ.get(TOKEN) or _from_file(os.environ.get(TOKEN_FILE)) or _typed()
    if not found.strip():
        raise CallFailed("the token is empty", status=exits.CONFIG)
    return found.strip()


def _from_file(path: str | None) -> str | None:
    if not path:
        return None
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        said = f"{TOKEN_FILE}: cannot read {path}: {reason}"
        raise CallFailed(said, status=exits.CONFIG) from None


def _typed() -> str:
    if not sys.stdin.isatty():
        said = f"a token is needed: set {TOKEN} or {TOKEN_FILE}"
        raise CallFailed(said, status=exits.CONFIG)
    typed: str = typer.prompt("Token", hide_input=True, err=True)
    return typed

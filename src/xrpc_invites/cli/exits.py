"""How commands end when they cannot go on: a sentence on stderr, and a status for programs."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from xrpc_invites.settings import Settings

PREFIX = "INVITES_"
NOT_FOUND = 1
"""What was named is not here, or the server refuses what was asked."""
USAGE = 2
CONFIG = 78
"""EX_CONFIG of sysexits: nothing will be better on another try until somebody changes a setting."""
OF_SERVE = ("HOST", "PORT", "WORKERS")
"""Options of `serve` that the environment may give as well."""
OF_CALLS = ("SERVER", "TOKEN", "TOKEN_FILE")
"""Which server the commands ask, and by what right."""

TEMPFAIL = 75
"""EX_TEMPFAIL of sysexits: the same command may well succeed a little later."""


class SettingsFault(Exception):
    """A setting is wrong; the text names it and shows no value."""


def stop(status: int, message: str) -> NoReturn:
    """Say why, and end with this status."""
    say(message)
    raise typer.Exit(status)


def say(message: str) -> None:
    """Tell the person, beside the result."""
    typer.echo(printable(message), err=True)


def settings() -> "Settings":
    """The environment's settings; ends the command when one is wrong."""
    for name in unknown(os.environ):
        # Only said: another version of the program may know it.
        say(f"{name} is no setting of this version: see docs/settings.md")
    try:
        return read_settings()
    except SettingsFault as fault:
        stop(CONFIG, str(fault))


def read_settings() -> "Settings":
    """The environment's settings.

    Raises:
        SettingsFault: One is wrong.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from xrpc_invites.settings import from_environment

    try:
        return from_environment()
    except ValidationError as error:
        said = [_said(fault["loc"], fault["msg"]) for fault in error.errors()]
        raise SettingsFault("\n".join(said)) from None
    except SettingsError as error:
        raise SettingsFault(str(error)) from None


def unknown(environment: Iterable[str]) -> list[str]:
    """Variables that look like settings and are none, perhaps by a slip of the keyboard."""
    from xrpc_invites.settings import Settings

    fields = (name.upper() for name in Settings.model_fields)
    known = {f"{PREFIX}{name}" for name in (*fields, *OF_SERVE, *OF_CALLS)}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def printable(text: str) -> str:
    """Text that came from elsewhere, without what would steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def _said(place: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{PREFIX}{str(place[0]).upper()}: {text}" if place else text

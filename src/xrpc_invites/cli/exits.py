"""How commands end when they cannot go on: a sentence on stderr, and a status for programs."""

import os
from collections.abc import Iterable
from typing import NoReturn

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from xrpc_invites.settings import PREFIX, Settings, from_environment

NOT_FOUND = 1
CONFIG = 78
"""EX_CONFIG of sysexits: nothing will be better on another try until somebody changes a setting."""
OF_SERVE = ("host", "port", "workers")
"""Options of `serve` that the environment may give as well."""

TEMPFAIL = 75
"""EX_TEMPFAIL of sysexits: the same command may well succeed a little later."""


def stop(status: int, message: str) -> NoReturn:
    """Say why, and end with this status."""
    typer.echo(message, err=True)
    raise typer.Exit(status)


def settings() -> Settings:
    """The environment's settings; ends the command when one is wrong."""
    for name in unknown(os.environ):
        # Only said: another version of the program may know it.
        typer.echo(f"{name} is no setting of this version: see docs/settings.md", err=True)
    try:
        return from_environment()
    except ValidationError as error:
        stop(CONFIG, "\n".join(_said(fault["loc"], fault["msg"]) for fault in error.errors()))
    except SettingsError as error:
        stop(CONFIG, str(error))


def unknown(environment: Iterable[str]) -> list[str]:
    """Variables that look like settings and are none, perhaps by a slip of the keyboard."""
    known = {f"{PREFIX}{name.upper()}" for name in {*Settings.model_fields, *OF_SERVE}}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def _said(place: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{PREFIX}{str(place[0]).upper()}: {text}" if place else text

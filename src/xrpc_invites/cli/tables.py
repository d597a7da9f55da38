"""Results on stdout: tables for people, JSON for programs."""

import json
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.table import Table

from xrpc_invites.invites.model import InviteCode
from xrpc_invites.methods.views import invite_code, moment


def as_object(code: InviteCode) -> dict[str, object]:
    """The same object that the server answers with."""
    return invite_code(code).model_dump(by_alias=True)


def print_json(value: object) -> None:
    """One JSON document."""
    typer.echo(json.dumps(value, indent=2))


def print_codes(codes: Sequence[InviteCode]) -> None:
    """A line for each code."""
    table = Table("code", "uses", "disabled", "for", "by", "created")
    for code in codes:
        table.add_row(
            code.code,
            f"{code.use_count}/{code.available}",
            "yes" if code.disabled else "",
            code.for_account,
            code.created_by,
            moment(code.created_at),
        )
    _console().print(table)


def print_code(code: InviteCode) -> None:
    """One code, and a line for each use."""
    print_codes([code])
    if code.uses:
        table = Table("used by", "used at")
        for use in code.uses:
            table.add_row(use.used_by, moment(use.used_at))
        _console().print(table)


def _console() -> Console:
    # Where nobody looks, lines are as long as they need to be, so that a pipe gets whole codes.
    console = Console(markup=False, highlight=False)
    return console if console.is_terminal else Console(markup=False, highlight=False, width=250)

"""Options that several commands about codes have, and how the codes themselves are read."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from xrpc_invites.cli import moments

STDIN = "-"

Code = Annotated[
    str, typer.Argument(help="The code; typing mistakes are forgiven. - reads it from stdin.")
]
Codes = Annotated[
    list[str] | None, typer.Argument(help="Codes; - reads them from stdin, one a line.")
]
Uses = Annotated[int, typer.Option(min=1, max=1_000_000, help="Uses of each code.")]
Begins = Annotated[str | None, typer.Option(help=f"Usable from then on: {moments.HELP}.")]
Ends = Annotated[str | None, typer.Option(help=f"Not usable from then on: {moments.HELP}.")]
Note = Annotated[str | None, typer.Option(help="What you want to find it by.")]
Role = Annotated[str | None, typer.Option(help="The role that a use grants.")]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", help="A tag, which a use grants; again for more.")
]
Domains = Annotated[
    list[str] | None,
    typer.Option("--email-domain", help="Only for addresses of this domain; again for more."),
]
Reason = Annotated[str | None, typer.Option(help="Why; it is kept.")]
Limit = Annotated[int, typer.Option(min=1, max=1_000_000, help="How many at most.")]


def read_code(argument: str) -> str:
    """The code that an argument gives: itself, or the first line of stdin.

    Raises:
        BadParameter: It is empty.
    """
    if not argument:
        raise typer.BadParameter("a code must not be empty")
    if argument != STDIN:
        return argument
    return next(iter(read_codes([STDIN])))


def read_codes(arguments: Sequence[str]) -> list[str]:
    """The codes that arguments give. Raises like `read_code`."""
    if STDIN not in arguments:
        return list(arguments)
    typed = [line.strip() for line in sys.stdin]
    found = [argument for argument in arguments if argument != STDIN] + [*filter(None, typed)]
    if not found:
        raise typer.BadParameter("there is nothing on stdin")
    return found

"""Results on stdout: tables for people, lines for other programs, JSON where it is asked for."""

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Annotated

import typer

from xrpc_invites.cli.exits import printable

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Row = Sequence[object]

_ESCAPED = {ord("\t"): "\\t", ord("\n"): "\\n", ord("\\"): "\\\\"}


def print_json(value: object) -> None:
    """One JSON document."""
    typer.echo(json.dumps(value, indent=2))


def show_rows(head: Sequence[str], rows: Iterable[Row]) -> None:
    """A table on stderr, if somebody looks there."""
    if sys.stderr.isatty():
        _print_table(head, rows, err=True)


def print_rows(head: Sequence[str], rows: Iterable[Row]) -> None:
    """A table where somebody looks; else whole lines as they come, cells parted by tabs."""
    if sys.stdout.isatty():
        _print_table(head, rows)
        return
    rest = iter(rows)
    # The first row may be what fails, and then there should be no head either.
    first = list(islice(rest, 1))
    typer.echo("\t".join(head))
    for row in chain(first, rest):
        typer.echo("\t".join(printable(_cell(cell).translate(_ESCAPED)) for cell in row))


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """One thing, a line for each field that it has."""
    shown = [(name, _cell(value)) for name, value in fields]
    filled = [(name, text) for name, text in shown if text]
    width = max((len(name) for name, _ in filled), default=0)
    for name, text in filled:
        typer.echo(f"{name:{width}}  {printable(text.translate(_ESCAPED))}")


def _print_table(head: Sequence[str], rows: Iterable[Row], *, err: bool = False) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for name in head:
        # A cell that does not fit is folded: no part of a code is ever left out.
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(printable(_cell(cell)) for cell in row))
    Console(stderr=err, markup=False, highlight=False).print(table)


def _cell(value: object) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case list() | tuple():
            return ", ".join(str(item) for item in value)
        case _:
            return str(value)

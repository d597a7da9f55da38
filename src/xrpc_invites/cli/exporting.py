"""`xrpc-invites codes export`: all codes with their uses, into a file."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO, Annotated

import typer

from xrpc_invites.cli.calls import OURS, Calls, Items, Json
from xrpc_invites.cli.exits import say
from xrpc_invites.cli.files import STDIO, Format, format_of, written
from xrpc_invites.cli.progress import progress
from xrpc_invites.cli.tables import Json as AsJson
from xrpc_invites.cli.tables import print_json
from xrpc_invites.cli.target import Server, connected
from xrpc_invites.importers.csv_rows import CsvWriter
from xrpc_invites.importers.json_rows import JsonWriter
from xrpc_invites.importers.rows import Row, exported

USES_OF_ROW = 10_000
"""A code that was used more often goes on in the next row, so that no row is too large to hold."""


def export(
    file: Annotated[str, typer.Argument(help="The file to write; - is stdout.")],
    *,
    as_: Annotated[
        Format | None, typer.Option("--format", help="Without it, what the file's name says.")
    ] = None,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Write all codes and their uses to a file, the newest first."""
    chosen = format_of(file, as_) or (Format.CSV if file == STDIO else None)
    if chosen is None:
        raise typer.BadParameter("the file's name must end in .csv or .jsonl, or give --format")
    if as_json and file == STDIO:
        raise typer.BadParameter("--json tells what was written, and that is on stdout already")
    codes = uses = 0
    with (
        connected(server) as calls,
        written(file) as out,
        progress("exporting") as advance,
    ):
        write = _writer(chosen, out)
        for row, first in _rows(calls):
            write(row)
            codes += first
            uses += len(row.get("uses", ()))
            advance(codes)
    if as_json:
        print_json({"codes": codes, "uses": uses})
    else:
        say(f"exported {codes} codes with {uses} uses")


def _writer(chosen: Format, out: IO[str]) -> Callable[[Row], None]:
    return CsvWriter(out) if chosen is Format.CSV else JsonWriter(out)


def _rows(calls: Calls) -> Iterator[tuple[Row, bool]]:
    """Rows, and whether each is the first of its code."""
    for view in Items(calls, f"{OURS}.searchCodes", "codes", page=500)(sort="recent"):
        if not view["useCount"]:
            yield exported(view, ()), True
            continue
        history = Items(calls, f"{OURS}.getCode", "uses", page=1_000)
        uses = history(code=view["code"])
        part: list[Json] = list(islice(uses, USES_OF_ROW))
        # As it was when its first uses were read: it may have been used since it was listed.
        shown = (history.first or {}).get("code", view)
        yield exported(shown, part), True
        while part := list(islice(uses, USES_OF_ROW)):
            yield exported(shown, part), False

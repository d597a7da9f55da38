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

PAGE = 100
"""Codes of one answer, some of which may have a thousand uses with them."""
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
        for row, first in all_rows(calls):
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


def all_rows(calls: Calls) -> Iterator[tuple[Row, bool]]:
    """Rows, and whether each is the first of its code."""
    recent = _Recent(calls)
    for view in Items(calls, f"{OURS}.searchCodes", "codes", page=PAGE)(sort="recent"):
        uses = recent.uses(view)
        if len(uses) == view["useCount"]:
            yield exported(view, uses), True
        else:
            yield from _rows_of(calls, view)


def _rows_of(calls: Calls, view: Json) -> Iterator[tuple[Row, bool]]:
    """The rows of one code, with its uses read page by page."""
    history = Items(calls, f"{OURS}.getCode", "uses", page=1_000)
    uses = history(code=view["code"])
    part: list[Json] = list(islice(uses, USES_OF_ROW))
    # As it was when its first uses were read: it may have been used since it was listed.
    shown = (history.first or {}).get("code", view)
    yield exported(shown, part), True
    while part := list(islice(uses, USES_OF_ROW)):
        yield exported(shown, part), False


class _Recent:
    """The uses of codes, from a list in the same order as that of their facts.

    To ask for each code's uses alone takes ten times as long. Where the lists differ, since a
    code was made or used meanwhile, that is what is done.
    """

    def __init__(self, calls: Calls) -> None:
        codes = Items(calls, "com.atproto.admin.getInviteCodes", "codes", page=PAGE)
        self._codes = codes(sort="recent")
        self._next: Json | None = None

    def uses(self, view: Json) -> list[Json]:
        """The uses of a code that stands behind all that were asked for before; [] if unknown."""
        while self._next is None or _place(self._next) > _place(view):
            self._next = next(self._codes, None)
            if self._next is None:
                return []
        return list(self._next["uses"]) if self._next["code"] == view["code"] else []


def _place(code: Json) -> tuple[str, str]:
    return code["createdAt"], code["code"]

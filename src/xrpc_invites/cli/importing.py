"""`xrpc-invites codes import`: codes and their uses out of a file, all or none."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from xrpc_invites.cli import exits
from xrpc_invites.cli.calls import OURS, CallFailed, Calls, Json
from xrpc_invites.cli.exits import say
from xrpc_invites.cli.files import Format, format_of, read_twice, sniffed
from xrpc_invites.cli.progress import progress
from xrpc_invites.cli.tables import Json as AsJson
from xrpc_invites.cli.tables import print_json
from xrpc_invites.cli.target import Server, connected

if TYPE_CHECKING:
    from xrpc_invites.cli.checked_rows import CheckedRows
    from xrpc_invites.importers.batches import Numbered

REFUSED = 1
_PLACE = re.compile(r"input: rows\[(\d+)\](.*)", re.DOTALL)


@dataclass
class Report:
    """What became of the rows of a file."""

    file: str
    quiet: bool
    """Whether bad rows are kept for the end instead of being told at once."""
    bad: dict[int, str] = field(default_factory=dict)
    """Reasons by line."""
    changes: Counter[str] = field(default_factory=Counter)
    """Rows by what they changed."""

    def refuse(self, number: int, reason: str) -> None:
        """Tell of a bad row, once."""
        if number not in self.bad:
            self.bad[number] = reason
            if not self.quiet:
                say(f"{self.file}:{number}: {reason}")


def import_(
    file: Annotated[str, typer.Argument(help="The file to read; - is stdin.")],
    *,
    as_: Annotated[
        Format | None, typer.Option("--format", help="Without it, what the file looks like.")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Import the good rows, though others are bad.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what is wrong.")] = False,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Read codes and their uses from a file; one bad row keeps all out, unless --partial."""
    report = Report(file, quiet=as_json)
    with read_twice(file) as source, connected(server) as calls:
        from xrpc_invites.cli.checked_rows import CheckedRows

        rows = CheckedRows(source, format_of(file, as_) or sniffed(source), report.refuse)
        sending = Sending(calls, rows, report)
        sending.check()
        kept = not dry_run and (partial or not report.bad)
        if kept:
            sending.keep(partial=partial)
    _tell(report, rows.count, kept=kept, as_json=as_json)
    if report.bad:
        raise typer.Exit(REFUSED)


class Sending:
    """Sends the rows of a file, in as many requests as it takes."""

    def __init__(self, calls: Calls, rows: "CheckedRows", report: Report) -> None:
        self._calls = calls
        self._rows = rows
        self._report = report

    def check(self) -> None:
        """Find everything that is wrong, and change nothing."""
        self._send("checking", partial=True, dryRun=True)

    def keep(self, *, partial: bool) -> None:
        """Import for good."""
        self._report.changes.clear()
        self._send("importing", partial=partial)

    def _send(self, what: str, **options: bool) -> None:
        from xrpc_invites.importers.batches import batches

        with progress(what, self._rows.size) as advance:
            for batch in batches(self._rows(advance)):
                self._send_batch(batch, options)
                if self._report.bad and not options["partial"]:
                    # All rows were good a moment ago: somebody has changed a code since.
                    exits.stop(
                        REFUSED,
                        "stopped here; what was imported so far stays. Once this row is put right, "
                        "import the same file again: rows that are there change nothing",
                    )

    def _send_batch(self, batch: "list[Numbered]", options: dict[str, bool]) -> None:
        while batch:
            try:
                answer = self._calls.procedure(
                    f"{OURS}.importCodes", {"rows": [row for _, row in batch], **options}
                )
            except CallFailed as failure:
                # A server of another version may refuse what this program lets pass.
                place = _PLACE.search(str(failure))
                if place is None or failure.name != "InvalidRequest":
                    raise
                number, _ = batch.pop(int(place[1]))
                self._report.refuse(number, place[2].lstrip("."))
                if not options["partial"]:
                    return
                continue
            self._note(batch, answer)
            return

    def _note(self, batch: "list[Numbered]", answer: Json) -> None:
        for (number, _), result in zip(batch, answer["results"], strict=True):
            if "reason" in result:
                self._report.refuse(number, f"{result['reason']}: {result['message']}")
            else:
                self._report.changes[result["change"]] += 1


def _tell(report: Report, count: int, *, kept: bool, as_json: bool) -> None:
    changes = report.changes
    if as_json:
        counts = {
            "created": changes["created"] if kept else 0,
            "usesAdded": changes["uses-added"] if kept else 0,
            "unchanged": changes["none"] if kept else 0,
        }
        refused = [{"line": line, "reason": reason} for line, reason in report.bad.items()]
        print_json({"rows": count, **counts, "refused": refused})
    elif kept:
        unchanged = f", {changes['none']} were here already" if changes["none"] else ""
        added = f", {changes['uses-added']} rows added uses" if changes["uses-added"] else ""
        bad = f", {len(report.bad)} rows were refused" if report.bad else ""
        say(f"imported {changes['created']} codes{unchanged}{added}{bad}")
    elif report.bad:
        # A file that is wrong as a whole has no rows to count.
        bad = f": {len(report.bad)} of {count} rows are bad" if count else ""
        say(f"nothing is imported{bad}")
    else:
        say(f"all {count} rows are good; nothing is imported in a dry run")

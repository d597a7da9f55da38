"""What `doctor` finds: one line each, and what to do about it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import typer

from xrpc_invites.cli.exits import printable

TOLERANCE = timedelta(seconds=5)
"""By how much two clocks may differ; codes begin and end by them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; a remedy means that it is not as it should be."""

    name: str
    said: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        return not self.remedy

    def as_object(self) -> dict[str, object]:
        """For programs."""
        return {**asdict(self), "ok": self.ok}


Findings = Iterator[Finding]


def skipped(*names: str, until: str) -> Findings:
    """Things that nobody can look at yet."""
    for name in names:
        yield Finding(name, "not looked at", f"first put right: {until}")


def clocks(whose: str, theirs: datetime, ours: datetime) -> Finding:
    """Compare two clocks."""
    apart = abs(theirs - ours)
    if apart <= TOLERANCE:
        return Finding("clock", f"agrees with {whose}")
    seconds = round(apart.total_seconds())
    return Finding("clock", f"{seconds} s apart from {whose}", "set both clocks by NTP")


def show(finding: Finding) -> None:
    """One line."""
    line = f"{'✓' if finding.ok else '✗'} {finding.name}: {finding.said}"
    line += "" if finding.ok else f" — {finding.remedy}"
    typer.echo(printable(line.replace("\n", "; ")))

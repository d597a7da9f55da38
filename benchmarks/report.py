"""What was measured, as the tables of docs/benchmarks.md and of the README."""

import os
import platform
import re
import sqlite3
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json import loads
from pathlib import Path

from benchmarks import rows
from benchmarks.load import Seen
from benchmarks.peers import NODE, OURS, REFERENCE
from benchmarks.rows import Row

IDLE, LOADED = "memory when idle", "memory after the load"
WARM, COLD = "start to first answer", "start to first answer, nothing cached"
FIGURES = {IDLE: "MB", LOADED: "MB", WARM: "s", COLD: "s"}
"""What is measured beside the load, and in which unit."""
DATABASES = ("SQLite", "PostgreSQL")
IN_README = (
    "createInviteCode, 64 connections",
    "createInviteCodes, 100 codes each, 16 connections",
    "getInviteCodes, 1,000 codes, recent, 16 connections",
    "getInviteCodes, 100,000 codes, recent, 16 connections",
    "createAccount with a bad code, 16 connections",
    "describeServer, 64 connections",
)
_NONE = "not measured"
_LARGE = 100
"""From here on nobody reads decimals."""
_HEAD = ("work", OURS, REFERENCE, "ours is", "aim", "cost here", "there")
_PLACES = {"MB": "{:.0f} MB", "s": "{:.1f} s"}


@dataclass(frozen=True, slots=True)
class Results:
    """By row or figure, and then by who did it."""

    seen: dict[str, dict[str, list[Seen]]] = field(default_factory=dict)
    figures: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def keep(self, title: str, name: str, seen: Seen) -> None:
        """What came of a round."""
        self.seen.setdefault(title, {}).setdefault(name, []).append(seen)

    def note(self, what: str, name: str, value: float) -> None:
        """A figure of a round."""
        self.figures.setdefault(what, {}).setdefault(name, []).append(value)

    def typical(self, title: str, name: str) -> Seen | None:
        """The round whose rate is the median."""
        found = sorted(self.seen.get(title, {}).get(name, []), key=lambda one: one.rate)
        return found[len(found) // 2] if found else None

    def ratio(self, title: str) -> float | None:
        """How many times as fast ours is: the median of the rounds, in which both had a turn."""
        found = self.seen.get(title, {})
        rounds = zip(found.get(OURS, []), found.get(REFERENCE, []), strict=True)
        ratios = [ours.rate / theirs.rate for ours, theirs in rounds]
        return statistics.median(ratios) if ratios else None

    def figure(self, what: str, name: str) -> float | None:
        """The median; of memory after loads the most."""
        found = self.figures.get(what, {}).get(name)
        if not found:
            return None
        return max(found) if what == LOADED else statistics.median(found)


def tables(results: Results) -> dict[str, str]:
    """The tables of docs/benchmarks.md, by the marks between which they stand there."""
    return {
        "compared": _compared(results),
        "growth": _growth(results),
        "limited": _limited(results),
        "redeeming": _redeeming(results),
        "figures": _figures(results),
    }


def huge(results: Results) -> str:
    """The table of pages among ten million codes."""
    seen = [(row.title, results.typical(row.title, OURS)) for row in rows.HUGE]
    first = seen[0][1]
    return table(
        ("work", OURS, "as long as with 1,000"),
        (
            (title, _speed(one), f"{one.p50 / first.p50:.2f} times" if one and first else _NONE)
            for title, one in seen
        ),
    )


def conditions(rounds: int, seconds: int, *, busy: float) -> str:
    """When, on what and how it was measured; `busy` is the load average before."""
    how = (
        f"medians of {rounds} rounds of {seconds} s" if rounds > 1 else f"one round of {seconds} s"
    )
    packages = NODE / "node_modules"
    theirs = loads((packages / "@atproto" / "pds" / "package.json").read_text())["version"]
    return (
        f"{today()}, {os.cpu_count()} cores ({_processor()}) that the load"
        f" generator shares, {platform.system()}, Python {platform.python_version()}, SQLite"
        f" {sqlite3.sqlite_version}, {REFERENCE} {theirs} under Node"
        f" {_said(packages / '.bin' / 'node', '--version')}, {_said('wrk', '--version')}; {how}."
        f" Load average before: {busy:.1f}."
    )


def put(page: Path, section: str, text: str) -> None:
    """Write a text between the marks of a section."""
    mark = re.compile(rf"(<!-- {section}[^>]*-->\n).*?(<!-- /{section} -->)", re.DOTALL)
    written, times = mark.subn(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page.read_text())
    if times != 1:
        raise RuntimeError(f"{page} has {times} sections {section}")
    page.write_text(written)


def today() -> str:
    """The day of a measurement."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    drawn = (f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in (head, *lines))
    first, *others = drawn
    return "\n".join((first, "|---" * len(head) + "|", *others))


def in_readme(results: Results) -> str:
    """The table of the README: some rows, without aims and costs."""
    chosen = (row for row in rows.COMPARED if row.title in IN_README)
    return table(_HEAD[:4], (_cells(results, row)[:4] for row in chosen))


def _compared(results: Results) -> str:
    return table(_HEAD, (_cells(results, row) for row in rows.COMPARED))


def _cells(results: Results, row: Row) -> Sequence[str]:
    ratio, title = results.ratio(row.title), row.title
    ours, theirs = results.typical(title, OURS), results.typical(title, REFERENCE)
    times = _NONE if ratio is None else f"{_short(ratio)} times"
    return title, _speed(ours), _speed(theirs), times, row.aim, _cost(ours), _cost(theirs)


def _growth(results: Results) -> str:
    first = results.typical(rows.LISTING[rows.THOUSAND][0].title, OURS)

    def cell(row: Row | None) -> str:
        seen = results.typical(row.title, OURS) if row else None
        if seen is None or first is None:
            return _NONE
        return f"{_short(seen.p50)} ms, {seen.p50 / first.p50:.2f} times"

    return table(
        ("codes", *rows.WAYS),
        (
            (
                f"{size:,}",
                *(cell(dict(zip(rows.WAYS, listed, strict=False)).get(way)) for way in rows.WAYS),
            )
            for size, listed in rows.LISTING.items()
        ),
    )


def _limited(results: Results) -> str:
    return table(
        ("work", OURS),
        ((row.title, _speed(results.typical(row.title, OURS))) for row in rows.LIMITED),
    )


def _redeeming(results: Results) -> str:
    return table(
        ("work", *DATABASES, "aim", *(f"cost on {one}" for one in DATABASES)),
        (
            (row.title, *map(_speed, seen), row.aim, *map(_cost, seen))
            for row in rows.REDEEMING
            for seen in [[results.typical(row.title, one) for one in DATABASES]]
        ),
    )


def _figures(results: Results) -> str:
    return table(
        ("", OURS, REFERENCE),
        (
            (
                what,
                *(
                    _NONE
                    if (value := results.figure(what, name)) is None
                    else _PLACES[unit].format(value)
                    for name in (OURS, REFERENCE)
                ),
            )
            for what, unit in FIGURES.items()
        ),
    )


def _speed(seen: Seen | None) -> str:
    if seen is None:
        return _NONE
    return f"{_short(seen.rate)} /s, {_short(seen.p50)} ms, p99 {_short(seen.p99)} ms"


def _cost(seen: Seen | None) -> str:
    if seen is None:
        return _NONE
    return f"{seen.cost:,.{0 if seen.cost >= _LARGE else 2}f} ms"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= _LARGE else f"{value:.1f}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "?")


def _said(*command: str | Path) -> str:
    """The first words of what a program says of itself."""
    ended = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    return " ".join(ended.stdout.split()[:2]).removesuffix(" [epoll]")

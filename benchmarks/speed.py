"""How fast this server is, beside the reference PDS on the same machine, turn by turn.

`make bench` runs it: `python -m benchmarks.speed`. One worker process each, without rate limits.
"""

import argparse
import os
import signal
import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks import filling, peers, report, rows
from benchmarks.filling import Codes
from benchmarks.load import Load, Seen, put
from benchmarks.peers import OURS, REFERENCE, Peer
from benchmarks.report import Results
from benchmarks.rows import Row
from tests import postgres
from xrpc_invites.app import shipped
from xrpc_invites.storage import schema

Start = Callable[[Path], AbstractContextManager[Peer]]

FASTEST = 12_000
"""Redemptions a second that are provided for."""
WARM_UP = 1
SLOW = 3
"""Times as long as others a round with the slowest lasts, so that some answers come."""
PAGE, README = peers.ROOT / "docs" / "benchmarks.md", peers.ROOT / "README.md"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how long."""

    rounds: int
    seconds: int
    only: str
    large: bool
    huge: bool = False

    def wants(self, title: str) -> bool:
        return self.only.lower() in title.lower()

    def of(self, measured: Iterable[Row]) -> Sequence[Row]:
        return [row for row in measured if self.wants(row.title)]


@dataclass(frozen=True, slots=True)
class Bench:
    """Lets peers take turns, and keeps what came of it."""

    plan: Plan
    results: Results = field(default_factory=Results)
    _numbers: Counter[tuple[str, str]] = field(default_factory=Counter)

    def compare(self, measured: Iterable[Row], among: Sequence[Peer]) -> None:
        """Measure the rows that are wanted."""
        for row in self.plan.of(measured):
            sys.stderr.write(f"{row.title}\n")
            for peer in among:
                self._put(row, peer, WARM_UP)
            for _ in range(self.plan.rounds):
                for peer in among:
                    self.results.keep(row.title, peer.name, self._answered(row, peer))

    def _answered(self, row: Row, peer: Peer) -> Seen:
        """What came of a round, which lasts until something is answered."""
        seconds = self.plan.seconds * (SLOW if row.slow and peer.name == REFERENCE else 1)
        while not (found := self._put(row, peer, seconds)).requests:
            seconds *= 2
        return found

    def _put(self, row: Row, peer: Peer, seconds: int) -> Seen:
        spent = row.title, peer.name
        connections = 1 if row.slow and peer.name == REFERENCE else row.connections
        load = Load(connections, seconds, self._numbers[spent])
        caller = peer.credentials.get(row.request.caller)
        before = peer.processor_seconds
        found = put(load, peer.url, row.request, authorization=caller)
        # What was under way at the end is not counted, and must not be asked again.
        self._numbers[spent] += found.requests + connections
        peer.drain()
        cost = (peer.processor_seconds - before) * 1000 / max(found.requests, 1)
        return replace(found, cost=cost)


@contextmanager
def both(folder: Path) -> Generator[tuple[Peer, Peer]]:
    """This server and the reference, on fresh data."""
    with ExitStack() as stack:
        plc = stack.enter_context(peers.directory())
        mine = stack.enter_context(peers.ours(_made(folder / "ours")))
        theirs = stack.enter_context(peers.reference(_made(folder / "theirs"), plc=plc))
        yield mine, theirs


def starts(bench: Bench, folder: Path) -> None:
    """Time from the start to the first answer, without and with data and cached files."""
    files = {
        OURS: [Path(sys.prefix), Path(sysconfig.get_path("stdlib")), peers.ROOT / "src"],
        REFERENCE: [peers.NODE / "node_modules"],
    }
    with peers.directory() as plc:
        ways: dict[str, Start] = {OURS: peers.ours, REFERENCE: partial(peers.reference, plc=plc)}
        for number in range(bench.plan.rounds):
            for name, start in ways.items():
                data = _made(folder / f"{number}-{name.replace('/', '-')}")
                peers.forget(files[name])
                for what in (report.COLD, report.WARM):
                    began = perf_counter()
                    with start(data) as peer:
                        bench.results.note(what, name, perf_counter() - began)
                        bench.results.note(report.IDLE, name, peer.megabytes)


def on_a_new_server(bench: Bench, folder: Path) -> None:
    """What hardly depends on what is stored."""
    with both(folder) as pair:
        bench.compare(rows.NEW, pair)
        for peer in pair:
            bench.results.note(report.LOADED, peer.name, peer.megabytes)


def with_limits(bench: Bench, folder: Path) -> None:
    """What the limits cost, which are on unless they are turned off."""
    with peers.ours(folder, INVITES_RATE_LIMITS="true") as peer:
        bench.compare(rows.LIMITED, [peer])


def as_codes_grow(bench: Bench, folder: Path) -> None:
    """Pages of codes and codes of accounts, while the data grows."""
    fill = {OURS: filling.fill_ours, REFERENCE: filling.fill_reference}
    with both(folder) as pair:
        stored = 0

        def grow(count: int, owner: str = "") -> None:
            nonlocal stored
            for peer in pair:
                # Each has DIDs of its own for the same accounts.
                did = peer.sign_up(owner) if owner else "admin"
                fill[peer.name](peer.folder, Codes(stored, stored + count, did, used=not owner))
            stored += count

        grow(rows.THOUSAND)
        bench.compare(rows.LISTING[rows.THOUSAND], pair)
        for owner, count in rows.OWNERS.items():
            grow(count, owner)
        bench.compare(rows.OF_ACCOUNTS, pair)
        for size in (rows.HUNDRED_THOUSAND, *([rows.MILLION] if bench.plan.large else [])):
            if bench.plan.of(rows.LISTING[size]):
                grow(size - stored)
                bench.compare(rows.LISTING[size], pair)
        for peer in pair:
            bench.results.note(report.LOADED, peer.name, peer.megabytes)


def with_ten_million(bench: Bench, folder: Path) -> None:
    """Pages among ten million codes; the reference would take minutes for each."""
    with peers.ours(folder) as peer:
        filling.fill_ours(folder, Codes(0, rows.THOUSAND))
        bench.compare(rows.HUGE[:1], [peer])
    for first in range(0, rows.TEN_MILLION, rows.MILLION):
        more = Codes(max(first, rows.THOUSAND), first + rows.MILLION)
        filling.fill_ours(folder, more)
    with peers.ours(folder) as peer:
        bench.compare(rows.HUGE[1:], [peer])


def redeeming(bench: Bench, folder: Path) -> None:
    """Programs spend uses, each of a code of its own or all of one code, on both databases."""
    plan = bench.plan
    codes = Codes(0, (plan.rounds * plan.seconds + WARM_UP) * FASTEST, used=False)
    with postgres.running(durable=True) as server, ExitStack() as stack:
        url = server.create()
        schema.migrate(url, shipped("migrations"))
        text = url.render_as_string(hide_password=False)
        on_file = peers.ours(_made(folder / "file"), name="SQLite")
        on_server = peers.ours(
            _made(folder / "server"), name="PostgreSQL", INVITES_DATABASE_URL=text
        )
        pair = [stack.enter_context(peer) for peer in (on_file, on_server)]
        filling.fill_ours(pair[0].folder, codes)
        filling.fill_postgres(url, codes)
        for peer in pair:
            peer.admit(rows.APP)
            hot = {"code": rows.HOT, "available": rows.MILLION}
            peer.ask("org.xrpcinvites.createCodes", hot, caller=rows.ADMIN)
        bench.compare(rows.REDEEMING, pair)


def measure(plan: Plan) -> Bench:
    """Everything that is wanted."""
    bench = Bench(plan)
    stages: dict[Callable[[Bench, Path], None], list[str]] = {
        starts: list(report.FIGURES),
        on_a_new_server: [row.title for row in rows.NEW],
        with_limits: [row.title for row in rows.LIMITED],
        as_codes_grow: [row.title for row in rows.COMPARED if row not in rows.NEW],
        redeeming: [row.title for row in rows.REDEEMING],
    }
    for stage, titles in stages.items():
        if any(plan.wants(title) for title in titles):
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                stage(bench, Path(folder))
    return bench


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _asked() -> Plan:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of two seconds")
    parser.add_argument("--large", action="store_true", help="pages of a million codes too")
    parser.add_argument("--huge", action="store_true", help="pages of ten million alone")
    parser.add_argument("--only", default="", metavar="NAME", help="rows whose name holds this")
    given = parser.parse_args()
    rounds, seconds = (1, 2) if given.quick else (3, 4)
    return Plan(rounds, seconds, given.only, given.large, given.huge)


def main() -> None:
    """Measure, and write the pages; a part alone is only shown."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    plan = _asked()
    busy = os.getloadavg()[0]
    if plan.huge:
        bench = Bench(plan)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            with_ten_million(bench, Path(folder))
        report.put(PAGE, "huge", report.huge(bench.results))
        return
    results = measure(plan).results
    measured = report.conditions(plan.rounds, plan.seconds, busy=busy)
    tables = report.tables(results)
    if plan.only:
        sys.stdout.write("\n\n".join((measured, *tables.values(), "")))
        return
    for section, text in {"measured": measured, **tables}.items():
        report.put(PAGE, section, text)
    report.put(README, "speed", report.in_readme(results))


if __name__ == "__main__":
    main()

"""How fast values are held against Lexicons: this engine, PyPI's lexrpc and npm's @atproto/lexicon.

`make bench` runs it. The three take turns, on the same documents and the same values, one
process at a time; the table shows the median rate of the rounds, and what it is of ours.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from xrpc_invites.app import shipped
from xrpc_invites.lexicon.check import Checks
from xrpc_invites.lexicon.load import load
from xrpc_invites.lexicon.schema import Procedure, Query

ROUNDS, SECONDS = 5, 0.5
NODE = Path(__file__).parents[1] / "tests" / "clients" / "node"
OUTPUT, INPUT = "com.atproto.admin.getInviteCodes", "com.atproto.server.createInviteCodes"
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
PAGE = {
    "cursor": "1767225600000::localhost-abcde-fghij",
    "codes": [
        {
            "code": f"localhost-abcde-{number:05}",
            "available": 1,
            "disabled": False,
            "forAccount": "admin",
            "createdBy": "admin",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "uses": [{"usedBy": DID, "usedAt": "2026-01-02T00:00:00.123Z"}],
        }
        for number in range(100)
    ],
}
BATCH = {"codeCount": 1, "useCount": 1, "forAccounts": [DID]}

Rates = dict[str, list[float]]


def rate(check: Callable[[], object]) -> float:
    """Calls per second."""
    calls, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < SECONDS:
        for _ in range(10):
            check()
        calls += 10
    return calls / passed


def ours() -> dict[str, float]:
    """This engine, compiled before the clock runs."""
    lexicons = load(shipped("lexicons"))
    checks = Checks(lexicons)
    listed, batch = lexicons[OUTPUT].defs["main"], lexicons[INPUT].defs["main"]
    assert isinstance(listed, Query)  # noqa: S101  # the documents are ours
    assert isinstance(batch, Procedure)  # noqa: S101
    check_page, check_batch = checks.body(OUTPUT, listed.output), checks.body(INPUT, batch.input)
    assert check_page is not None  # noqa: S101
    assert check_batch is not None  # noqa: S101
    return {
        "output": rate(lambda: check_page(PAGE)),
        "input": rate(lambda: check_batch(BATCH)),
    }


def lexrpc() -> dict[str, float]:
    """PyPI's lexrpc."""
    from lexrpc.base import Base  # noqa: PLC0415  # only the benchmark needs it

    base = Base(lexicons=[dict(one.source) for one in load(shipped("lexicons")).values()])
    return {
        "output": rate(lambda: base.validate(OUTPUT, "output", PAGE)),
        "input": rate(lambda: base.validate(INPUT, "input", BATCH)),
    }


def atproto_lexicon() -> dict[str, float]:
    """Npm's @atproto/lexicon under Node."""
    node = NODE / "node_modules" / ".bin" / "node"
    asked = {
        "lexicons": [one.source for one in load(shipped("lexicons")).values()],
        "output": [OUTPUT, PAGE],
        "input": [INPUT, BATCH],
        "seconds": SECONDS,
    }
    ended = subprocess.run(  # noqa: S603  # our own script
        [node, NODE / "lexicon-bench.mjs"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    rates: dict[str, float] = json.loads(ended.stdout)
    return rates


def main() -> None:
    """Let all take turns, and print the table."""
    began = time.perf_counter()
    Checks(load(shipped("lexicons")))
    start = (time.perf_counter() - began) * 1000
    ways = {"this engine": ours, "lexrpc": lexrpc, "@atproto/lexicon": atproto_lexicon}
    if not (NODE / "node_modules").is_dir():
        sys.stderr.write("@atproto/lexicon is left out: install Node.js, then run make test\n")
        del ways["@atproto/lexicon"]
    rates: dict[str, Rates] = {name: {"output": [], "input": []} for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            for what, found in way().items():
                rates[name][what].append(found)
    medians = {
        name: {what: statistics.median(found) for what, found in measured.items()}
        for name, measured in rates.items()
    }
    best = medians["this engine"]
    sys.stdout.write(f"all our Lexicons are loaded in {start:.0f} ms\n")
    sys.stdout.write(
        "| engine | page of 100 codes | ours is | createInviteCodes input | ours is |\n"
    )
    sys.stdout.write("|---|---|---|---|---|\n")
    for name, found in medians.items():
        cells = "".join(
            f" {found[what]:,.0f} /s | {best[what] / found[what]:.1f} times |"
            for what in ("output", "input")
        )
        sys.stdout.write(f"| {name} |{cells}\n")


if __name__ == "__main__":
    main()

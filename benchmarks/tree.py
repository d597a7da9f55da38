"""How long it takes to freeze an invite tree of 100,000 accounts on SQLite, and to thaw it.

`make bench` runs it. Each account but the leaves invited ten, by a code for each, and each has
two codes left.
All is done as the server does it, in one transaction that is on disk when the clock stops.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, insert

from xrpc_invites.app import shipped
from xrpc_invites.invites.audit import Author
from xrpc_invites.invites.freezing import Frozen, InviteTrees, Wish
from xrpc_invites.invites.tree import Thawed
from xrpc_invites.storage import engines, schema
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.tables import account, invite_code, invite_code_use

ACCOUNTS, INVITED, LEFT, ROUNDS = 100_000, 10, 2, 5
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

T = TypeVar("T")


def did(number: int) -> str:
    """The DID of an account."""
    return f"did:plc:{number:024}"


def fill(connection: Connection) -> None:
    """Make accounts, each but the first with the code that brought it."""
    numbers = range(ACCOUNTS)
    times = [NOON + timedelta(seconds=number) for number in numbers]
    connection.execute(
        insert(account),
        [
            {"did": did(n), "handle": f"a{n}.test", "created_at": times[n], "email": f"a{n}@x.test"}
            for n in numbers
        ],
    )
    codes = [
        {
            "code_key": f"hostcode{n:06}",
            "code": f"host-code{n:06}",
            "available": 1,
            "use_count": int(n > 0),
            "for_account": did((n - 1) // INVITED) if n else "admin",
            "created_by": "admin",
            "created_at": times[n],
        }
        for n in numbers
    ]
    codes += [
        {
            "code_key": f"hostleft{n:06}x{number}",
            "code": f"host-left{n:06}-x{number}",
            "available": 1,
            "use_count": 0,
            "for_account": did(n),
            "created_by": did(n),
            "created_at": times[n],
        }
        for n in numbers
        for number in range(LEFT)
    ]
    connection.execute(insert(invite_code), codes)
    uses = [
        {"code_key": f"hostcode{n:06}", "used_by": did(n), "used_at": times[n]}
        for n in numbers
        if n
    ]
    connection.execute(insert(invite_code_use), uses)


def author(request: str) -> Author:
    """The author of a request."""
    return Author(
        actor="ada",
        role="owner",
        credentials="local",
        address="",
        request=request,
        action="org.example.method",
    )


async def timed(act: Callable[[], Awaitable[T]]) -> tuple[float, T]:
    """Seconds that it took, and what came of it."""
    began = time.perf_counter()
    answer = await act()
    return time.perf_counter() - began, answer


async def measure(url: URL) -> dict[str, list[float]]:
    """Seconds of each act, a round after the other."""
    texts = (f"{number:016x}" for number in count())
    taken: dict[str, list[float]] = defaultdict(list)
    async with Database(url) as database:
        trees = InviteTrees(
            database.read, database.write, now=lambda: NOON, draw=lambda: next(texts)
        )
        wish = Wish(did=did(0), reason="spam")
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "a page of 200 nodes": lambda: trees.show(did(0), depth=20, after=None, limit=200),
            "dry run": lambda: trees.foresee(wish),
            "disableInviteTree": lambda: trees.freeze(wish, by=author(next(texts))),
        }
        for _ in range(ROUNDS):
            for name, act in acts.items():
                seconds, answer = await timed(act)
                taken[name].append(seconds)
            assert isinstance(answer, Frozen)  # noqa: S101  # the tree is ours
            assert answer.batch  # noqa: S101
            seconds, thawed = await timed(partial(trees.thaw, answer.batch, by=author(next(texts))))
            taken["enableInviteTree"].append(seconds)
            assert thawed == Thawed((LEFT + 1) * ACCOUNTS - 1, ACCOUNTS)  # noqa: S101
    return taken


def main() -> None:
    """Make a tree, and print how long each act takes."""
    with tempfile.TemporaryDirectory() as folder:
        url = URL.create("sqlite", database=str(Path(folder) / "invites.db"))
        schema.migrate(url, shipped("migrations"))
        engine = engines.writing(url, lanes=1)
        with engine.begin() as connection:
            fill(connection)
        engine.dispose()
        taken = asyncio.run(measure(url))
    sys.stdout.write(f"| {ACCOUNTS:,} accounts | median | slowest |\n|---|---|---|\n")
    for name, found in taken.items():
        sys.stdout.write(f"| {name} | {statistics.median(found):.2f} s | {max(found):.2f} s |\n")


if __name__ == "__main__":
    main()

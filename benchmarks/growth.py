"""What requests cost, and how large the database is, as the number of codes grows.

`make bench` runs it: a server on SQLite, whole but for the socket, answers one request after the
other, at 1,000 codes, at ten times as many, and so on. It prints a table, and writes
`docs/growth.md` and `docs/growth.svg`.
"""

import argparse
import base64
import hashlib
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import growth_page
import uvloop
from fastapi import FastAPI
from sqlalchemy import URL, Connection, Engine, func, insert, select

from xrpc_invites.app import build, shipped
from xrpc_invites.settings import Settings
from xrpc_invites.storage import engines, schema
from xrpc_invites.storage.tables import (
    invite_code,
    invite_code_tag,
    invite_code_use,
    invite_code_word,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
FAR = timedelta(days=36_500)
CHUNK, RARE, MANY = 100_000, 200, 10_000
"""Codes that are inserted at a time; before which the rare ones are; codes of a rich account."""
SECONDS, LEAST, MOST = 1.0, 10, 80
"""How long each request is repeated, how often at least and at most."""
LISTS, OURS = "com.atproto.admin.getInviteCodes", "org.xrpcinvites"
PASSWORD = "a password for this run"  # noqa: S105  # of a server that nobody reaches

Asked = tuple[str, str, Mapping[str, object] | None, str]
"""The NSID, the query, the body and the credentials of a request."""
Ask = Callable[[int], Asked]
"""Makes a request where there are so many codes."""


@dataclass
class Server:
    """A server without a socket, and what its requests need."""

    app: FastAPI
    redeemed: dict[int, Iterator[int]] = field(default_factory=lambda: defaultdict(count))
    sessions: dict[str, str] = field(default_factory=dict)

    async def ask(
        self, nsid: str, query: str, body: Mapping[str, object] | None, authorization: str
    ) -> bytes:
        """The answer; ends the run where it is an error."""
        sent = b"" if body is None else json.dumps(body).encode()
        headers = [(b"authorization", authorization.encode())]
        if body is not None:
            headers += [(b"content-type", b"application/json")]
            headers += [(b"content-length", str(len(sent)).encode())]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET" if body is None else "POST",
            "scheme": "http",
            "path": f"/xrpc/{nsid}",
            "raw_path": f"/xrpc/{nsid}".encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 2585),
        }
        status, parts = 0, []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: Any) -> None:  # noqa: ANN401  # as ASGI has it
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        await self.app(scope, receive, send)
        answer = b"".join(parts)
        if status != 200:  # noqa: PLR2004
            raise SystemExit(f"{nsid}?{query}: {status} {answer.decode()}")
        return answer


def code_of(number: int) -> str:
    """The text of a code: as random as real ones, so that the indexes are as real."""
    digest = hashlib.blake2b(str(number).encode(), digest_size=8).digest()
    text = base64.b32encode(digest).decode().lower()
    return f"localhost-{text[:5]}-{text[5:10]}"


def key_of(number: int) -> str:
    """The key of a code."""
    return code_of(number).replace("-", "")


def row(number: int, owner: str) -> dict[str, object]:
    """A code; of ten in a row each is another kind."""
    kind, made = number % 10, START + timedelta(seconds=number)
    marked = kind == 1
    rare = kind == 2 and number < RARE  # noqa: PLR2004
    return {
        "code_key": key_of(number),
        "code": code_of(number),
        "available": 1 + number % 3,
        "use_count": number % 2,
        "disabled": kind == 3,  # noqa: PLR2004
        "for_account": owner,
        "created_by": "admin",
        "created_at": made,
        "not_before": START + FAR if kind == 7 else None,  # noqa: PLR2004
        "expires_at": made if kind == 5 else None,  # noqa: PLR2004
        "note": "spring campaign" if marked else "needle" if rare else None,
        "tags": '["spring"]' if marked else '["rare"]' if rare else "[]",
    }


def fill(connection: Connection, numbers: range, owner_of: Callable[[int], str]) -> None:
    """Make codes with their uses, tags and words."""
    rows = sorted((row(n, owner_of(n)) for n in numbers), key=lambda one: str(one["code_key"]))
    connection.execute(insert(invite_code), rows)
    uses = [
        {"code_key": one["code_key"], "used_by": f"did:web:{number}.test", "used_at": START}
        for number, one in enumerate(rows)
        if one["use_count"]
    ]
    connection.execute(insert(invite_code_use), uses)
    noted = [one for one in rows if one["note"]]
    words = [
        {"code_key": one["code_key"], "word": word}
        for one in noted
        for word in str(one["note"]).split()
    ]
    if noted:
        connection.execute(insert(invite_code_word), words)
        tags = [{"code_key": one["code_key"], "tag": one["tags"][2:-2]} for one in noted]  # type: ignore[index]
        connection.execute(insert(invite_code_tag), tags)


def requests(server: Server) -> dict[str, Ask]:
    """Every request that is measured, by the name under which it is shown."""
    admin = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()

    def query(nsid: str, text: str) -> Ask:
        return lambda _size: (nsid, f"limit=100&{text}", None, admin)

    def deep(size: int) -> Asked:
        middle = START + timedelta(seconds=size // 2)
        cursor = f"{round(middle.timestamp() * 1_000)}%3A%3A{code_of(size // 2)}"
        return LISTS, f"limit=100&cursor={cursor}", None, admin

    def redeem(size: int) -> Asked:
        # Of each size the youngest of a tenth, which is free to use; each code once.
        number = size - 2 - 10 * next(server.redeemed[size])
        body = {"code": code_of(number), "did": f"did:web:r{number}.test"}
        return f"{OURS}.redeemCode", "", body, admin

    def owned(name: str) -> Ask:
        return lambda _size: (
            "com.atproto.server.getAccountInviteCodes",
            "",
            None,
            server.sessions[name],
        )

    search = f"{OURS}.searchCodes"
    return {
        "list, recent": query(LISTS, ""),
        "list, by usage": query(LISTS, "sort=usage"),
        "list, from the middle": deep,
        **{
            f"search, {status}": query(search, f"status={status}")
            for status in ("active", "exhausted", "disabled", "expired", "scheduled")
        },
        "search, owner of a tenth": query(search, "forAccount=did:web:busy.test"),
        "search, tag of a tenth": query(search, "tag=spring"),
        "search, rare tag": query(search, "tag=rare"),
        "search, word of a tenth": query(search, "text=campaign"),
        "search, rare word": query(search, "text=needle"),
        "search, one code": lambda size: (search, f"text={code_of(size // 2)}", None, admin),
        "createInviteCode": lambda _size: (
            "com.atproto.server.createInviteCode",
            "",
            {"useCount": 1},
            admin,
        ),
        "redeemCode": redeem,
        "own codes, 5": owned("poor"),
        "own codes, 10,000": owned("rich"),
    }


async def quick(server: Server, ask: Ask, size: int) -> float:
    """Milliseconds in which the quickest tenth is done: others at work here count for little."""
    await server.ask(*ask(size))
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < LEAST or (len(taken) < MOST and time.perf_counter() - began < SECONDS):
        asked = ask(size)
        before = time.perf_counter()
        await server.ask(*asked)
        taken.append(time.perf_counter() - before)
    return statistics.quantiles(taken, n=10)[0] * 1_000


async def sign_up(server: Server, name: str, number: int) -> str:
    """The DID of a new account."""
    body = {
        "handle": f"{name}.test",
        "email": f"{name}@mail.test",
        "password": PASSWORD,
        "inviteCode": code_of(number),
    }
    answer = await server.ask("com.atproto.server.createAccount", "", body, "")
    made = json.loads(answer)
    server.sessions[name] = f"Bearer {made['accessJwt']}"
    return str(made["did"])


async def measure(settings: Settings, most: int) -> growth_page.Growth:
    """Milliseconds of each request and bytes of the database, by the number of codes."""
    app = build(settings)
    server, engine = Server(app), engines.writing(settings.database, lanes=1)
    grown = growth_page.Growth()
    owners: dict[int, str] = {}

    def owner_of(number: int) -> str:
        busy = "did:web:busy.test" if number % 10 == 9 else "admin"  # noqa: PLR2004
        return owners.get(number, busy)

    async with app.router.lifespan_context(app):
        made = 0
        for size in sizes(most):
            if size == MANY * 10:
                rich = await sign_up(server, "rich", 18)
                owners |= dict.fromkeys(range(made, made + MANY), rich)
            grow(engine, range(made, size), owner_of)
            made = size
            if "poor" not in server.sessions:
                poor = await sign_up(server, "poor", 8)
                give(engine, poor)
            for name, ask in requests(server).items():
                if name == "own codes, 10,000" and "rich" not in server.sessions:
                    continue
                grown.add(name, size, await quick(server, ask, size))
            grown.bytes[size] = stored(engine)
            sys.stdout.write(f"{size:,} codes are measured\n")
    engine.dispose()
    return grown


def sizes(most: int) -> list[int]:
    """Powers of ten from 1,000 on."""
    return [10**power for power in range(3, 9) if 10**power <= most]


def grow(engine: Engine, numbers: range, owner_of: Callable[[int], str]) -> None:
    """Make so many more codes."""
    for first in range(numbers.start, numbers.stop, CHUNK):
        with engine.begin() as connection:
            fill(connection, range(first, min(first + CHUNK, numbers.stop)), owner_of)
    settle(engine)


def settle(engine: Engine) -> Path:
    """Have everything in the file itself, as it is after a quiet while; the file."""
    file = Path(str(engine.url.database))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


def give(engine: Engine, owner: str) -> None:
    """Give somebody five codes that are open."""
    with engine.begin() as connection:
        mine = [
            {**row(10**9 + 10 * number, owner), "use_count": 0, "created_at": START}
            for number in range(5)
        ]
        connection.execute(insert(invite_code), mine)


def stored(engine: Engine) -> tuple[int, int]:
    """The bytes of the database, and how many codes are in it."""
    file = settle(engine)
    with engine.connect() as connection:
        codes = connection.scalar(select(func.count()).select_from(invite_code)) or 0
    return file.stat().st_size, codes


def main() -> None:
    """Measure, print the table, and write the page and the plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max", type=int, default=10_000_000, help="how many codes at most")
    most = parser.parse_args().max
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = URL.create("sqlite", database=str(folder / "invites.db"))
        schema.migrate(url, shipped("migrations"))
        settings = Settings.model_validate(
            {
                "database_url": str(url),
                "data_dir": folder,
                "admin_password": PASSWORD,
                "jwt_secret": PASSWORD,
                "hash_key": PASSWORD,
                "rate_limits": False,
                "interval": "P7D",
                "epoch": datetime.now(UTC),
            }
        )
        grown = uvloop.run(measure(settings, most))
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    about = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {versions}"
    growth_page.write(grown, about)
    sys.stdout.write(growth_page.table(grown))


if __name__ == "__main__":
    main()

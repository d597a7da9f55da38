"""Which driver of PostgreSQL serves the writer better: psycopg 3 or asyncpg.

`make bench` runs it: `python -m benchmarks.drivers`. Groups of new codes and of claims, committed
as the writer does it. Units of work are synchronous, so with asyncpg they run in SQLAlchemy's
greenlets; what each driver does without SQLAlchemy stands beside it.
"""

import asyncio
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import cache
from importlib.metadata import version
from itertools import count, product

import asyncpg
import psycopg
import uvloop
from sqlalchemy import URL, Connection, TextClause, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks import filling, peers, report
from tests import postgres
from xrpc_invites.app import shipped
from xrpc_invites.storage import schema

STORED, SIZES, ROUNDS, SECONDS = 20_000, (1, 16, 64), 3, 0.5
AT = 1_767_268_800_000
PAGE = peers.ROOT / "docs" / "benchmarks.md"

Statement = tuple[str, dict[str, object]]
Work = Callable[[int], Sequence[Statement]]
Way = Callable[[URL, Work, int], float | Coroutine[None, None, float]]

_INSERT = """
INSERT INTO invite_code (code_key, code, available, for_account, created_by, created_at)
SELECT key, key, 1, 'admin', 'admin', CAST(:at AS bigint)
FROM unnest(CAST(:keys AS text[])) AS new (key)
RETURNING code_key"""
_CLAIM = """
WITH asked AS (
  SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:dids AS text[])) AS asked (key, did)
), taken AS (
  UPDATE invite_code SET use_count = use_count + 1, last_used_at = CAST(:at AS bigint)
  FROM asked WHERE code_key = key AND NOT disabled AND available > use_count + pending
  RETURNING key, did, role, tags
)
INSERT INTO invite_code_use (code_key, used_by, used_at, role, tags)
SELECT key, did, CAST(:at AS bigint), role, tags FROM taken
ON CONFLICT DO NOTHING RETURNING used_by"""
_numbers = count()


def inserts(size: int) -> Sequence[Statement]:
    """New codes, in one statement."""
    return [(_INSERT, {"at": AT, "keys": [f"new{next(_numbers)}" for _ in range(size)]})]


def claims(size: int) -> Sequence[Statement]:
    """Uses of as many codes, in one statement."""
    numbers = [next(_numbers) for _ in range(size)]
    keys = [filling.key(filling.text(number % STORED)) for number in numbers]
    return [(_CLAIM, {"at": AT, "keys": keys, "dids": [f"did:plc:{n}" for n in numbers]})]


def single_claims(size: int) -> Sequence[Statement]:
    """The same in a statement each."""
    return [statement for _ in range(size) for statement in claims(1)]


def rate(commit: Callable[[Sequence[Statement]], None], work: Work, size: int) -> float:
    """Units a second, in groups."""
    units, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < SECONDS:
        commit(work(size))
        units += size
    return units / passed


async def async_rate(
    commit: Callable[[Sequence[Statement]], Awaitable[None]], work: Work, size: int
) -> float:
    """The same on an event loop."""
    units, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < SECONDS:
        await commit(work(size))
        units += size
    return units / passed


def core_on_psycopg(url: URL, work: Work, size: int) -> float:
    """SQLAlchemy Core, in a thread of its own."""
    engine = create_engine(url)

    def commit(statements: Sequence[Statement]) -> None:
        with engine.begin() as connection:
            _execute(connection, statements)

    commit(work(size))
    found = rate(commit, work, size)
    engine.dispose()
    return found


def psycopg_alone(url: URL, work: Work, size: int) -> float:
    """Its own connection, with prepared statements."""
    with psycopg.connect(filling.conninfo_of(url), autocommit=True) as connection:

        def commit(statements: Sequence[Statement]) -> None:
            with connection.transaction():
                for sql, given in statements:
                    connection.execute(_for_psycopg(sql), given, prepare=True).fetchall()

        commit(work(size))
        return rate(commit, work, size)


async def core_on_asyncpg(url: URL, work: Work, size: int) -> float:
    """SQLAlchemy Core in greenlets."""
    engine = create_async_engine(url.set(drivername="postgresql+asyncpg"))

    async def commit(statements: Sequence[Statement]) -> None:
        async with engine.begin() as connection:
            await connection.run_sync(_execute, statements)

    await commit(work(size))
    found = await async_rate(commit, work, size)
    await engine.dispose()
    return found


async def asyncpg_alone(url: URL, work: Work, size: int) -> float:
    """Its own connection, which prepares by itself."""
    connection = await asyncpg.connect(
        host=str(url.query["host"]), user=url.username, database=url.database
    )

    async def commit(statements: Sequence[Statement]) -> None:
        async with connection.transaction():
            for sql, given in statements:
                numbered, names = _for_asyncpg(sql)
                await connection.fetch(numbered, *(given[name] for name in names))

    await commit(work(size))
    found = await async_rate(commit, work, size)
    await connection.close()
    return found


def measure(url: URL) -> str:
    """The table."""
    works: dict[str, Work] = {
        "new codes": inserts,
        "claims": claims,
        "claims, a statement each": single_claims,
    }
    ways: dict[str, Way] = {
        "psycopg": core_on_psycopg,
        "asyncpg": core_on_asyncpg,
        "psycopg alone": psycopg_alone,
        "asyncpg alone": asyncpg_alone,
    }
    rates: dict[tuple[str, int, str], list[float]] = {}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for _, what, size, name in product(range(ROUNDS), works, SIZES, ways):
            found = ways[name](url, works[what], size)
            reached = found if isinstance(found, float) else runner.run(found)
            rates.setdefault((what, size, name), []).append(reached)
    return report.table(
        ("work", "group", *ways),
        (
            (
                what,
                str(size),
                *(f"{statistics.median(rates[what, size, name]):,.0f} /s" for name in ways),
            )
            for what, size in product(works, SIZES)
        ),
    )


def main() -> None:
    """Measure, and write the page."""
    codes = filling.Codes(0, STORED, used=False, available=1_000_000_000)
    with postgres.running(durable=True) as server:
        url = server.create()
        schema.migrate(url, shipped("migrations"))
        filling.fill_postgres(url, codes)
        with psycopg.connect(filling.conninfo_of(url)) as connection:
            served = connection.info.parameter_status("server_version")
        found = measure(url)
    versions = ", ".join(f"{name} {version(name)}" for name in ("psycopg", "asyncpg", "SQLAlchemy"))
    how = f"{report.today()}, PostgreSQL {served}, {versions}, medians of {ROUNDS} rounds"
    report.put(PAGE, "drivers", f"{how}; units a second:\n\n{found}")
    sys.stdout.write(f"{found}\n")


def _execute(connection: Connection, statements: Sequence[Statement]) -> None:
    for sql, given in statements:
        connection.execute(_for_core(sql), given).all()


@cache
def _for_core(sql: str) -> TextClause:
    return text(sql)


@cache
def _for_psycopg(sql: str) -> bytes:
    return re.sub(r":(\w+)", r"%(\1)s", sql).encode()


@cache
def _for_asyncpg(sql: str) -> tuple[str, Sequence[str]]:
    names = list(dict.fromkeys(re.findall(r":(\w+)", sql)))
    numbered = re.sub(r":(\w+)", lambda found: f"${names.index(found[1]) + 1}", sql)
    return numbered, names


if __name__ == "__main__":
    main()

"""The archived part of the audit log, verified on the command line and after a kill."""

import asyncio
import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL

from tests.commands import run
from tests.processes import SECRETS, ServerProcess, serving
from tests.servers import HASH_KEY
from tests.storage.books import NOON, entry
from xrpc_invites.invites.auditing import Auditing
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.retention import Kept, Retention, audit_entries
from xrpc_invites.invites.seals import sealing_key
from xrpc_invites.storage.archive import ArchiveFiles
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore

KEY = sealing_key(HASH_KEY.encode())
DAY = timedelta(days=1)
ENTRIES = 5
TRIES = 10_000
"""Looks at what a server does by itself within a second or two, each of which takes a while."""


@one_by_one
def add(store: SqlStore, numbers: range) -> None:
    store.audit.add([entry(number) for number in numbers])


async def sealed(url: URL, *, archive: Path | None = None) -> None:
    """Entries of a day long ago in the chain, and all but the last in an archive."""
    async with Database(url) as database:
        await database.write(add, range(ENTRIES))
        read, write = database.read, database.write
        await Auditing(read, write, now=lambda: NOON, key=KEY, holder="one").seal()
        if archive:
            now = NOON + DAY + timedelta(seconds=ENTRIES - 1)
            archiver = Retention(read, write, ArchiveFiles(archive), now=lambda: now, holder="one")
            await archiver.round(Kept("audit", DAY, audit_entries(KEY)))


@pytest.fixture
def settings(url: URL, tmp_path: Path) -> dict[str, str]:
    """The settings of a database whose log was archived in part."""
    asyncio.run(sealed(url, archive=tmp_path / "archive"))
    return {
        **SECRETS,
        "INVITES_DATABASE_URL": url.render_as_string(hide_password=False),
        "INVITES_DATA_DIR": str(tmp_path),
    }


def test_the_archive_is_verified_with_the_log(settings: dict[str, str], tmp_path: Path) -> None:
    file = str(tmp_path / "archive" / "audit-2026-01.jsonl")

    alone = run("audit", "verify", **settings)
    both = run("audit", "verify", "--archive", **settings)
    named = run("audit", "verify", "--archive", file, file, **settings)
    as_json = json.loads(run("audit", "verify", "--archive", "--json", **settings).stdout)

    assert (alone.returncode, alone.stdout) == (
        0,
        "✓ the log is whole: 5 sealed, 0 waiting for their seal, 4 of the sealed archived\n",
    )
    assert (both.returncode, both.stdout) == (
        0,
        f"{alone.stdout}✓ the archive is whole: 4 sealed\n",
    )
    assert named == both
    assert as_json["checkpoint"]["seq"] == 4
    assert as_json["archive"] == {"ok": True, "sealed": 4}


def test_an_archive_that_was_tampered_with_ends_the_verification_badly(
    settings: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "archive" / "audit-2026-01.jsonl"
    file.write_text(file.read_text().replace("subject-2", "subject-x"))

    told = run("audit", "verify", "--archive", **settings)
    as_json = run("audit", "verify", "--archive", "--json", **settings)
    file.unlink()
    gone = run("audit", "verify", "--archive", **settings)

    assert told.returncode == as_json.returncode == gone.returncode == 1
    assert told.stdout.startswith("✓ the log is whole: ")
    assert "\n✗ the archive is not as it was sealed: changed at place 3; 4 sealed\n" in told.stdout
    fault = {"kind": "changed", "seq": 3, "id": entry(2).id}
    assert json.loads(as_json.stdout)["archive"] == {"ok": False, "sealed": 4, "firstFault": fault}
    assert "\n✗ the archive is not as it was sealed: cut-off at place 1; 0 sealed\n" in gone.stdout


def test_what_cannot_be_verified_is_said(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("no entry\n")
    keyless = {name: text for name, text in settings.items() if name != "INVITES_HASH_KEY"}

    without = run("audit", "verify", "a.jsonl", **settings)
    wrong = run("audit", "verify", "--archive", str(tmp_path / "a.jsonl"), **settings)
    gone = run("audit", "verify", "--archive", str(tmp_path / "b.jsonl"), **settings)
    with serving(tmp_path, **settings) as server:
        there = {"INVITES_SERVER": server.url, "INVITES_TOKEN": SECRETS["INVITES_ADMIN_PASSWORD"]}
        asked = run("audit", "verify", "--archive", **settings, **there)
        no_key = run("audit", "verify", "--archive", **keyless, **there)

    assert (without.returncode, wrong.returncode, gone.returncode) == (2, 1, 1)
    assert "--archive" in without.stderr
    assert wrong.stderr == f"{tmp_path}/a.jsonl: line 1 is no sealed entry\n"
    assert gone.stderr == f"{tmp_path}/b.jsonl: No such file or directory\n"
    assert (asked.returncode, no_key.returncode) == (0, 78)
    assert "INVITES_HASH_KEY" in no_key.stderr


@contextmanager
def held(lock: Path) -> Generator[None]:
    """Hold a lock for the block, as a process that is busy does."""
    lock.parent.mkdir(exist_ok=True)
    opened = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(opened, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(opened)


def until(server: ServerProcess, condition: Callable[[], object]) -> None:
    """Ask a server for its health until something is so."""
    for _ in range(TRIES):
        if condition():
            return
        httpx.get(f"{server.url}/xrpc/_health").raise_for_status()
    raise AssertionError(str(server.log))


def test_a_server_that_is_killed_between_writing_and_removing_loses_no_entry(
    tmp_path: Path, sqlite_url: URL
) -> None:
    asyncio.run(sealed(sqlite_url))
    settings = {**SECRETS, "INVITES_DATA_DIR": str(tmp_path), "INVITES_KEEP_AUDIT": "P1D"}
    folder = tmp_path / "archive"
    database = sqlite3.connect(tmp_path / "invites.db", isolation_level=None)

    def asked(sql: str) -> int:
        [(count,)] = database.execute(sql)
        return int(count)

    def places() -> list[int]:
        files = folder.glob("audit-*.jsonl")
        lines = [line for file in files for line in file.read_text().splitlines(keepends=True)]
        return [json.loads(line)["seq"] for line in lines if line.endswith("\n")]

    with ExitStack() as busy:
        busy.enter_context(held(folder / "archive.lock"))
        with serving(tmp_path, **settings) as server:
            # With the lease in its hand it wants the archive, and then the database.
            until(server, lambda: asked("SELECT count(*) FROM lease WHERE name = 'archive_audit'"))
            with held(tmp_path / "invites.db.lock"):
                busy.close()
                until(server, lambda: len(places()) == ENTRIES)
                server.kill()
    entries_after_the_kill = asked("SELECT count(*) FROM audit_entry")
    # Until the lease of the one that was killed is over, nobody archives.
    with serving(tmp_path, **settings, INVITES_CLOCK_OFFSET="PT2M") as server:
        until(server, lambda: not asked("SELECT count(*) FROM audit_entry"))
    database.close()

    assert entries_after_the_kill == ENTRIES
    assert places() == [1, 2, 3, 4, 5] * 2
    told = run("audit", "verify", "--archive", **settings)
    assert told.stdout.endswith("✓ the archive is whole: 5 sealed\n")

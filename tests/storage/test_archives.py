"""Archives in files, and what shows when somebody changes the log or its archive in between."""

import asyncio
import fcntl
import json
import os
import stat
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, delete, insert, select, update

from tests.storage.books import NOON, entry
from xrpc_invites.invites.auditing import Auditing
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.retention import Kept, Retention, audit_entries
from xrpc_invites.invites.seals import (
    BrokenChainError,
    Fault,
    FaultKind,
    Verdict,
    from_line,
    line_of,
    verify_archive,
)
from xrpc_invites.storage import engines
from xrpc_invites.storage.archive import ArchiveFault, ArchiveFiles, sealed_links
from xrpc_invites.storage.audit import ARCHIVED, CHAIN
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.operator_tables import audit_entry, audit_head
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

KEY = b"a key"
DAY = timedelta(days=1)
ARCHIVE, LOG = 4, 7
"""Entries that are archived, and all of them."""

Tamper = Callable[[Connection], object]


@one_by_one
def add(store: SqlStore, numbers: range) -> None:
    store.audit.add([entry(number) for number in numbers])


def auditing(database: Database) -> Auditing:
    return Auditing(database.read, database.write, now=lambda: NOON, key=KEY, holder="one")


async def archive(database: Database, folder: Path, entries: int = ARCHIVE) -> Path:
    """Archive entries, each a second younger than the one before; the file."""
    now = NOON + DAY + timedelta(seconds=entries)
    files = ArchiveFiles(folder)
    archiver = Retention(database.read, database.write, files, now=lambda: now, holder="one")
    await archiver.round(Kept("audit", DAY, audit_entries(KEY)))
    return folder / f"audit-{now:%Y-%m}.jsonl"


async def archived(database: Database, folder: Path) -> Path:
    """A log whose first entries were archived; the file of those."""
    await database.write(add, range(LOG))
    await auditing(database).seal()
    return await archive(database, folder)


def tamper_with(url: URL, *tampers: Tamper) -> None:
    engine = engines.writing(url, lanes=1)
    with engine.begin() as connection:
        for tamper in tampers:
            tamper(connection)
    engine.dispose()


def drop(*places: int) -> Tamper:
    return lambda connection: connection.execute(
        delete(audit_entry).where(audit_entry.c.seq.in_(places))
    )


def drop_mark(name: str) -> Tamper:
    return lambda connection: connection.execute(
        delete(audit_head).where(audit_head.c.chain == name)
    )


def set_checkpoint_to(seq: int) -> Tamper:
    """Move the checkpoint to an entry that is still here, as well as can be done without a key."""

    def tamper(connection: Connection) -> None:
        seal = connection.scalar(select(audit_entry.c.seal).where(audit_entry.c.seq == seq))
        mark = update(audit_head).where(audit_head.c.chain == ARCHIVED)
        connection.execute(mark.values(seq=seq, seal=seal))

    return tamper


def take_head_for_checkpoint(connection: Connection) -> None:
    """The head is genuine; as a checkpoint it would say that all of the log was archived."""
    head = connection.execute(select(audit_head).where(audit_head.c.chain == CHAIN)).one()
    connection.execute(delete(audit_head).where(audit_head.c.chain == ARCHIVED))
    connection.execute(insert(audit_head).values(**{**head._asdict(), "chain": ARCHIVED}))


@pytest.mark.parametrize(
    ("tampers", "fault"),
    [
        ([drop(6)], Fault(FaultKind.MISSING, 6)),
        ([drop(5)], Fault(FaultKind.MISSING, 5)),
        ([drop(7)], Fault(FaultKind.CUT_OFF, 7)),
        ([drop(5, 6, 7)], Fault(FaultKind.CUT_OFF, 5)),
        ([drop(5, 6, 7), drop_mark(CHAIN)], Fault(FaultKind.FORGED_HEAD, 4)),
        ([drop_mark(ARCHIVED)], Fault(FaultKind.MISSING, 1)),
        ([set_checkpoint_to(5)], Fault(FaultKind.FORGED_CHECKPOINT, 0)),
        ([set_checkpoint_to(5), drop(5)], Fault(FaultKind.FORGED_CHECKPOINT, 0)),
        ([take_head_for_checkpoint], Fault(FaultKind.FORGED_CHECKPOINT, 0)),
        ([take_head_for_checkpoint, drop(5, 6, 7)], Fault(FaultKind.FORGED_CHECKPOINT, 0)),
    ],
    ids=[
        "middle",
        "first",
        "end",
        "all",
        "all-and-head",
        "checkpoint",
        "moved",
        "moved-and-first",
        "head",
        "head-and-all",
    ],
)
async def test_what_is_changed_behind_a_checkpoint_is_found(
    url: URL, database: Database, tmp_path: Path, tampers: Sequence[Tamper], fault: Fault
) -> None:
    await archived(database, tmp_path)
    assert (await auditing(database).verify()).ok

    tamper_with(url, *tampers)

    assert (await auditing(database).verify()).first_fault == fault


async def test_a_checkpoint_where_nothing_was_archived_is_found(
    url: URL, database: Database
) -> None:
    await database.write(add, range(3))
    await auditing(database).seal()

    tamper_with(url, take_head_for_checkpoint, drop(1, 2, 3))

    verdict = await auditing(database).verify()
    assert verdict == Verdict(0, 0, Fault(FaultKind.FORGED_CHECKPOINT, 0))


@pytest.mark.parametrize(
    "tampers",
    [[drop_mark(CHAIN)], [set_checkpoint_to(6)], [drop_mark(CHAIN), drop(5, 6, 7)]],
    ids=["head", "checkpoint", "head-and-all"],
)
async def test_nothing_is_sealed_behind_marks_that_are_not_genuine(
    url: URL, database: Database, tmp_path: Path, tampers: Sequence[Tamper]
) -> None:
    await archived(database, tmp_path)
    tamper_with(url, *tampers)
    await database.write(add, range(LOG, LOG + 1))

    with pytest.raises(BrokenChainError):
        await auditing(database).seal()


@pytest.mark.parametrize(
    "tamper",
    [
        drop(1),
        drop(2),
        lambda connection: connection.execute(update(audit_entry).values(actor="nobody")),
    ],
    ids=["first", "second", "changed"],
)
async def test_a_log_that_is_not_as_it_was_sealed_is_not_archived(
    url: URL, database: Database, tmp_path: Path, tamper: Tamper
) -> None:
    await database.write(add, range(LOG))
    await auditing(database).seal()
    tamper_with(url, tamper)

    with pytest.raises(BrokenChainError):
        await archive(database, tmp_path)

    assert [*tmp_path.glob("*.jsonl")] == []  # noqa: ASYNC240
    assert not (await auditing(database).verify()).ok


async def test_behind_a_forged_checkpoint_nothing_is_archived(
    url: URL, database: Database, tmp_path: Path
) -> None:
    file = await archived(database, tmp_path)
    before = file.read_bytes()
    tamper_with(url, set_checkpoint_to(5), drop(5))

    with pytest.raises(BrokenChainError):
        await archive(database, tmp_path, LOG)

    assert file.read_bytes() == before


Lines = list[bytes]


def changed(lines: Lines) -> Lines:
    return [line.replace(b'"actor":"ada"', b'"actor":"bea"') for line in lines]


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (lambda lines: lines[1:], Fault(FaultKind.MISSING, 1)),
        (lambda lines: lines[:1] + lines[2:], Fault(FaultKind.MISSING, 2)),
        (lambda lines: lines[:-1], Fault(FaultKind.CUT_OFF, ARCHIVE)),
        (lambda _lines: [], Fault(FaultKind.CUT_OFF, 1)),
        (lambda lines: lines[:2] + changed(lines[2:]), (FaultKind.CHANGED, 3)),
        (lambda lines: lines + changed(lines[:1]), (FaultKind.CHANGED, 1)),
        (lambda lines: lines + lines[1:3], None),
        (lambda lines: lines[::-1], None),
        (lambda lines: [*lines, lines[0][:40]], None),
    ],
    ids=[
        "first",
        "middle",
        "last",
        "all",
        "changed",
        "two-versions",
        "twice",
        "reversed",
        "unfinished",
    ],
)
async def test_what_is_changed_in_an_archive_is_found(
    database: Database, tmp_path: Path, tamper: Callable[[Lines], Lines], fault: object
) -> None:
    file = await archived(database, tmp_path)
    verdict = await auditing(database).verify()

    file.write_bytes(b"".join(tamper(file.read_bytes().splitlines(keepends=True))))

    found = verify_archive(KEY, sealed_links([file]), verdict.archived, sealed=verdict.sealed)
    if isinstance(fault, tuple):
        assert found.first_fault
        assert (found.first_fault.kind, found.first_fault.seq) == fault
    else:
        assert found.first_fault == fault


async def test_an_archive_knows_of_entries_that_a_restored_log_does_not(
    url: URL, database: Database, tmp_path: Path
) -> None:
    file = await archived(database, tmp_path)
    tamper_with(url, drop_mark(CHAIN), drop_mark(ARCHIVED), drop(*range(1, LOG + 1)))
    verdict = await auditing(database).verify()
    assert verdict == Verdict(0, 0, None)

    found = verify_archive(KEY, sealed_links([file]), None, sealed=0)

    assert found.first_fault == Fault(FaultKind.CUT_OFF, 1)


async def test_an_archive_of_another_chain_is_not_taken_for_this_one(
    database: Database, tmp_path: Path
) -> None:
    file = await archived(database, tmp_path)
    verdict = await auditing(database).verify()
    assert verdict.archived

    other = verdict.archived._replace(seal="0" * 64)
    found = verify_archive(KEY, sealed_links([file]), other, sealed=LOG)
    with_another_key = verify_archive(b"other", sealed_links([file]), other, sealed=LOG)

    assert found.first_fault == Fault(FaultKind.CHANGED, ARCHIVE, entry(ARCHIVE - 1).id)
    assert with_another_key.first_fault == Fault(FaultKind.CHANGED, 1, entry(0).id)


async def test_values_of_the_wrong_kind_are_archived_as_they_were_sealed(
    sqlite_url: URL, tmp_path: Path
) -> None:
    spoil = "UPDATE audit_inbox SET at = x'00ff', actor = 7, reason = 1e30, detail = x'ff'"
    async with Database(sqlite_url) as database:
        await database.write(add, range(2))
        tamper_with(sqlite_url, lambda connection: connection.exec_driver_sql(spoil))
        await auditing(database).seal()

        file = await archive(database, tmp_path)
        verdict = await auditing(database).verify()

    found = verify_archive(KEY, sealed_links([file]), verdict.archived, sealed=2)
    assert (verdict.ok, found.ok, found.sealed) == (True, True, 2)


NO_ENTRIES = [
    "",
    "no JSON",
    "[]",
    "7",
    "null",
    "{}",
    '{"seq":1}',
    '{"seq":1,"seal":""}',
    '{"seq":"1","seal":"","id":""}',
    '{"seq":true,"seal":"","id":""}',
    "[" * 99_999,
    "\udcff",
]


class TestFiles:
    """Whole lines, on disk, for the owner's eyes alone."""

    async def test_each_name_and_month_has_a_file(self, tmp_path: Path) -> None:
        folder = tmp_path / "deep" / "archive"
        files = ArchiveFiles(folder)

        for at in (NOON, NOON + 31 * DAY):
            for name in ("audit", "mails"):
                await files.keep(name, ["1", "2"], at=at)
                await files.keep(name, ["3"], at=at)

        assert {file.name: file.read_text() for file in folder.glob("*.jsonl")} == dict.fromkeys(
            (
                "audit-2026-01.jsonl",
                "audit-2026-02.jsonl",
                "mails-2026-01.jsonl",
                "mails-2026-02.jsonl",
            ),
            "1\n2\n3\n",
        )
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}

    @pytest.mark.parametrize("unfinished", ["", "2", "x" * 10_000], ids=["none", "short", "long"])
    @pytest.mark.parametrize("before", ["", "1\n"], ids=["empty", "begun"])
    async def test_a_line_that_was_never_finished_is_gone(
        self, tmp_path: Path, before: str, unfinished: str
    ) -> None:
        file = tmp_path / "audit-2026-01.jsonl"
        file.write_text(before + unfinished)

        await ArchiveFiles(tmp_path).keep("audit", ["3"], at=NOON)

        assert file.read_text() == f"{before}3\n"

    async def test_nobody_writes_in_between(self, tmp_path: Path) -> None:
        await ArchiveFiles(tmp_path).keep("audit", ["1"], at=NOON)
        lock = os.open(tmp_path / "archive.lock", os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)

        later = asyncio.create_task(ArchiveFiles(tmp_path).keep("audit", ["2"], at=NOON))
        await asyncio.sleep(0)
        before = (tmp_path / "audit-2026-01.jsonl").read_text()
        os.close(lock)
        await later

        assert before == "1\n"
        assert (tmp_path / "audit-2026-01.jsonl").read_text() == "1\n2\n"

    @pytest.mark.parametrize("line", NO_ENTRIES)
    def test_what_is_no_entry_is_said(self, tmp_path: Path, line: str) -> None:
        file = tmp_path / "audit-2026-01.jsonl"
        good = line_of(from_line('{"seq":1,"seal":"","id":""}'))
        file.write_bytes(f"{good}\n{line}\n".encode(errors="surrogateescape"))

        with pytest.raises(ArchiveFault, match=r"audit-2026-01\.jsonl: line 2 is no sealed entry"):
            [*sealed_links([file])]

    def test_a_file_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(ArchiveFault, match="gone: No such file"):
            [*sealed_links([tmp_path / "gone"])]

    async def test_a_line_says_all_of_an_entry(self, database: Database, tmp_path: Path) -> None:
        file = await archived(database, tmp_path)

        first = json.loads(file.read_text().splitlines()[0])

        assert first["id"] == entry(0).id
        assert (first["seq"], first["at"], len(first["seal"])) == (1, 1767268800000, 64)
        assert (first["subject"], first["actor"], first["detail"]) == ("subject-0", "ada", "{}")

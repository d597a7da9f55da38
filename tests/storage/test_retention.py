"""What has had its time leaves the tables for an archive, on both databases, and nothing else."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import URL, Connection, delete, event, select, text

from tests.storage.books import NOON, code, entry
from tests.storage.mails import Clock, invite, posting, sent
from xrpc_invites.invites.auditing import Auditing
from xrpc_invites.invites.outbox import Accepted
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.redeeming import Redeeming, Settler, Settling, Wish, completed
from xrpc_invites.invites.redemption import Redemption, RedemptionRefusal, State
from xrpc_invites.invites.retention import (
    BATCH,
    LEASE_LIFE,
    Batch,
    Kept,
    Retention,
    Source,
    audit_entries,
    mails,
    redemptions,
)
from xrpc_invites.invites.seals import (
    BrokenChainError,
    Fault,
    FaultKind,
    Place,
    from_line,
    verify_archive,
)
from xrpc_invites.invites.tallies import What
from xrpc_invites.storage import engines
from xrpc_invites.storage.archive import ArchiveFiles, sealed_links
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.listing import Known
from xrpc_invites.storage.mail_tables import outbox
from xrpc_invites.storage.operator_tables import audit_entry
from xrpc_invites.storage.store import SqlReadStore, SqlStore
from xrpc_invites.storage.tables import redemption

pytestmark = pytest.mark.anyio

KEY = b"a key"
DAY = timedelta(days=1)
APP = Settler("token:1", owner=False)
AUDIT = Kept("audit", DAY, audit_entries(KEY))
REDEMPTIONS = Kept("redemptions", DAY, redemptions)
MAILS = Kept("mails", DAY, mails)


class PowerCutError(Exception):
    """Nothing goes on from here."""


@dataclass
class Shelf:
    """An archive in memory."""

    lines: list[str] = field(default_factory=list)
    cut: bool = False

    async def keep(self, name: str, lines: Sequence[str], *, at: datetime) -> None:  # noqa: ARG002
        self.lines += lines
        if self.cut:
            raise PowerCutError

    @property
    def ids(self) -> list[str]:
        return [json.loads(line)["id"] for line in self.lines]

    @property
    def places(self) -> list[int]:
        return [from_line(line).seq for line in self.lines]


def retention(
    database: Database, shelf: Any, *, after: timedelta, holder: str = "one"
) -> Retention:
    """The archiver, at some time after noon."""
    return Retention(database.read, database.write, shelf, now=lambda: NOON + after, holder=holder)


async def nothing_is_written(_work: Any, _argument: Any, /, **lane: Any) -> Any:
    raise AssertionError(lane)


def auditing(database: Database) -> Auditing:
    return Auditing(database.read, database.write, now=lambda: NOON, key=KEY, holder="one")


@one_by_one
def add(store: SqlStore, numbers: range) -> None:
    store.audit.add([entry(number) for number in numbers])


async def seal(database: Database, numbers: range) -> None:
    """Entries, each a second after the other, in the chain."""
    await database.write(add, numbers)
    while await auditing(database).seal():
        pass


@one_by_one
def add_code(store: SqlStore, uses: int) -> None:
    store.codes.add([code("code", available=uses)])


def redeeming(database: Database, clock: Clock) -> Redeeming:
    ids = iter(range(10_000))
    return Redeeming(
        database.read,
        database.write,
        now=clock,
        draw=lambda: f"{next(ids):05}",
        fingerprint=str,
    )


async def reserve(redeeming: Redeeming, seconds: float = 60, key: str | None = None) -> str:
    wish = Wish(
        code="code", idempotency_key=key, request="the same", lease=timedelta(seconds=seconds)
    )
    made = await redeeming.reserve(wish, caller=APP.credentials)
    assert isinstance(made, Redemption)
    return made.id


async def kept_ids(database: Database) -> set[str]:
    """The redemptions that are still in the table."""
    return await database.read(
        lambda store: {*store.redemptions._connection.scalars(select(redemption.c.id))}
    )


class TestAuditEntries:
    """They leave from the first on, sealed, and the chain goes on behind its checkpoint."""

    async def test_what_is_old_enough_leaves_and_what_follows_is_verified(
        self, database: Database
    ) -> None:
        await seal(database, range(10))
        shelf = Shelf()

        # The entry of the fifth second is a day old only at the next millisecond.
        await retention(database, shelf, after=DAY + timedelta(seconds=5)).round(AUDIT)
        verdict = await auditing(database).verify()

        assert shelf.places == [1, 2, 3, 4, 5]
        assert (verdict.ok, verdict.sealed) == (True, 10)
        assert verdict.archived == Place(5, from_line(shelf.lines[-1]).seal)
        left = await database.read(lambda store: [link.seq for link in store.audit.links()])
        assert left == [6, 7, 8, 9, 10]

    async def test_the_chain_goes_on_when_all_of_it_is_archived(self, database: Database) -> None:
        shelf = Shelf()
        await seal(database, range(3))
        await retention(database, shelf, after=2 * DAY).round(AUDIT)
        await seal(database, range(3, 5))
        await retention(database, shelf, after=2 * DAY).round(AUDIT)

        verdict = await auditing(database).verify()
        archive = verify_archive(KEY, map(from_line, shelf.lines), verdict.archived, sealed=5)

        assert (verdict.ok, verdict.sealed, archive.ok, archive.sealed) == (True, 5, True, 5)
        assert shelf.places == [1, 2, 3, 4, 5]

    async def test_what_waits_for_its_seal_stays(self, database: Database) -> None:
        await database.write(add, range(3))
        shelf = Shelf()

        await retention(database, shelf, after=2 * DAY).round(AUDIT)

        assert shelf.lines == []
        assert (await auditing(database).verify()).unsealed == 3

    async def test_a_round_moves_a_batch_and_leaves_a_pause(self, database: Database) -> None:
        await seal(database, range(BATCH + 1))
        shelf = Shelf()
        archiver = retention(database, shelf, after=2 * DAY)

        assert await archiver.round(AUDIT) is False
        first = len(shelf.lines)
        await archiver.round(AUDIT)
        await archiver.round(AUDIT)

        assert (first, len(shelf.lines)) == (BATCH, BATCH + 1)

    async def test_who_is_stopped_before_the_removal_writes_the_same_lines_again(
        self, database: Database, tmp_path: Path
    ) -> None:
        await seal(database, range(5))
        files = ArchiveFiles(tmp_path)

        class Cut:
            async def keep(self, name: str, lines: Sequence[str], *, at: datetime) -> None:
                await files.keep(name, lines, at=at)
                raise PowerCutError

        with pytest.raises(PowerCutError):
            await retention(database, Cut(), after=2 * DAY).round(AUDIT)
        between = await auditing(database).verify()
        await retention(database, files, after=2 * DAY).round(AUDIT)

        verdict = await auditing(database).verify()
        links = [*sealed_links([tmp_path / f"audit-{NOON:%Y-%m}.jsonl"])]
        assert (between.ok, between.archived) == (True, None)
        assert [link.seq for link in links] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        assert verify_archive(KEY, links, verdict.archived, sealed=5).ok

    async def test_an_entry_that_is_taken_out_meanwhile_keeps_the_others_where_they_are(
        self, url: URL, database: Database
    ) -> None:
        await seal(database, range(5))

        class Robbed:
            async def keep(self, name: str, lines: Sequence[str], *, at: datetime) -> None:  # noqa: ARG002
                engine = engines.writing(url, lanes=1)
                with engine.begin() as connection:
                    connection.execute(delete(audit_entry).where(audit_entry.c.seq == 3))
                engine.dispose()

        with pytest.raises(BrokenChainError):
            await retention(database, Robbed(), after=2 * DAY).round(AUDIT)

        verdict = await auditing(database).verify()
        assert (verdict.first_fault, verdict.archived) == (Fault(FaultKind.MISSING, 3), None)

    async def test_two_who_archive_the_same_entries_remove_them_once(self, url: URL) -> None:
        async with Database(url) as one, Database(url) as two:
            await seal(one, range(5))
            # Of one name, so that the lease keeps neither away.
            shelf, both = Shelf(), asyncio.Barrier(2)

            class Slow:
                async def keep(self, name: str, lines: Sequence[str], *, at: datetime) -> None:
                    await both.wait()
                    await shelf.keep(name, lines, at=at)

            await asyncio.gather(
                *(retention(it, Slow(), after=2 * DAY).round(AUDIT) for it in (one, two))
            )
            verdict = await auditing(one).verify()

        assert sorted(shelf.places) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        assert (verdict.ok, verdict.sealed) == (True, 5)


class TestLeases:
    """One replica archives at a time."""

    async def test_while_one_archives_others_do_not(self, database: Database) -> None:
        await seal(database, range(BATCH + 1))
        shelf, idle = Shelf(), Shelf()

        await retention(database, shelf, after=2 * DAY).round(AUDIT)
        early = 2 * DAY + LEASE_LIFE - timedelta(milliseconds=1)
        await retention(database, idle, after=early, holder="two").round(AUDIT)
        before = len(idle.lines)
        await retention(database, idle, after=2 * DAY + LEASE_LIFE, holder="two").round(AUDIT)

        assert (before, idle.places) == (0, [BATCH + 1])

    async def test_one_that_lost_its_lease_meanwhile_archives_nothing(
        self, database: Database
    ) -> None:
        await seal(database, range(2))
        shelf, taken = Shelf(), False

        @one_by_one
        def rob(store: SqlStore, until: datetime) -> bool:
            return store.leases.take("archive_audit", holder="two", at=NOON, until=until)

        async def write(*asked: Any, **lane: Any) -> Any:
            nonlocal taken
            taken = taken or await database.write(rob, NOON + 3 * DAY)
            return await database.write(*asked, **lane)

        robbed = Retention(database.read, write, shelf, now=lambda: NOON + 2 * DAY, holder="one")
        await robbed.round(AUDIT)

        assert shelf.lines == []

    async def test_others_do_not_even_queue_for_a_lease_that_is_taken(
        self, database: Database
    ) -> None:
        await seal(database, range(BATCH + 1))
        await retention(database, Shelf(), after=2 * DAY).round(AUDIT)
        idle = Retention(
            database.read, nothing_is_written, Shelf(), now=lambda: NOON + 2 * DAY, holder="two"
        )

        assert not await idle.round(AUDIT)

    async def test_what_others_archived_a_moment_ago_leaves_nothing_to_archive(
        self, database: Database
    ) -> None:
        def found(_store: object, _before: datetime, limit: int) -> Batch:
            # There when it looks, and gone when it has the lease.
            return Batch(["a line"] if limit == 1 else [])

        class Untouched:
            async def keep(self, name: str, lines: Sequence[str], *, at: datetime) -> None:
                raise AssertionError(name, lines, at)

        assert not await retention(database, Untouched(), after=DAY).round(Kept("x", DAY, found))

    async def test_where_nothing_is_old_nothing_is_written(self, database: Database) -> None:
        await seal(database, range(2))
        idle = Retention(
            database.read, nothing_is_written, Shelf(), now=lambda: NOON + DAY, holder="one"
        )

        for kept in (AUDIT, REDEMPTIONS, MAILS):
            assert not await idle.round(kept)


class TestRedemptions:
    """They leave once they were settled for long; those who come back then find nothing."""

    async def test_what_was_settled_leaves_in_whichever_way_it_was(
        self, database: Database
    ) -> None:
        clock, shelf = Clock(), Shelf()
        await database.write(add_code, 9)
        it = redeeming(database, clock)
        completed, released, expired, held = [
            await reserve(it, seconds) for seconds in (60, 60, 30, 80_000)
        ]
        await it.complete(completed, "did:web:ada.test", by=APP)
        await it.release(released, by=APP)
        clock.move(seconds=31)
        await it.tidy()
        clock.move(seconds=1)
        late = await reserve(it)
        await it.complete(late, "did:web:bea.test", by=APP)

        await retention(database, shelf, after=DAY + timedelta(seconds=31)).round(REDEMPTIONS)

        rows = {row["id"]: row for row in map(json.loads, shelf.lines)}
        assert {id_: row["state"] for id_, row in rows.items()} == {
            completed: State.COMPLETED,
            released: State.RELEASED,
            expired: State.EXPIRED,
        }
        assert await kept_ids(database) == {held, late}
        assert rows[completed] == {
            "code_key": "code",
            "id": completed,
            "state": "completed",
            "created_at": 1767268800000,
            "lease_expires_at": 1767268860000,
            "settled_at": 1767268800000,
            "used_by": "did:web:ada.test",
            "caller": APP.credentials,
            "idempotency_key": None,
            "request": "the same",
            "email_domain": None,
        }

    async def test_who_asks_again_after_that_finds_none_and_loses_no_use(
        self, database: Database
    ) -> None:
        clock = Clock()
        await database.write(add_code, 2)
        it = redeeming(database, clock)
        gone = await reserve(it, key="a")
        await it.complete(gone, "did:web:ada.test", by=APP)
        await retention(database, Shelf(), after=2 * DAY).round(REDEMPTIONS)
        clock.move(days=2)

        assert await it.complete(gone, "did:web:ada.test", by=APP) is RedemptionRefusal.UNKNOWN
        assert await it.release(gone, by=APP) is RedemptionRefusal.UNKNOWN
        # The key is as free as it would be without an archive.
        assert await reserve(it, key="a") != gone
        left = await database.read(lambda store: store.codes.find("code"))
        assert left is not None
        assert (left.use_count, left.pending) == (1, 1)

    async def test_one_that_is_completed_while_it_is_archived_stays(
        self, database: Database
    ) -> None:
        clock, shelf = Clock(), Shelf()
        await database.write(add_code, 2)
        it = redeeming(database, clock)
        expired = await reserve(it, 30)
        clock.move(seconds=31)
        await it.tidy()
        clock.move(days=2)

        class Late:
            async def keep(self, name: str, lines: Sequence[str], *, at: datetime) -> None:
                await shelf.keep(name, lines, at=at)
                await it.complete(expired, "did:web:ada.test", by=APP)

        await retention(database, Late(), after=3 * DAY).round(REDEMPTIONS)
        between = await kept_ids(database)
        await retention(database, shelf, after=4 * DAY).round(REDEMPTIONS)

        assert await reserved_at(database, NOON) == 1
        states = [json.loads(line)["state"] for line in shelf.lines]
        assert between == {expired}
        assert states == ["expired", "completed"]
        assert await kept_ids(database) == set()

    async def test_one_that_somebody_is_completing_is_waited_for(self, postgres_url: URL) -> None:
        locked, go, clock = Event(), Event(), Clock()

        @one_by_one
        def complete(store: SqlStore, asked: Settling) -> None:
            store.redemptions.lock(asked.id)
            locked.set()
            go.wait()
            completed(store, asked)

        async with Database(postgres_url) as one, Database(postgres_url) as two:
            await one.write(add_code, 1)
            it = redeeming(one, clock)
            expired = await reserve(it, 30)
            clock.move(seconds=31)
            await it.tidy()
            asked = Settling(expired, APP, NOON + 3 * DAY, "did:web:ada.test")
            completing = asyncio.create_task(one.write(complete, asked))
            await asyncio.to_thread(locked.wait)
            archiving = asyncio.create_task(
                retention(two, Shelf(), after=3 * DAY).round(REDEMPTIONS)
            )
            while await kept_ids(one) and not await waits(one):
                pass
            go.set()
            await asyncio.gather(completing, archiving)

            assert await kept_ids(one) == {expired}

    async def test_redemptions_of_many_codes_leave_in_one_round(self, database: Database) -> None:
        @one_by_one
        def add_codes(store: SqlStore, count: int) -> None:
            store.codes.add([code(f"code{n}") for n in range(count)])

        clock, shelf = Clock(), Shelf()
        await database.write(add_codes, BATCH + 1)
        it = redeeming(database, clock)

        async def attempt(number: int) -> None:
            wish = Wish(code=f"code{number}", request="", lease=timedelta(seconds=60))
            made = await it.reserve(wish, caller=APP.credentials)
            assert isinstance(made, Redemption)
            await it.release(made.id, by=APP)

        await asyncio.gather(*map(attempt, range(BATCH + 1)))

        await retention(database, shelf, after=2 * DAY).round(REDEMPTIONS)

        assert len(set(shelf.ids)) == BATCH
        assert len(await kept_ids(database)) == 1

    async def test_numbers_of_past_hours_stay_as_they_were_told(self, database: Database) -> None:
        clock = Clock()
        await database.write(add_code, 9)
        it = redeeming(database, clock)
        ids = [await reserve(it) for _ in range(3)]
        for id_ in ids[:2]:
            await it.release(id_, by=APP)

        for _ in range(2):
            await retention(database, Shelf(), after=2 * DAY).round(REDEMPTIONS)
            assert await reserved_at(database, NOON) == 3
            clock.move(minutes=59)
            await it.release(ids[2], by=APP)
            await it.tidy()

        await retention(database, Shelf(), after=3 * DAY).round(REDEMPTIONS)
        assert await kept_ids(database) == set()
        assert await reserved_at(database, NOON) == 3


async def waits(database: Database) -> bool:
    """Whether somebody waits for a lock."""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return await database.read(lambda store: bool(store.outbox._connection.scalar(asked)))


async def reserved_at(database: Database, hour: datetime) -> int:
    """How many reservations are counted in an hour."""
    counted = await database.read(lambda store: store.tallies.counted(now=NOON))
    return counted.hours[hour, What.RESERVED]


class TestMails:
    """They leave once they were sent or given up for long."""

    async def test_what_ended_leaves_and_what_waits_stays(self, database: Database) -> None:
        clock, shelf = Clock(), Shelf()
        await invite(database, "ada", "bea")
        assert await sent(posting(database, clock), Accepted()) == ["ada", "bea"]
        clock.move(hours=1)
        await invite(database, "cid")

        await retention(database, shelf, after=DAY + timedelta(seconds=1)).round(MAILS)

        rows = [json.loads(line) for line in shelf.lines]
        assert [(row["id"], row["kind"], row["ending"]) for row in rows] == [
            (1, "invitation", "sent"),
            (2, "invitation", "sent"),
        ]
        assert await kept_mails(database) == [(3, None)]

    async def test_nobody_is_reminded_twice_because_of_an_archive(self, database: Database) -> None:
        clock, shelf = Clock(), Shelf()
        await invite(database, "ada")
        reminding = posting(database, clock, remind_after=timedelta(hours=2))
        await sent(reminding, Accepted())
        clock.move(hours=3)
        assert await sent(reminding, Accepted()) == ["ada"]

        await retention(database, shelf, after=9 * DAY).round(MAILS)

        assert [json.loads(line)["kind"] for line in shelf.lines] == ["invitation"]
        assert [id_ for id_, _ in await kept_mails(database)] == [2]


async def kept_mails(database: Database) -> list[tuple[int, str | None]]:
    rows = await database.read(
        lambda store: store.outbox._connection.execute(
            select(outbox.c.id, outbox.c.ending).order_by(outbox.c.id)
        ).all()
    )
    return [(row.id, row.ending) for row in rows]


async def test_what_cannot_be_archived_stays(database: Database) -> None:
    clock = Clock()
    await database.write(add_code, 1)
    await seal(database, range(2))
    it = redeeming(database, clock)
    id_ = await reserve(it)
    await it.release(id_, by=APP)

    for kept in (AUDIT, REDEMPTIONS):
        with pytest.raises(PowerCutError):
            await retention(database, Shelf(cut=True), after=2 * DAY).round(kept)

    assert await kept_ids(database) == {id_}
    assert len(await database.read(lambda store: [*store.audit.links()])) == 2


@pytest.mark.parametrize(
    ("source", "index"),
    [
        (audit_entries(KEY), "audit_entry"),
        (redemptions, "ix_redemption_settled_at"),
        (mails, "ix_outbox_ended_at"),
    ],
    ids=["audit", "redemptions", "mails"],
)
def test_what_is_due_is_found_by_an_index(url: URL, source: Source, index: str) -> None:
    engine = engines.reading(url)
    with engine.connect() as connection:
        plan = plan_of(connection, source)
    engine.dispose()

    assert index in plan
    assert "Seq Scan" not in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def plan_of(connection: Connection, source: Source) -> str:
    """How the database finds what is due."""
    asked: list[tuple[str, Any]] = []

    def record(*call: Any) -> None:
        asked.append((call[2], call[3]))

    event.listen(connection, "before_cursor_execute", record)
    source(SqlReadStore(connection, Known()), NOON, BATCH)
    event.remove(connection, "before_cursor_execute", record)
    statement, values = asked[-1]
    explain = "EXPLAIN QUERY PLAN"
    if connection.dialect.name == "postgresql":
        for way in ("seqscan", "bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        explain = "EXPLAIN"
    plan = connection.exec_driver_sql(f"{explain} {statement}", values)
    return "\n".join(str(row[-1]) for row in plan)

"""The audit log on both databases: entries come, are sealed, stay, and are found again."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL, Connection, event, update

from tests.storage.books import NOON, code, entry
from xrpc_invites.invites.audit import Entry, EntryFilter
from xrpc_invites.invites.auditing import BATCH, LEASE_LIFE, Auditing, _Round, _seal
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.seals import BrokenChainError, Verdict, chained, head_at
from xrpc_invites.storage import engines
from xrpc_invites.storage.audit import STRIDE, SqlAuditTrail
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.operator_tables import audit_head
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

KEY = b"a key"
EVERYTHING = EntryFilter()


@one_by_one
def add(store: SqlStore, new: Sequence[Entry]) -> None:
    store.audit.add(new)


def auditing(
    database: Database, *, holder: str = "one", after: timedelta = timedelta(0)
) -> Auditing:
    """The use cases, at some time after noon."""
    return Auditing(database.read, database.write, now=lambda: NOON + after, key=KEY, holder=holder)


async def listed(database: Database, **search: Any) -> list[str]:
    """The subjects of the first page."""
    found = await auditing(database).page(EntryFilter(**search), before=None, limit=500)
    return [one.entry.change.subject for one in found]


async def test_an_entry_comes_back_as_it_was_written_down(database: Database) -> None:
    written = entry(1, reason="a \N{SNOWMAN}", detail={"asked": {"n": 1}, "before": [None]})
    await database.write(add, [written])

    [waiting] = await auditing(database).page(EVERYTHING, before=None, limit=9)
    await auditing(database).seal()
    [sealed] = await auditing(database).page(EVERYTHING, before=None, limit=9)

    assert (waiting.entry, waiting.seq) == (written, None)
    assert (sealed.entry, sealed.seq) == (written, 1)


async def test_a_unit_of_work_that_fails_leaves_no_entry(database: Database) -> None:
    @one_by_one
    def change(store: SqlStore, fails: int) -> None:
        store.audit.add([entry(fails)])
        store.codes.add([code(f"code-{fails}")])
        if fails:
            raise LookupError

    answers = await asyncio.gather(
        database.write(change, 1), database.write(change, 0), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [LookupError, type(None)]
    assert await listed(database) == ["subject-0"]


class TestSealing:
    """One replica seals at a time, each entry once, in one chain."""

    async def test_where_nothing_waits_nothing_is_written(self, database: Database) -> None:
        assert not await auditing(database).seal()

        at = NOON
        free = await database.read(
            lambda store: store.leases.free("audit_seal", holder="two", at=at)
        )
        assert free

    async def test_there_is_more_after_a_whole_batch(self, database: Database) -> None:
        await database.write(add, [entry(n) for n in range(BATCH + 1)])

        more = [await auditing(database).seal() for _ in range(3)]

        assert more == [True, False, False]
        assert await auditing(database).verify() == Verdict(BATCH + 1, 0, None)

    @pytest.mark.parametrize("holders", [("one", "two"), ("one", "one")], ids="-".join)
    async def test_two_sealers_at_once_seal_each_entry_once(
        self, url: URL, holders: tuple[str, str]
    ) -> None:
        # Two with one name both believe to have the lease: the transaction must keep them apart.
        count = STRIDE + BATCH // 2
        async with Database(url) as one, Database(url) as two:
            await one.write(add, [entry(n) for n in range(count)])

            async def seal(database: Database, holder: str) -> None:
                while (await auditing(database).verify()).unsealed:
                    await auditing(database, holder=holder).seal()

            await asyncio.gather(seal(one, holders[0]), seal(two, holders[1]))

            assert await auditing(one).verify() == Verdict(count, 0, None)
            found = await auditing(two).page(EVERYTHING, before=None, limit=2 * count)
        assert [one.entry.change.subject for one in found] == [
            f"subject-{n}" for n in reversed(range(count))
        ]

    async def test_the_lease_of_a_dead_sealer_passes_on(self, database: Database) -> None:
        await database.write(add, [entry(0)])
        await auditing(database, holder="dead").seal()
        await database.write(add, [entry(1)])

        early = auditing(database, holder="heir", after=LEASE_LIFE - timedelta(milliseconds=1))
        await early.seal()
        unsealed = (await early.verify()).unsealed
        await auditing(database, holder="heir", after=LEASE_LIFE).seal()

        assert unsealed == 1
        assert await early.verify() == Verdict(2, 0, None)

    async def test_others_do_not_even_queue_for_a_lease_that_is_taken(
        self, database: Database
    ) -> None:
        async def nothing_is_written(_work: Any, _argument: Any, /, **lane: Any) -> Any:
            raise AssertionError(lane)

        await database.write(add, [entry(0)])
        await auditing(database).seal()
        await database.write(add, [entry(1)])
        other = Auditing(database.read, nothing_is_written, now=lambda: NOON, key=KEY, holder="two")

        assert not await other.seal()

    async def test_a_sealer_that_lost_its_lease_writes_nothing(self, database: Database) -> None:
        await database.write(add, [entry(0)])
        await auditing(database, holder="slow").seal()
        await auditing(database, holder="heir", after=LEASE_LIFE).seal()
        await database.write(add, [entry(1)])
        await auditing(database, holder="heir", after=LEASE_LIFE).seal()
        await database.write(add, [entry(2)])

        # It looked while the lease was its own, and its work comes to the database only now.
        sealed = await database.write(_seal, _Round(KEY, "slow", NOON))

        assert sealed == 0
        assert (await auditing(database).verify()).unsealed == 1

    async def test_a_sealer_that_comes_too_late_finds_nothing_to_do(
        self, database: Database
    ) -> None:
        assert await database.write(_seal, _Round(KEY, "one", NOON)) == 0

    async def test_a_head_that_moved_meanwhile_is_not_moved_again(self, database: Database) -> None:
        await database.write(add, [entry(n) for n in range(3)])
        await auditing(database).seal()
        await database.write(add, [entry(9)])

        @one_by_one
        def seal_behind_an_old_head(store: SqlStore, place: int) -> None:
            old = head_at(KEY, [*store.audit.links()][place])
            links = chained(KEY, store.audit.waiting(9), behind=old)
            store.audit.seal(links, behind=old, head=head_at(KEY, links[-1]))

        with pytest.raises(BrokenChainError):
            await database.write(seal_behind_an_old_head, 1)
        assert await auditing(database).verify() == Verdict(3, 1, None)

    async def test_what_is_not_waiting_cannot_be_sealed(self, database: Database) -> None:
        @one_by_one
        def seal(store: SqlStore, fields: dict[str, object]) -> None:
            links = chained(KEY, [*store.audit.waiting(9), fields], behind=None)
            store.audit.seal(links, behind=None, head=head_at(KEY, links[-1]))

        await database.write(add, [entry(0)])
        [waiting] = await database.read(lambda store: store.audit.waiting(9))

        with pytest.raises(BrokenChainError):
            await database.write(seal, {**waiting, "id": "invented"})
        assert await auditing(database).verify() == Verdict(0, 1, None)


class TestListing:
    """Newest first, sealed or not, by any filter, in pages."""

    async def test_entries_are_listed_once_while_they_move(self, database: Database) -> None:
        await database.write(add, [entry(n) for n in range(4)])
        await auditing(database).seal()
        await database.write(add, [entry(n) for n in range(4, 10)])
        seen: list[str] = []
        before = None

        while page := await auditing(database).page(EVERYTHING, before=before, limit=3):
            seen += [one.entry.change.subject for one in page]
            before = page[-1].entry.id
            await auditing(database).seal()

        assert seen == [f"subject-{n}" for n in reversed(range(10))]

    @pytest.mark.parametrize("rounds", [0, 1], ids=["waiting", "sealed"])
    async def test_each_filter_finds_its_entries(self, database: Database, rounds: int) -> None:
        await database.write(
            add,
            [
                entry(1, actor="ada", action="com.example.a", subject="x"),
                entry(2, actor="bea", action="com.example.a", subject="y"),
                entry(3, actor="ada", action="com.example.b", subject="z"),
            ],
        )
        for _ in range(rounds):
            await auditing(database).seal()

        assert await listed(database) == ["z", "y", "x"]
        assert await listed(database, actor="ada") == ["z", "x"]
        assert await listed(database, action="com.example.a") == ["y", "x"]
        assert await listed(database, subject="y") == ["y"]
        assert await listed(database, actor="ada", action="com.example.a") == ["x"]
        assert await listed(database, actor="ada", action="com.example.a", subject="z") == []
        assert await listed(database, actor="") == []

    async def test_a_span_of_time_has_its_beginning_and_not_its_end(
        self, database: Database
    ) -> None:
        await database.write(add, [entry(n) for n in range(5)])
        one, three = (NOON + timedelta(seconds=n) for n in (1, 3))

        assert await listed(database, since=one, until=three) == ["subject-2", "subject-1"]
        just_after = timedelta(microseconds=1)
        assert await listed(database, since=one + just_after, until=three + just_after) == [
            "subject-3",
            "subject-2",
        ]

    @pytest.mark.parametrize("year", [1, 1969, 2286, 2287, 9999])
    async def test_any_year_is_before_or_after(self, database: Database, year: int) -> None:
        await database.write(add, [entry(0)])
        far = NOON.replace(year=year)

        found = {name: await listed(database, **{name: far}) for name in ("since", "until")}

        later = {"since": [], "until": ["subject-0"]}
        assert found == (later if year > 2026 else {"since": ["subject-0"], "until": []})

    @pytest.mark.parametrize(
        ("search", "index"),
        [
            ({"actor": "x"}, "ix_audit_entry_actor_id"),
            ({"action": "x"}, "ix_audit_entry_action_id"),
            ({"subject": "x"}, "ix_audit_entry_subject_id"),
            ({"actor": "x", "subject": "x"}, "ix_audit_entry_subject_id"),
            ({"action": "x", "actor": "x"}, "ix_audit_entry_actor_id"),
            ({"since": NOON}, "audit_entry"),
            ({"until": NOON}, "audit_entry"),
            ({"actor": "x", "since": NOON, "until": NOON}, "ix_audit_entry_actor_id"),
        ],
        ids=str,
    )
    def test_no_filter_reads_every_entry(
        self, url: URL, search: dict[str, Any], index: str
    ) -> None:
        engine = engines.reading(url)
        with engine.connect() as connection:
            plan = plan_of(connection, EntryFilter(**search))
        engine.dispose()

        assert index in plan
        assert "SCAN" not in plan
        assert "Seq Scan" not in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


def plan_of(connection: Connection, search: EntryFilter) -> str:
    """How the database finds a page of sealed entries."""
    asked: list[tuple[str, Any]] = []

    def record(*call: Any) -> None:
        asked.append((call[2], call[3]))

    event.listen(connection, "before_cursor_execute", record)
    SqlAuditTrail(connection).page(search, before=None, limit=100)
    event.remove(connection, "before_cursor_execute", record)
    [(statement, values)] = [one for one in asked if "FROM audit_entry" in one[0]]
    explain = "EXPLAIN QUERY PLAN"
    if connection.dialect.name == "postgresql":
        # An empty table is read fastest as a whole and then sorted, unless that is forbidden.
        for way in ("seqscan", "bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        explain = "EXPLAIN"
    plan = connection.exec_driver_sql(f"{explain} {statement}", values)
    return "\n".join(str(row[-1]) for row in plan)


class TestSealedAtOnce:
    """A file has one writer at a time, which can seal what it writes."""

    async def test_a_change_and_its_seal_are_there_together(self, url: URL) -> None:
        async with Database(url, lanes=4, sealing_key=KEY) as database:
            await database.write(add, [entry(1), entry(2)])
            await database.write(add, [entry(3)])
            verdict = await auditing(database).verify()
            newest, *_ = await auditing(database).page(EVERYTHING, before=None, limit=9)

        at_once = engines.is_sqlite(url)
        assert (verdict.sealed, verdict.unsealed) == ((3, 0) if at_once else (0, 3))
        assert verdict.ok
        assert newest.entry.change.subject == "subject-3"
        assert newest.seq == (3 if at_once else None)

    async def test_a_unit_that_fails_leaves_the_chain_as_it_was(self, sqlite_url: URL) -> None:
        @one_by_one
        def fail(store: SqlStore, new: Sequence[Entry]) -> None:
            store.audit.add(new)
            raise LookupError

        async with Database(sqlite_url, sealing_key=KEY) as database:
            await database.write(add, [entry(1)])
            with pytest.raises(LookupError):
                await database.write(fail, [entry(2)])
            await database.write(add, [entry(3)])

            assert await auditing(database).verify() == Verdict(2, 0, None)

    async def test_processes_with_the_same_file_go_on_behind_each_other(
        self, sqlite_url: URL
    ) -> None:
        async with (
            Database(sqlite_url, sealing_key=KEY) as one,
            Database(sqlite_url, sealing_key=KEY) as two,
        ):
            writes = ((one, two)[n % 2].write(add, [entry(n), entry(n + 100)]) for n in range(50))
            await asyncio.gather(*writes)

            assert await auditing(one).verify() == Verdict(100, 0, None)

    async def test_what_waits_is_sealed_behind_it(self, sqlite_url: URL) -> None:
        async with Database(sqlite_url) as without_the_key:
            await without_the_key.write(add, [entry(1)])
        async with Database(sqlite_url, sealing_key=KEY) as database:
            await database.write(add, [entry(2)])
            await auditing(database).seal()

            assert await auditing(database).verify() == Verdict(2, 0, None)

    @pytest.mark.parametrize("forged", [{"proof": "x"}, {"seq": 0}])
    async def test_behind_a_forged_end_a_change_is_made_and_its_entry_waits(
        self, sqlite_url: URL, forged: dict[str, object]
    ) -> None:
        async with Database(sqlite_url, sealing_key=KEY) as database:
            await database.write(add, [entry(1)])
            engine = engines.writing(sqlite_url, lanes=1)
            with engine.begin() as connection:
                connection.execute(update(audit_head).values(forged))
            engine.dispose()

            await database.write(add, [entry(2)])
            with pytest.raises(BrokenChainError):
                await auditing(database).seal()

            verdict = await auditing(database).verify()
            assert await listed(database) == ["subject-2", "subject-1"]
        assert (verdict.ok, verdict.unsealed) == (False, 1)

"""Somebody changes the audit log behind the server's back, on both databases: it shows."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import URL, Connection, delete, select, text, update

from tests.storage.books import NOON, entry
from xrpc_invites.invites.audit import EntryFilter
from xrpc_invites.invites.auditing import Auditing
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.seals import BrokenChainError, Fault, FaultKind
from xrpc_invites.lexicon.views import to_json
from xrpc_invites.methods.org_xrpcinvites.list_audit_entries import entry_view
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.operator_tables import audit_entry, audit_head
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

SEALED = 5
IDS = [entry(n).id for n in range(SEALED)]

Tamper = Callable[[Connection], object]


def auditing(database: Database, key: bytes = b"a key") -> Auditing:
    return Auditing(database.read, database.write, now=lambda: NOON, key=key, holder="one")


@one_by_one
def add(store: SqlStore, new: Sequence[int]) -> None:
    store.audit.add([entry(n) for n in new])


async def first_fault(database: Database) -> Fault | None:
    return (await auditing(database).verify()).first_fault


async def tampered(url: URL, database: Database, *tampers: Tamper) -> Fault | None:
    """What is found once somebody was at a chain of five."""
    await database.write(add, range(SEALED))
    await auditing(database).seal()
    assert await first_fault(database) is None
    tamper_with(url, *tampers)
    return await first_fault(database)


def tamper_with(url: URL, *tampers: Tamper) -> None:
    engine = engines.writing(url, lanes=1)
    with engine.begin() as connection:
        for tamper in tampers:
            tamper(connection)
    engine.dispose()


def change(seq: int, /, **values: Any) -> Tamper:
    return lambda connection: connection.execute(
        update(audit_entry).where(audit_entry.c.seq == seq).values(**values)
    )


def drop(*places: int) -> Tamper:
    return lambda connection: connection.execute(
        delete(audit_entry).where(audit_entry.c.seq.in_(places))
    )


def drop_head(connection: Connection) -> None:
    connection.execute(delete(audit_head))


def reset_head(seq: int) -> Tamper:
    """Let the head name an earlier entry, which is all that can be done without the key."""

    def tamper(connection: Connection) -> None:
        seal = connection.scalar(select(audit_entry.c.seal).where(audit_entry.c.seq == seq))
        connection.execute(update(audit_head).values(seq=seq, seal=seal))

    return tamper


@pytest.mark.parametrize(
    "values",
    [
        {"at": NOON},
        {"actor": "somebody"},
        {"role": "viewer"},
        {"credentials": "local"},
        {"address": ""},
        {"request": "another"},
        {"action": "com.example.other"},
        {"subject": "another"},
        {"reason": ""},
        {"detail": "{ }"},
        {"detail": "no JSON"},
        {"seal": "0" * 64},
    ],
    ids=str,
)
async def test_a_changed_column_is_found(
    url: URL, database: Database, values: dict[str, Any]
) -> None:
    assert await tampered(url, database, change(3, **values)) == Fault(FaultKind.CHANGED, 3, IDS[2])


async def test_a_changed_id_is_found(url: URL, database: Database) -> None:
    found = await tampered(url, database, change(3, id="another"))

    assert found == Fault(FaultKind.CHANGED, 3, "another")


async def test_an_entry_from_the_middle_is_missed(url: URL, database: Database) -> None:
    assert await tampered(url, database, drop(3)) == Fault(FaultKind.MISSING, 3)


async def test_the_end_is_missed(url: URL, database: Database) -> None:
    assert await tampered(url, database, drop(4, 5)) == Fault(FaultKind.CUT_OFF, 4)


async def test_everything_is_missed(url: URL, database: Database) -> None:
    assert await tampered(url, database, drop(1, 2, 3, 4, 5)) == Fault(FaultKind.CUT_OFF, 1)


async def test_an_end_with_a_head_made_to_fit_is_found(url: URL, database: Database) -> None:
    found = await tampered(url, database, reset_head(3), drop(4, 5))

    assert found == Fault(FaultKind.FORGED_HEAD, 3)


async def test_a_head_that_is_gone_is_found(url: URL, database: Database) -> None:
    assert await tampered(url, database, drop_head) == Fault(FaultKind.FORGED_HEAD, 5)


async def test_entries_that_changed_places_are_found(url: URL, database: Database) -> None:
    found = await tampered(url, database, change(2, seq=99), change(3, seq=2), change(99, seq=3))

    assert found == Fault(FaultKind.CHANGED, 2, IDS[2])


async def test_an_entry_before_the_first_is_found(url: URL, database: Database) -> None:
    assert await tampered(url, database, change(3, seq=0)) == Fault(FaultKind.MISSING, 1)


async def test_a_key_that_was_changed_shows_as_a_changed_entry(database: Database) -> None:
    await database.write(add, range(2))
    await auditing(database).seal()

    verdict = await auditing(database, key=b"another key").verify()

    assert verdict.first_fault == Fault(FaultKind.CHANGED, 1, IDS[0])


@pytest.mark.parametrize(
    "tampers",
    [(drop_head,), (drop_head, drop(1, 2)), (reset_head(3), drop(4, 5)), (reset_head(3),)],
    ids=["gone", "gone-with-the-first-entries", "reset-with-its-end", "reset"],
)
async def test_nothing_is_sealed_behind_a_head_that_is_not_genuine(
    url: URL, database: Database, tampers: Sequence[Tamper]
) -> None:
    await tampered(url, database, *tampers)
    await database.write(add, [9])

    with pytest.raises(BrokenChainError):
        await auditing(database).seal()

    assert (await auditing(database).verify()).unsealed == 1


async def test_nothing_is_sealed_behind_a_head_that_is_older_than_the_chain(
    url: URL, database: Database
) -> None:
    await database.write(add, [0])
    await auditing(database).seal()
    old = await database.read(lambda store: store.audit.head())
    assert old is not None
    await database.write(add, [1, 2])
    await auditing(database).seal()
    await database.write(add, [3])

    put_back = update(audit_head).values(seq=old.seq, seal=old.seal, proof=old.proof)
    tamper_with(url, lambda connection: connection.execute(put_back), drop(2))

    with pytest.raises(BrokenChainError):
        await auditing(database).seal()
    assert await first_fault(database) == Fault(FaultKind.MISSING, 2)


async def test_sealing_goes_on_behind_an_end_that_stays_missed(
    url: URL, database: Database
) -> None:
    await tampered(url, database, drop(4, 5))
    await database.write(add, [9])

    await auditing(database).seal()

    verdict = await auditing(database).verify()
    assert (verdict.sealed, verdict.unsealed) == (4, 0)
    assert verdict.first_fault == Fault(FaultKind.MISSING, 4)


@pytest.mark.parametrize("detail", ["no JSON", "[1]"])
async def test_a_list_shows_an_entry_that_was_spoiled(
    url: URL, database: Database, detail: str
) -> None:
    await tampered(url, database, change(5, detail=detail))

    [newest] = await auditing(database).page(EntryFilter(), before=None, limit=1)

    assert newest.entry.change.detail == {"spoiled": detail}


async def test_values_of_the_wrong_kind_are_changes_like_others(
    sqlite_url: URL,
) -> None:
    async with Database(sqlite_url) as database:
        # SQLite takes anything in any column.
        found = await tampered(
            sqlite_url,
            database,
            lambda connection: connection.exec_driver_sql(
                "UPDATE audit_entry SET at = 'noon', actor = x'00ff', seal = 7 WHERE seq = 2"
            ),
        )

    assert found == Fault(FaultKind.CHANGED, 2, IDS[1])


SPOILED = [
    "at = 'noon'",
    "at = 1e30",
    "actor = x'00ff'",
    "subject = CAST(x'ff' AS TEXT)",
    "reason = x'ff'",
    "reason = 7",
    "detail = x'ff'",
    "detail = 7",
    """detail = '{"note": "\\ud800"}'""",
    """detail = '{"note": NaN}'""",
    "detail = printf('%.*c', 200000, '[')",
    "id = CAST(x'7a00ff' AS TEXT)",
]
"""What SQLite takes: anything in any column, also text that is no UTF-8."""


def spoil(table: str, values: str) -> Tamper:
    return lambda connection: connection.exec_driver_sql(
        f"UPDATE {table} SET {values} WHERE id = '{IDS[4]}'"  # noqa: S608  # of this very test
    )


@pytest.mark.parametrize("values", SPOILED)
async def test_an_entry_that_cannot_be_read_any_more_is_found_and_listed(
    sqlite_url: URL, values: str
) -> None:
    async with Database(sqlite_url) as database:
        found = await tampered(sqlite_url, database, spoil("audit_entry", values))
        listed = await auditing(database).page(EntryFilter(), before=None, limit=9)

    assert found is not None
    assert (found.kind, found.seq) == (FaultKind.CHANGED, 5)
    assert len([to_json(entry_view(one)) for one in listed]) == SEALED


@pytest.mark.parametrize("values", [one for one in SPOILED if not one.startswith("id")])
async def test_an_entry_that_was_spoiled_before_its_seal_holds_nobody_up(
    sqlite_url: URL, values: str
) -> None:
    async with Database(sqlite_url) as database:
        await database.write(add, range(SEALED))
        tamper_with(sqlite_url, spoil("audit_inbox", values))
        waiting = await auditing(database).page(EntryFilter(), before=None, limit=9)
        await auditing(database).seal()
        verdict = await auditing(database).verify()

    assert len([to_json(entry_view(one)) for one in waiting]) == SEALED
    assert (verdict.sealed, verdict.unsealed) == (SEALED, 0)


async def test_a_head_that_cannot_be_read_any_more_is_found(sqlite_url: URL) -> None:
    async with Database(sqlite_url) as database:
        found = await tampered(
            sqlite_url,
            database,
            lambda connection: connection.exec_driver_sql(
                "UPDATE audit_head SET seq = 'x', seal = CAST(x'ff' AS TEXT)"
            ),
        )

    assert found == Fault(FaultKind.FORGED_HEAD, 5)


async def test_a_time_that_no_calendar_has_is_listed(url: URL, database: Database) -> None:
    spoiled = text("UPDATE audit_entry SET at = 4611686018427387904 WHERE seq = 5")
    await tampered(url, database, lambda connection: connection.execute(spoiled))

    [newest] = await auditing(database).page(EntryFilter(), before=None, limit=1)

    assert newest.entry.id == IDS[4]

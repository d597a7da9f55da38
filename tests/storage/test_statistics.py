"""Numbers over all codes: exact when they are counted, and cheap when they are asked for."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from tests.storage.books import NOON, account, by, code
from xrpc_invites.invites.buckets import Bucket, Span, span
from xrpc_invites.invites.importing import Batch, Imports, Row
from xrpc_invites.invites.model import InviteCodeUse
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.redeeming import Redeeming, Wish
from xrpc_invites.invites.redemption import Redemption
from xrpc_invites.invites.statistics import FRESH, Inviter, Statistics
from xrpc_invites.invites.switching import Switch
from xrpc_invites.invites.tallies import MOST_OF_A_CODE, Kept, Tally, Totals, What
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore
from xrpc_invites.storage.tables import invite_code

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
ADA, BEA = "did:web:ada.test", "did:web:bea.example"


class Clock:
    """Stands still, or goes on at each look."""

    def __init__(self) -> None:
        self.at = NOON
        self.step = timedelta(0)

    def __call__(self) -> datetime:
        self.at += self.step
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def statistics(database: Database, clock: Callable[[], datetime], **options: Any) -> Statistics:
    given: dict[str, Any] = {"holder": "me"} | options
    return Statistics(database.read, database.write, now=clock, **given)


def day(at: datetime = NOON) -> Span:
    found = span(Bucket.HOUR, at.replace(hour=0), at.replace(hour=0) + timedelta(days=1))
    assert found
    return found


async def bring(database: Database, *codes: dict[str, Any]) -> None:
    rows = [Row(code=code(one.pop("text"), key="", **one)) for one in codes]
    imports = Imports(database.write, now=lambda: NOON)
    done = await imports.take_in(Batch(rows=rows), by=by())
    assert done.kept, done.verdicts


def uses(*moments: datetime) -> dict[str, Any]:
    made = tuple(InviteCodeUse(f"did:web:u{n}.example", at) for n, at in enumerate(moments))
    return {"uses": made, "use_count": len(made), "available": 10}


async def some(database: Database) -> None:
    await bring(
        database,
        {"text": "one", **uses(NOON, NOON + HOUR, NOON + HOUR), "for_account": BEA},
        {"text": "two", **uses(NOON), "for_account": ADA, "created_at": NOON - 30 * HOUR},
        {"text": "over-spent", "available": -5, "use_count": 4, "for_account": ADA},
        {"text": "off", "available": 2, "disabled": True, "disabled_at": NOON + 2 * HOUR},
        {"text": "old", "available": 1, "created_at": datetime.fromisoformat("1969-12-31T23:30Z")},
    )

    @one_by_one
    def join(store: SqlStore, name: str) -> None:
        store.accounts.add(account(name))
        if name == "cid":
            store.accounts.delete(account(name).did, at=NOON)

    await database.write(join, "ada")
    await database.write(join, "cid")


TOTALS = Totals(codes=5, uses=8, remaining=7 + 9 + 2 + 1, reserved=0, accounts=1)
INVITERS = [Inviter(ADA, "ada.test", 5), Inviter(BEA, None, 3)]


async def test_everything_is_counted(database: Database, clock: Clock) -> None:
    await some(database)

    found = await statistics(database, clock, counts_itself=True).numbers(day())

    assert found.totals == TOTALS
    assert found.inviters == INVITERS
    told = {n: {k: v for k, v in part.items() if v} for n, part in enumerate(found.series)}
    assert {n: part for n, part in told.items() if part} == {
        12: {What.CREATED: 3, What.USED: 2},
        13: {What.USED: 2},
        14: {What.DISABLED: 1},
    }
    before_1970 = await statistics(database, clock).numbers(
        day(datetime.fromisoformat("1969-12-31T12:00Z"))
    )
    assert before_1970.series[23][What.CREATED] == 1


async def test_what_is_kept_is_what_is_counted(database: Database, clock: Clock) -> None:
    await some(database)
    counting = statistics(database, clock)

    await counting.recount()

    assert await kept(database) == await counted(database)
    assert await counting.numbers(day()) == await statistics(
        database, clock, counts_itself=True
    ).numbers(day())


async def kept(database: Database) -> Tally:
    found = await kept_at_all(database)
    assert found
    return found.tally


async def kept_at_all(database: Database) -> Kept | None:
    return await database.read(lambda store: store.tallies.kept())


async def counted(database: Database) -> Tally:
    return await database.read(lambda store: store.tallies.counted(now=NOON), scan=True)


async def test_reservations_count_as_long_as_they_hold_something(
    database: Database, clock: Clock
) -> None:
    await bring(database, {"text": "one", "available": 10}, {"text": "two", "available": 1})
    ids = iter(["first", "second"])
    redeeming = Redeeming(
        database.read,
        database.write,
        now=clock,
        draw=lambda: next(ids),
        fingerprint=str,
    )
    for seconds in (60, 120):
        wish = Wish(code="one", request="", lease=timedelta(seconds=seconds))
        assert isinstance(await redeeming.reserve(wish, caller="an app"), Redemption)
    itself = statistics(database, clock, counts_itself=True)

    clock.at += timedelta(seconds=59)
    both = await itself.numbers(day())
    clock.at += timedelta(seconds=1)
    one = await itself.numbers(day())

    assert (both.totals.reserved, both.totals.remaining) == (2, 9)
    assert (one.totals.reserved, one.totals.remaining) == (1, 10)
    assert one.series[12][What.RESERVED] == 2


async def test_whatever_changes_is_found_by_the_next_count(
    database: Database, clock: Clock
) -> None:
    await some(database)
    counting = statistics(database, clock)
    await counting.recount()

    @one_by_one
    def change(store: SqlStore, disabled: bool) -> None:  # noqa: FBT001  # one argument
        texts = ["off", "one"]
        store.codes.switch(Switch(disabled=disabled, texts=texts, at=NOON - 5 * HOUR))
        store.accounts.delete(ADA, at=NOON)

    found = Tally()
    for disabled in (False, True):
        await database.write(change, disabled)
        await bring(database, {"text": f"more {disabled}", **uses(NOON - 50 * HOUR)})
        await counting.recount()

        found = await kept(database)
        assert found == await counted(database)
        assert found.totals.accounts == 0
    assert found.hours[NOON - 5 * HOUR, What.DISABLED] == 2
    assert (NOON + 2 * HOUR, What.DISABLED) not in found.hours


async def test_who_asks_reads_what_is_kept_and_counts_nothing(
    database: Database, clock: Clock
) -> None:
    await some(database)
    counting = statistics(database, clock)
    await counting.recount()

    @one_by_one
    def lose(store: SqlStore, _argument: None) -> None:
        store.codes._connection.execute(delete(invite_code).where(invite_code.c.code == "old"))

    await database.write(lose, None)

    assert (await counting.numbers(day())).totals == TOTALS
    itself = statistics(database, clock, counts_itself=True)
    assert (await itself.numbers(day())).totals.codes == TOTALS.codes - 1


async def test_what_nobody_counts_any_more_is_counted_when_it_is_asked_for(
    database: Database, clock: Clock
) -> None:
    counting = statistics(database, clock)
    await some(database)
    await counting.recount()
    await bring(database, {"text": "new"})

    clock.at += FRESH - timedelta(milliseconds=1)
    assert (await counting.numbers(day())).totals.codes == 5
    clock.at += timedelta(milliseconds=1)
    assert (await counting.numbers(day())).totals.codes == 6


async def test_nothing_is_written_while_nothing_changes(database: Database, clock: Clock) -> None:
    counting = statistics(database, clock)
    await counting.recount()
    assert await kept_at_all(database) is None

    await some(database)
    await counting.recount()
    first = await kept_at_all(database)
    clock.at += FRESH / 2 - timedelta(milliseconds=1)
    await counting.recount()
    assert await kept_at_all(database) == first

    clock.at += timedelta(milliseconds=1)
    await counting.recount()
    later = await kept_at_all(database)
    assert first
    assert later
    assert later.fresh_until == first.fresh_until + FRESH / 2


async def test_counting_that_takes_long_is_done_seldom(database: Database, clock: Clock) -> None:
    await some(database)
    counting = statistics(database, clock)
    clock.step = timedelta(seconds=1)
    await counting.recount()
    clock.step = timedelta(0)
    await bring(database, {"text": "new"})

    clock.at += timedelta(seconds=99)
    await counting.recount()
    assert (await kept(database)).totals.codes == 5

    clock.at += timedelta(seconds=1)
    await counting.recount()
    assert (await kept(database)).totals.codes == 6


async def test_one_process_counts_for_all(database: Database, clock: Clock) -> None:
    await some(database)
    await statistics(database, clock, holder="another").recount()
    await bring(database, {"text": "new"})

    await statistics(database, clock).recount()
    assert (await kept(database)).totals.codes == 5

    clock.at += timedelta(minutes=1)
    await statistics(database, clock).recount()
    assert (await kept(database)).totals.codes == 6


async def test_who_may_not_count_reads_nothing_long(database: Database, clock: Clock) -> None:
    await some(database)
    scans: list[bool] = []

    async def read(query: Any, /, *, scan: bool = False) -> Any:
        scans.append(scan)
        return await database.read(query, scan=scan)

    await statistics(database, clock, holder="another").recount()
    await Statistics(read, database.write, now=clock, holder="me").recount()

    assert scans == [False]


def numbers_of(found: Tally) -> Iterator[int]:
    yield from (found.totals.uses, found.totals.remaining)
    yield from (count for _, count in found.inviters)


async def test_no_sum_is_too_large(database: Database) -> None:
    most = 2**53 - 1
    every = [
        {"text": f"c{n}", "available": most, "use_count": most, "for_account": ADA}
        for n in range(500)
    ]
    every += [{"text": f"d{n}", "available": most} for n in range(500)]
    await bring(database, *every)
    await bring(database, *[{"text": f"e{n}", "available": -most} for n in range(900)])

    found = await counted(database)

    assert set(numbers_of(found)) == {500 * MOST_OF_A_CODE}

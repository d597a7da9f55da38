"""The outbox: each mail is one sender's at a time, is tried for so long, and ends once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import URL, Connection, text

from tests.storage.books import NOON
from tests.storage.mails import Asked, Clock, found, invite, mail, names, posting, queue, sent
from xrpc_invites.invites.invitations import Delivery, Standing
from xrpc_invites.invites.mail_rates import Rate, Rates
from xrpc_invites.invites.outbox import Accepted, Deferred, Ending, Kind, Refused, Waiting
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.posting import AT_A_TIME, LEASE, Posting
from xrpc_invites.invites.switching import Switch
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.mail_tables import mail_tally, outbox
from xrpc_invites.storage.outbox import SqlOutboxBook
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

_WAITING_FOR_A_LOCK = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BUSY = Deferred("451 busy")


@one_by_one
def cancel(store: SqlStore, invitation: int) -> None:
    store.outbox.cancel(invitation)


@one_by_one
def opt_out(store: SqlStore, email: str) -> None:
    store.invitations.opt_out(email, at=NOON)


@one_by_one
def disable(store: SqlStore, text: str) -> None:
    store.codes.switch(Switch(disabled=True, texts=[text], owners=[], at=NOON, reason=None))


@one_by_one
def rows(store: SqlStore, _nothing: None) -> list[tuple[str, str | None]]:
    """The kind and the ending of every mail, in the order in which they were queued."""
    found = store.outbox._connection.execute(outbox.select().order_by(outbox.c.id))
    return [(row.kind, row.ending) for row in found]


@one_by_one
def windows(store: SqlStore, _nothing: None) -> list[str]:
    found = store.outbox._connection.execute(mail_tally.select().order_by(mail_tally.c.name))
    return [row.name for row in found]


async def test_a_mail_is_one_senders_until_its_lease_ends(database: Database) -> None:
    now = Clock()
    await invite(database, "ada")
    one, two = posting(database, now, "one"), posting(database, now, "two")

    first = await one.take()
    assert names(first.taken) == ["ada"]
    now.move(seconds=LEASE.total_seconds() - 1)
    assert (await two.take()).taken == ()
    now.move(seconds=1)
    second = await two.take()

    assert [taken.waiting.tries for taken in (*first.taken, *second.taken)] == [1, 2]


async def test_who_lost_a_mail_changes_nothing_about_it(database: Database) -> None:
    now = Clock()
    [id_] = await invite(database, "ada")
    one, two = posting(database, now, "one"), posting(database, now, "two")
    [late] = (await one.take()).taken
    now.move(seconds=LEASE.total_seconds())
    [mine] = (await two.take()).taken

    endings = [await one.settle(late, outcome) for outcome in (Accepted(), Refused("550"), BUSY)]

    assert endings == [None, None, None]
    assert (await found(database, id_)).standing is Standing.QUEUED
    assert await two.settle(mine, Accepted()) is Ending.SENT
    assert await two.settle(mine, Accepted()) is None
    assert (await found(database, id_)).invitation.send_count == 1


async def test_the_same_sender_at_another_time_is_another(database: Database) -> None:
    now = Clock()
    await invite(database, "ada")
    one = posting(database, now)
    [late] = (await one.take()).taken
    now.move(seconds=LEASE.total_seconds())
    await one.take()

    assert await one.settle(late, Accepted()) is None


async def test_an_accepted_mail_was_sent_at_that_moment(database: Database) -> None:
    now = Clock(NOON + HOUR)
    [id_] = await invite(database, "ada")

    assert await sent(posting(database, now), Accepted()) == ["ada"]

    one = await found(database, id_)
    assert one.standing is Standing.SENT
    assert one.invitation.sent_at == one.invitation.last_sent_at == NOON + HOUR
    assert await sent(posting(database, now), Accepted()) == []


async def test_a_refused_mail_has_failed_and_says_why(database: Database) -> None:
    [id_] = await invite(database, "ada")

    await sent(posting(database, Clock()), Refused("550 5.1.1 no such mailbox"))

    one = (await found(database, id_)).invitation
    assert (one.delivery, one.failure) == (Delivery.FAILED, "550 5.1.1 no such mailbox")
    assert one.sent_at is None


async def test_a_deferred_mail_is_tried_eight_times_in_half_a_day(database: Database) -> None:
    now = Clock()
    [id_] = await invite(database, "ada")
    one = posting(database, now)
    tried = []

    while (await found(database, id_)).standing is Standing.QUEUED:
        if await sent(one, BUSY):
            tried.append(now.now - NOON)
        now.move(minutes=1)

    minutes = [round(at.total_seconds() / 60) for at in tried]
    assert minutes == [0, 1, 4, 13, 40, 121, 364, 724]
    failure = (await found(database, id_)).invitation.failure
    assert failure == "451 busy (given up after 8 tries)"


async def test_a_mail_that_was_deferred_can_still_be_accepted(database: Database) -> None:
    now = Clock()
    [id_] = await invite(database, "ada")
    one = posting(database, now)
    await sent(one, BUSY)
    now.move(minutes=1)

    assert await sent(one, Accepted()) == ["ada"]
    assert (await found(database, id_)).standing is Standing.SENT


async def test_a_mail_that_nobody_wants_any_more_is_not_sent(database: Database) -> None:
    ids = await invite(database, "ada", "bea", "cleo")
    await database.write(opt_out, "ada@example.com")
    await database.write(disable, "code-bea")

    assert await sent(posting(database, Clock()), Accepted()) == ["cleo"]

    standings = [(await found(database, id_)).standing for id_ in ids]
    assert standings == [Standing.FAILED, Standing.REVOKED, Standing.SENT]
    assert await database.write(rows, None) == [
        ("invitation", "dropped"),
        ("invitation", "dropped"),
        ("invitation", "sent"),
    ]


async def test_what_is_cancelled_is_not_sent_and_what_is_under_way_ends(database: Database) -> None:
    now = Clock()
    [id_] = await invite(database, "ada")
    [waits] = await invite(database, "bea", queued=False)
    one = posting(database, now)
    [under_way] = (await one.take()).taken
    await database.write(queue, [mail(waits, Asked("bea"))])

    await database.write(cancel, id_)
    await database.write(cancel, waits)

    assert await sent(one, Accepted()) == []
    assert await one.settle(under_way, Accepted()) is Ending.SENT
    assert await database.write(rows, None) == [("invitation", "sent")]


async def test_no_mail_ever_has_the_id_of_one_that_is_gone(database: Database) -> None:
    [id_] = await invite(database, "ada")
    await database.write(cancel, id_)
    await invite(database, "bea")

    [taken] = (await posting(database, Clock()).take()).taken

    assert taken.waiting.id == 2


async def test_as_many_are_taken_as_go_out_at_a_time_the_oldest_first(database: Database) -> None:
    everyone = [f"u{number:02}" for number in range(AT_A_TIME + 3)]
    await invite(database, *everyone)
    one = posting(database, Clock())

    first, second = await one.take(), await one.take()

    assert (names(first.taken), first.more) == (everyone[:AT_A_TIME], True)
    assert (names(second.taken), second.more) == (everyone[AT_A_TIME:], False)


async def test_nobody_is_reminded_unless_that_is_set(database: Database) -> None:
    await invite(database, "ada")

    await sent(posting(database, Clock()), Accepted())

    assert await database.write(rows, None) == [("invitation", "sent")]


async def test_one_reminder_follows_the_first_mail_and_none_the_second(database: Database) -> None:
    now = Clock()
    [id_] = await invite(database, "ada")
    one = posting(database, now, remind_after=3 * DAY)
    await sent(one, Accepted())
    await database.write(queue, [mail(id_, Asked("ada"))])
    await sent(one, Accepted())
    now.move(days=3, milliseconds=-1)
    early = await sent(one, Accepted())
    now.move(milliseconds=1)
    [reminder] = (await one.take()).taken
    await one.settle(reminder, Accepted())

    now.move(days=30)
    assert (early, reminder.waiting.mail.kind) == ([], Kind.REMINDER)
    assert await sent(one, Accepted()) == []
    assert (await found(database, id_)).invitation.send_count == 3
    assert [kind for kind, _ in await database.write(rows, None)] == [
        "invitation",
        "reminder",
        "invitation",
    ]


async def test_a_reminder_that_is_not_needed_or_fails_changes_nothing(database: Database) -> None:
    now = Clock()
    ids = await invite(database, "ada", "bea")
    one = posting(database, now, remind_after=DAY)
    await sent(one, Accepted())
    await database.write(opt_out, "ada@example.com")
    now.move(days=1)

    assert await sent(one, Refused("550 gone")) == ["bea"]

    assert [(await found(database, id_)).standing for id_ in ids] == [Standing.SENT] * 2
    endings = [ending for _, ending in await database.write(rows, None)]
    assert endings == ["sent", "sent", "dropped", "failed"]


async def test_a_full_rate_queues_and_does_not_drop(database: Database) -> None:
    now = Clock()
    await invite(database, "ada", "bea", "cleo", "dora", "eve")
    one = posting(database, now, rates=Rates(operator=[Rate(2, DAY)]))

    days = []
    for _ in range(3):
        days.append([*await sent(one, Accepted()), *await sent(one, Accepted())])
        now.move(days=1)

    assert days == [["ada", "bea"], ["cleo", "dora"], ["eve"]]


async def test_operators_and_accounts_are_counted_each_for_themselves(database: Database) -> None:
    account = {"sender": "did:web:ada.test", "by_account": True}
    await invite(database, "o1", "o2", "o3")
    await invite(database, "p1", sender="token:2")
    await invite(database, "a1", "a2", **account)
    rates = Rates(operator=[Rate(2, DAY)], account=[Rate(1, DAY)])

    assert await sent(posting(database, Clock(), rates=rates), Accepted()) == [
        "o1",
        "o2",
        "p1",
        "a1",
    ]


async def test_a_sender_pays_for_the_first_try_alone_and_a_domain_for_each(
    database: Database,
) -> None:
    now = Clock()
    await invite(database, "ada", domain="slow.example")
    await invite(database, "bea")
    rates = Rates(operator=[Rate(2, DAY)], domain=[Rate(2, DAY)])
    one = posting(database, now, rates=rates)

    tried = []
    for _ in range(3):
        tried.append(await sent(one, BUSY))
        now.move(hours=7)

    # The sender's two were the first tries; of the third each domain had too many.
    assert tried == [["ada", "bea"], ["ada", "bea"], []]
    now.move(hours=3)
    assert await sent(one, Accepted()) == ["ada", "bea"]


async def test_one_full_domain_holds_up_no_other(database: Database) -> None:
    now = Clock()
    await invite(database, *(f"u{number:02}" for number in range(20)), domain="full.example")
    await invite(database, "ada")
    one = posting(database, now, rates=Rates(domain=[Rate(1, HOUR)]))

    first, second = await sent(one, Accepted()), await sent(one, Accepted())

    # After the first look nothing of the full domain is due any more.
    assert (first, second) == (["u00"], ["ada"])
    now.move(hours=1)
    assert await sent(one, Accepted()) == ["u01"]


async def test_what_does_not_go_out_counts_nowhere(database: Database) -> None:
    now = Clock()
    await invite(database, "ada", "bea", domain="full.example")
    await invite(database, "cleo", "dora")
    rates = Rates(operator=[Rate(3, DAY)], domain=[Rate(1, HOUR), Rate(5, DAY)])

    taken = await sent(posting(database, now, rates=rates), Accepted())
    now.move(hours=1)

    # Had bea and dora been counted, the operator would have none left.
    assert taken == ["ada", "cleo"]
    assert await sent(posting(database, now, rates=rates), Accepted()) == ["bea"]


async def test_windows_that_are_past_are_forgotten(database: Database) -> None:
    now = Clock()
    await invite(database, "ada", domain="one.example")
    one = posting(database, now, rates=Rates(domain=[Rate(5, HOUR)]))
    await sent(one, Accepted())
    before = await database.write(windows, None)
    now.move(hours=2)
    await invite(database, "bea", domain="two.example")
    await sent(one, Accepted())

    assert before == ["domain/5/3600/one.example"]
    assert await database.write(windows, None) == ["domain/5/3600/two.example"]


async def test_many_senders_on_one_database_send_each_mail_once(
    database: Database, url: URL
) -> None:
    everyone = [f"u{number:02}" for number in range(60)]
    await invite(database, *everyone)
    rates = Rates(operator=[Rate(50, DAY)], domain=[Rate(40, HOUR)])

    async def work(one: Posting) -> list[str]:
        done: list[str] = []
        while some := await sent(one, Accepted()):
            done += some
        return done

    async with Database(url) as other:
        senders = [
            posting(where, Clock(), f"{name}", rates=rates)
            for name, where in enumerate([database, other] * 3)
        ]
        done = [name for names in await asyncio.gather(*map(work, senders)) for name in names]

    assert len(done) == len(set(done)) == 40


async def test_who_counts_waits_for_who_counts_in_the_same_window(postgres_url: URL) -> None:
    due = [Waiting(id=number, mail=mail(1, Asked("ada")), tries=1) for number in range(3)]
    rates = Rates(domain=[Rate(2, HOUR)])

    def count(connection: Connection, one: Waiting) -> int:
        return len(SqlOutboxBook(connection).admit([one], rates, now=NOON))

    engine = engines.writing(postgres_url, lanes=3)
    try:
        with engine.begin() as connection:
            assert count(connection, due[0]) == 1
        with ThreadPoolExecutor() as pool, engine.connect() as first, engine.connect() as second:
            assert count(first, due[1]) == 1
            rival = pool.submit(count, second, due[2])
            with engine.connect() as watcher:
                while not rival.done() and not watcher.scalar(_WAITING_FOR_A_LOCK):
                    watcher.rollback()
            first.commit()

            assert rival.result(60) == 0
    finally:
        engine.dispose()

"""Rounds of sending: what is in the outbox reaches a real mail server, once."""

import asyncio
import logging
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from tests.post_offices import HANG, PostOffice
from tests.storage.mails import Clock, found, invite, posting
from tests.unit.mail.examples import letters
from xrpc_invites.invites.invitations import Standing
from xrpc_invites.invites.mail_rates import Rate, Rates
from xrpc_invites.invites.outbox import Accepted, Outcome
from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.invites.posting import LEASE
from xrpc_invites.mail.messages import Envelope
from xrpc_invites.mail.post import SETTLINGS, Carrier, Post
from xrpc_invites.mail.servers import SmtpServer
from xrpc_invites.mail.smtp import DEADLINE, Courier
from xrpc_invites.storage.database import Database

pytestmark = pytest.mark.anyio


def courier(office: PostOffice) -> Courier:
    server = SmtpServer.parse(f"smtp://127.0.0.1:{office.port}")
    return Courier(server, our_host="invites.example.org")


def post(
    database: Database,
    carrier: Carrier,
    now: Clock,
    *,
    folder: Path | None = None,
    **options: Any,
) -> Post:
    """Sends what is in a database."""
    pause = options.pop("pause", asyncio.sleep)
    return Post(
        posting(database, now, **options),
        letters(folder),
        carrier,
        sender=Address("The Example", addr_spec="invites@example.org"),
        message_id=lambda waiting: f"<{waiting.id}.abc@invites.example.org>",
        now=now,
        pause=pause,
    )


async def rounds(one: Post) -> None:
    """Rounds until nothing more is due."""
    while await one.round():
        pass


async def test_everyone_gets_a_mail_in_a_language_of_theirs(database: Database) -> None:
    tags = {"ada": "de-AT", "bea": "pt-BR", "cleo": "ja", "dora": None, "eve": "xx"}
    for name, tag in tags.items():
        await invite(database, name, changed={"language": tag})
    with PostOffice().open() as office:
        await rounds(post(database, courier(office), Clock()))
        mails = [office.taken() for _ in tags]

    got = {str(mail["To"]).partition("@")[0]: str(mail["Content-Language"]) for mail in mails}
    assert got == {"ada": "de", "bea": "pt", "cleo": "ja", "dora": "en", "eve": "en"}


async def test_many_mails_go_out_by_a_few_connections(database: Database) -> None:
    everyone = [f"u{number:02}" for number in range(40)]
    ids = await invite(database, *everyone)
    with PostOffice().open() as office:
        await rounds(post(database, courier(office), Clock()))
        recipients = sorted(str(office.taken()["To"]).partition("@")[0] for _ in everyone)

    assert recipients == everyone
    assert office.connections <= 8
    assert office.mails.empty()
    assert {(await found(database, id_)).standing for id_ in ids} == {Standing.SENT}


async def test_a_greylisted_mail_comes_again_as_the_same_message(database: Database) -> None:
    answers = iter(["451 greylisted", "250 ok"])
    now = Clock()
    [id_] = await invite(database, "ada")
    with PostOffice(to_data=lambda _: next(answers)).open() as office:
        one = post(database, courier(office), now)
        await one.round()
        await one.round()
        waiting = await found(database, id_)
        now.move(minutes=1)
        await one.round()

    first, second = office.seen
    assert waiting.standing is Standing.QUEUED
    assert waiting.invitation.sent_at is None
    assert first == second
    assert (await found(database, id_)).standing is Standing.SENT


async def test_one_bounce_is_shown_and_the_others_arrive(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ids = await invite(database, "ada", "bea")
    office = PostOffice(
        to_recipient=lambda name: "550 5.1.1 bea@example.com? no" if "bea" in name else "250 ok"
    )
    with office.open():
        await rounds(post(database, courier(office), Clock()))

    standings = [(await found(database, id_)).standing for id_ in ids]
    assert standings == [Standing.SENT, Standing.FAILED]
    assert (await found(database, ids[1])).invitation.failure == "550 5.1.1 … no"
    said = {record.getMessage() for record in caplog.records if "post" in record.name}
    assert said == {
        "mail_sent mail=1 tries=1 reason=-",
        "mail_failed mail=2 tries=1 reason=550 5.1.1",
    }


async def test_two_servers_on_one_database_send_each_mail_once(
    database: Database, url: URL
) -> None:
    everyone = [f"u{number:02}" for number in range(30)]
    await invite(database, *everyone)
    with PostOffice().open() as office:
        async with Database(url) as other:
            both = [
                post(database, courier(office), Clock(), holder="one"),
                post(other, courier(office), Clock(), holder="two"),
            ]
            await asyncio.gather(*map(rounds, both))

    assert sorted(recipient for recipient, _ in office.seen) == sorted(
        f"{name}@example.com" for name in everyone
    )


async def test_an_address_that_is_none_is_given_up_at_once(database: Database) -> None:
    [id_] = await invite(database, "ada", domain="example..com")
    with PostOffice().open() as office:
        await post(database, courier(office), Clock()).round()

    one = (await found(database, id_)).invitation
    assert one.failure == "no mail can have this address"
    assert office.seen == []


async def test_a_template_that_breaks_on_one_letter_holds_up_no_other(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "invitation.txt").write_text("{{ url }} {{ 1 // (name | length - 3) }}")
    await invite(database, "ada", "beatrice")
    with PostOffice().open() as office:
        await rounds(post(database, courier(office), Clock(), folder=tmp_path))

    assert [recipient for recipient, _ in office.seen] == ["beatrice@example.com"]


async def test_a_full_rate_sends_the_rest_when_the_window_ends(database: Database) -> None:
    now = Clock()
    await invite(database, *(f"u{number:02}" for number in range(20)))
    with PostOffice().open() as office:
        one = post(
            database,
            courier(office),
            now,
            rates=Rates(domain=[Rate(5, timedelta(hours=1))]),
        )
        counts = []
        for _ in range(5):
            await rounds(one)
            counts.append(len(office.seen))
            now.move(hours=1)

    assert counts == [5, 10, 15, 20, 20]


class Busy:
    """A store that is too busy for a while, each time that something is to be settled."""

    def __init__(self, database: Database, times: int) -> None:
        self.read = database.read
        self._write = database.write
        self.left = times

    async def write(self, work: Any, argument: Any, /, *, lane: str = "") -> Any:
        if work.__name__ == "_settle" and self.left:
            self.left -= 1
            raise StoreBusyError
        return await self._write(work, argument, lane=lane)


async def test_what_was_sent_is_written_down_however_busy_the_store_is(
    database: Database,
) -> None:
    [id_] = await invite(database, "ada")
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    busy: Any = Busy(database, SETTLINGS - 1)
    with PostOffice().open() as office:
        await post(busy, courier(office), Clock(), pause=pause).round()

    assert (await found(database, id_)).standing is Standing.SENT
    assert len(office.seen) == 1
    assert DEADLINE + timedelta(seconds=sum(waited)) < LEASE


async def test_a_store_that_stays_busy_fails_the_round(database: Database) -> None:
    await invite(database, "ada")

    async def pause(_seconds: float) -> None:
        pass

    busy: Any = Busy(database, SETTLINGS)
    with PostOffice().open() as office, pytest.raises(StoreBusyError):
        await post(busy, courier(office), Clock(), pause=pause).round()


async def test_a_server_that_stops_leaves_a_hanging_mail_for_its_next_start(
    database: Database,
) -> None:
    now = Clock()
    [id_] = await invite(database, "ada")
    reached = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang(_recipient: str) -> str:
        loop.call_soon_threadsafe(reached.set)
        return HANG

    with PostOffice(to_data=hang).open() as office:
        one = post(database, courier(office), now)
        sending = asyncio.create_task(one.round())
        await reached.wait()
        await one.stop(timedelta(0))

        assert await sending is False
        office.to_data = lambda _: "250 ok"
        now.move(minutes=1)
        assert await one.round() is False
        assert len(office.seen) == 1
        await post(database, courier(office), now, holder="next").round()

    assert (await found(database, id_)).standing is Standing.SENT


async def test_a_round_that_is_given_up_says_nothing_about_its_mails(database: Database) -> None:
    [id_] = await invite(database, "ada")
    reached = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang(_recipient: str) -> str:
        loop.call_soon_threadsafe(reached.set)
        return HANG

    with PostOffice(to_data=hang).open() as office:
        sending = asyncio.create_task(post(database, courier(office), Clock()).round())
        await reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    assert (await found(database, id_)).standing is Standing.QUEUED


class Carried:
    """Carries mails nowhere, and says when."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.closed = 0

    async def send(self, envelope: Envelope, /) -> Outcome:
        self.envelopes.append(envelope)
        return Accepted()

    async def close(self) -> None:
        self.closed += 1


async def test_connections_are_ended_once_nothing_more_is_due(database: Database) -> None:
    await invite(database, *(f"u{number:02}" for number in range(9)))
    carrier = Carried()
    one = post(database, carrier, Clock())

    assert await one.round() is True
    assert carrier.closed == 0
    assert await one.round() is False
    assert carrier.closed == 1
    assert len(carrier.envelopes) == 9

"""Invitations in a real database: found as they stand, and one for each address."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count, product
from typing import Any

import pytest
from sqlalchemy import URL, event, func, select
from sqlalchemy.exc import OperationalError

from tests.storage.books import NOON, account, by, code
from xrpc_invites.invites.changes import Changes
from xrpc_invites.invites.corresponding import Invitations
from xrpc_invites.invites.guests import Guests, Inviter, Person
from xrpc_invites.invites.invitations import (
    Delivery,
    Invitation,
    InvitationFilter,
    InvitationRefusal,
    Invited,
    Standing,
)
from xrpc_invites.invites.inviting import Inviting, mail
from xrpc_invites.invites.model import InviteCode, Terms
from xrpc_invites.invites.outbox import Kind
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.status import Attempt
from xrpc_invites.invites.tags import Tag
from xrpc_invites.invites.words import mentions
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.mail_tables import outbox
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

ADA = "did:web:ada.test"
LATER = NOON + timedelta(hours=1)


class Desk:
    """Both use cases over one database, with a clock that a test turns."""

    def __init__(self, database: Database, *, bind: bool = True, mails: bool = True) -> None:
        self.now = NOON
        numbers = count()
        read, write = database.read, database.write
        self.inviting = Inviting(
            read,
            write,
            now=lambda: self.now,
            draw=lambda: f"code-{id(self)}-{next(numbers)}",
            bind=bind,
            mails=mails,
        )
        self.invitations = Invitations(
            read,
            write,
            now=lambda: self.now,
            key=b"a key",
            mails=mails,
            cool_down=timedelta(minutes=10),
        )

    async def invite(self, *emails: str, **how: Any) -> Sequence[Any]:
        people = [Person(email=email) for email in emails]
        return await self.inviting.invite(Guests(people=people, **how), by=operator())


def operator() -> Inviter:
    author = by()
    return Inviter(author.actor, author.credentials, author)


def of_account(did: str) -> Inviter:
    return Inviter(did, did, None)


@one_by_one
def store_codes(store: SqlStore, codes: Sequence[InviteCode]) -> None:
    store.codes.add(codes)


@one_by_one
def store_account(store: SqlStore, made: Any) -> None:
    store.accounts.add(made)


@one_by_one
def claim(store: SqlStore, given: tuple[str, str, str | None]) -> bool:
    key, did, email = given
    return store.codes.claim(key, Attempt(LATER, None, email), did=did)


@one_by_one
def mailed(store: SqlStore, given: tuple[int, datetime]) -> None:
    id_, at = given
    store.invitations.mailed(id_, at=at)


@one_by_one
def bounced(store: SqlStore, id_: int) -> None:
    store.invitations.bounced(id_, "550 no such mailbox")


def key_of(found: Invited) -> str:
    return found.found.code.key


async def test_rivals_in_two_replicas_invite_an_address_once(url: URL) -> None:
    async with Database(url) as one, Database(url) as two:
        desks = [Desk(one), Desk(two)]
        # One of them is known already: there nothing new is inserted that rivals could wait for.
        [known] = await desks[0].invite("ada@mail.test")
        await desks[0].invitations.revoke(known.invitation.id, reason=None, by=by())
        answers = await asyncio.gather(
            *(desk.invite("ada@mail.test", "bea@mail.test") for desk in desks for _ in range(10))
        )

        made = [outcome for answer in answers for outcome in answer if isinstance(outcome, Invited)]
        assert sorted(one.invitation.email for one in made) == ["ada@mail.test", "bea@mail.test"]
        assert sum(answer.count(InvitationRefusal.ALREADY_INVITED) for answer in answers) == 38


async def test_a_code_is_used_with_the_address_alone_to_which_it_was_sent(
    database: Database,
) -> None:
    [found] = await Desk(database).invite("ada@mail.test")

    assert not await database.write(claim, (key_of(found), ADA, "bea@mail.test"))
    assert not await database.write(claim, (key_of(found), ADA, None))
    assert await database.write(claim, (key_of(found), ADA, "ada@mail.test"))


async def test_a_code_that_is_not_bound_is_anyones(database: Database) -> None:
    [found] = await Desk(database, bind=False).invite("ada@mail.test")

    assert await database.write(claim, (key_of(found), ADA, "bea@mail.test"))


async def test_a_use_shows_who_joined_first(database: Database) -> None:
    desk = Desk(database, bind=False)
    [found] = await desk.invite("ada@mail.test", available=2)
    for did in ("did:web:z.test", "did:web:a.test"):
        await database.write(claim, (key_of(found), did, None))

    after = await desk.invitations.find(found.invitation.id)

    assert after is not None
    assert after.standing is Standing.USED
    assert after.first_use is not None
    assert after.first_use.used_by == "did:web:a.test"  # at one moment, by DID


async def test_who_was_mailed_is_not_mailed_again_at_once(database: Database) -> None:
    desk = Desk(database)
    [found] = await desk.invite("ada@mail.test")
    id_ = found.invitation.id
    assert found.standing is Standing.QUEUED
    await database.write(mailed, (id_, NOON))

    desk.now = NOON + timedelta(minutes=9, seconds=59)
    assert await desk.invitations.send([id_], by=by()) == [InvitationRefusal.TOO_SOON]
    desk.now = NOON + timedelta(minutes=10)
    [queued] = await desk.invitations.send([id_], by=by())
    assert isinstance(queued, Invited)
    assert (queued.standing, queued.invitation.send_count) == (Standing.QUEUED, 1)
    assert key_of(queued) == key_of(found)

    await database.write(mailed, (id_, desk.now))
    after = await desk.invitations.find(id_)
    assert after is not None
    kept = after.invitation
    assert (kept.sent_at, kept.last_sent_at, kept.send_count) == (NOON, desk.now, 2)


async def waiting(database: Database) -> int:
    """How many mails wait to be sent."""
    wait = select(func.count()).where(outbox.c.ended_at.is_(None))
    return await database.read(lambda store: store.codes._connection.scalar(wait) or 0)


async def test_rivals_who_send_one_invitation_queue_one_mail(url: URL) -> None:
    async with Database(url) as one, Database(url) as two:
        desks = [Desk(one), Desk(two)]
        [found] = await desks[0].invite("ada@mail.test", send=False)
        asked = [desk.invitations.send([found.invitation.id], by=by()) for desk in desks * 5]
        await asyncio.gather(*asked)

        assert await waiting(one) == 1


async def test_nothing_waits_about_an_invitation_that_is_revoked(database: Database) -> None:
    desk = Desk(database)
    ada, _ = await desk.invite("ada@mail.test", "bea@mail.test")
    assert await waiting(database) == 2

    id_ = ada.invitation.id
    await desk.invitations.revoke(id_, reason=None, by=by())
    assert await waiting(database) == 1

    # Once its code is enabled it stands as before, and can be sent.
    await Changes(database.write, now=lambda: NOON).switch(
        disabled=False, texts=[ada.found.code.code], by=by()
    )
    enabled = await desk.invitations.find(id_)
    assert enabled is not None
    assert enabled.standing is Standing.DRAFT
    [queued] = await desk.invitations.send([id_], by=by())
    assert isinstance(queued, Invited)
    assert await waiting(database) == 2


async def test_a_mail_that_could_not_be_delivered_is_shown_until_the_next(
    database: Database,
) -> None:
    desk = Desk(database)
    [found] = await desk.invite("ada@mail.test")
    await database.write(bounced, found.invitation.id)

    failed = await desk.invitations.find(found.invitation.id)
    assert failed is not None
    assert (failed.standing, failed.invitation.failure) == (
        Standing.FAILED,
        "550 no such mailbox",
    )
    [again] = await desk.invitations.send([found.invitation.id], by=by())
    assert isinstance(again, Invited)
    assert (again.standing, again.invitation.failure) == (Standing.QUEUED, None)


async def test_without_a_way_to_send_mails_nothing_is_queued(database: Database) -> None:
    desk = Desk(database, mails=False)
    [found] = await desk.invite("ada@mail.test")

    assert found.standing is Standing.DRAFT
    assert await desk.invitations.send([found.invitation.id], by=by()) == [
        InvitationRefusal.MAIL_OFF
    ]


async def test_what_is_known_of_each_invitation_decides_whether_it_is_mailed(
    database: Database,
) -> None:
    desk = Desk(database)
    made = await desk.invite(*(f"{name}@mail.test" for name in "abcd"), send=False)
    used, revoked, out, good = (one.invitation.id for one in made)
    await database.write(claim, (key_of(made[0]), ADA, "a@mail.test"))
    assert await desk.invitations.revoke(revoked, reason="a mistake", by=by())
    token = desk.invitations.token(out, "c@mail.test")
    assert await desk.invitations.opt_out(token)

    answers = await desk.invitations.send([used, revoked, out, 99, good, good], by=by())

    assert answers[:4] == [
        InvitationRefusal.USED,
        InvitationRefusal.REVOKED,
        InvitationRefusal.OPTED_OUT,
        InvitationRefusal.NOT_FOUND,
    ]
    assert all(isinstance(one, Invited) for one in answers[4:])


async def test_a_letter_is_written_as_long_as_the_person_can_join(database: Database) -> None:
    desk = Desk(database)
    person = Person(email="ada@mail.test", name="Ada", language="de", note="Hi", role="editor")
    [found] = await desk.inviting.invite(Guests(people=[person], expires_at=LATER), by=operator())
    assert isinstance(found, Invited)
    id_ = found.invitation.id

    def letter(now: datetime) -> Any:
        return database.read(lambda store: store.invitations.letter(id_, now=now))

    written = await letter(NOON)
    assert (written.email, written.name, written.language) == ("ada@mail.test", "Ada", "de")
    assert (written.inviter, written.message, written.role) == ("ada", "Hi", "editor")
    assert written.expires_at == LATER
    assert await letter(LATER) is None
    await desk.invitations.opt_out(desk.invitations.token(id_, "ada@mail.test"))
    assert await letter(NOON) is None


@pytest.mark.parametrize(
    "forged",
    ["", ".", "1", "1.", "0.x", "2.{mac}", "9.{mac}", "01.{mac}", "1.{mac}x", "٣.{mac}", "1.é"],
)
async def test_only_a_token_of_a_mail_opts_out(database: Database, forged: str) -> None:
    desk = Desk(database)
    await desk.invite("ada@mail.test", "bea@mail.test")
    mac = desk.invitations.token(1, "ada@mail.test").partition(".")[2]
    forged = forged.format(mac=mac)

    assert not await desk.invitations.opts_out(forged)
    assert not await desk.invitations.opt_out(forged)
    assert await desk.invitations.opts_out(f"1.{mac}")
    known = await database.read(
        lambda store: store.invitations.known(["ada@mail.test", "bea@mail.test"], now=NOON)
    )
    assert not any(one.opted_out for one in known.values())


async def test_an_account_gives_away_its_own_codes_the_oldest_first(database: Database) -> None:
    await database.write(store_account, account("ada"))
    own = [
        code(f"own-{n}", for_account=ADA, created_by=ADA, created_at=NOON + timedelta(seconds=n))
        for n in range(3)
    ]
    unfit = [
        code("many", for_account=ADA, available=2),
        code("off", for_account=ADA, disabled=True),
        code("others", for_account="did:web:bea.test"),
        code("spent", for_account=ADA, use_count=1),
    ]
    await database.write(store_codes, [*reversed(own), *unfit])
    desk = Desk(database)
    people = [Person(email=f"{name}@mail.test", note="Come") for name in "abcd"]

    dry = await desk.inviting.would_invite(Guests(people=people), by=of_account(ADA))
    outcomes = await desk.inviting.invite(Guests(people=people), by=of_account(ADA))

    assert dry == [None, None, None, InvitationRefusal.NO_CODE]
    assert outcomes[3] is InvitationRefusal.NO_CODE
    made = [one for one in outcomes if isinstance(one, Invited)]
    assert [one.found.code.code for one in made] == ["own-0", "own-1", "own-2"]
    assert {one.found.code.for_account for one in made} == {ADA}
    assert made[0].found.code.terms.note == "Come"
    assert made[0].invitation.by_account
    assert not await database.write(claim, (key_of(made[0]), "did:web:x.test", "b@mail.test"))


@pytest.mark.parametrize("bind", [True, False])
async def test_rivals_of_one_account_give_each_code_away_once(url: URL, *, bind: bool) -> None:
    async with Database(url) as one, Database(url) as two:
        await one.write(store_account, account("ada"))
        await one.write(store_codes, [code(f"own-{n}", for_account=ADA) for n in range(3)])
        desks = [Desk(one, bind=bind), Desk(two, bind=bind)]
        answers = await asyncio.gather(
            *(
                desk.inviting.invite(
                    Guests(people=[Person(email=f"{n}@mail{place}.test")]), by=of_account(ADA)
                )
                for place, desk in enumerate(desks)
                for n in range(5)
            )
        )

        made = [found for [found] in answers if isinstance(found, Invited)]
        assert sorted(one.found.code.code for one in made) == ["own-0", "own-1", "own-2"]


async def test_an_unknown_account_has_no_codes(database: Database) -> None:
    guests = Guests(people=[Person(email="a@mail.test")])

    assert await Desk(database).inviting.invite(guests, by=of_account(ADA)) == [
        InvitationRefusal.NO_CODE
    ]


LOCKS: dict[str, Callable[[SqlStore], object]] = {
    "invitees": lambda store: store.invitations.lock_invitees(["p0@mail.test"]),
    "invitations": lambda store: store.invitations.lock([1], now=NOON),
    "owner": lambda store: store.codes.lock_owner("did:web:gone.test"),
    "codes": lambda store: store.codes.lock_keys(["code0"]),
    "tag": lambda store: store.tags.lock(1),
}


@pytest.mark.parametrize("name", LOCKS)
async def test_what_is_locked_is_nobody_elses_before_the_end(postgres_url: URL, name: str) -> None:
    lock = LOCKS[name]
    async with Database(postgres_url) as database:
        await database.write(store_of_every_kind, None)
    engine = engines.writing(postgres_url, lanes=2)
    with engine.begin() as ours, engine.connect() as theirs:
        lock(SqlStore(ours))
        theirs.exec_driver_sql("SET lock_timeout = 1")
        with pytest.raises(OperationalError, match="lock timeout"):
            lock(SqlStore(theirs))
    engine.dispose()


STATES: dict[str, dict[str, Any]] = {
    "plain": {},
    "used": {"use_count": 1},
    "disabled": {"disabled": True},
    "expired": {"terms": Terms(expires_at=NOON)},
    "scheduled": {"terms": Terms(not_before=LATER)},
    "used, disabled": {"use_count": 1, "disabled": True},
    "tagged": {"terms": Terms(tags=("red",))},
}


@one_by_one
def store_of_every_kind(store: SqlStore, _: None) -> None:
    store.accounts.add(account("gone"))
    store.accounts.set_takedown("did:web:gone.test", at=NOON, ref=None)
    owners = ("admin", "did:web:gone.test")
    store.tags.add(Tag(name="red", created_at=NOON))
    kinds = [*product(STATES.values(), owners, Delivery)]
    store.invitations.lock_invitees([f"p{n}@mail.test" for n in range(len(kinds))])
    for n, (changed, owner, delivery) in enumerate(kinds):
        made = code(f"code{n}", key=f"code{n}", for_account=owner, **changed)
        store.codes.add([made])
        kept = Invitation(
            key=made.key,
            email=f"p{n}@mail.test",
            name=("Ada Lovelace", "Grace Hopper", None)[n % 3],
            invited_by=("admin", "the team")[n % 2],
            credentials="password",
            generated_at=NOON,
            delivery=delivery,
        )
        store.invitations.add([kept])


def wants(wanted: InvitationFilter, one: Invited) -> bool:
    """The search in plain words."""
    kept = one.invitation
    return (
        wanted.standing in {None, one.standing}
        and wanted.invited_by in {None, kept.invited_by}
        and (wanted.tag is None or wanted.tag in one.found.code.terms.tags)
        and (wanted.text is None or mentions(f"{kept.name or ''} {kept.email}", wanted.text))
    )


async def test_every_filter_finds_what_is_like_that(database: Database) -> None:
    await database.write(store_of_every_kind, None)
    desk = Desk(database)
    every = await desk.invitations.page(InvitationFilter(), before=None, limit=1_000)
    assert len(every) == len(STATES) * 2 * len(Delivery)
    assert [one.invitation.id for one in every] == [*range(len(every), 0, -1)]

    for standing, text, tag, who in product(
        (None, *Standing), (None, "lov ADA", "p1", "@"), (None, "red"), (None, "the team")
    ):
        wanted = InvitationFilter(standing=standing, text=text, tag=tag, invited_by=who)
        found = await desk.invitations.page(wanted, before=None, limit=1_000)
        assert found == [one for one in every if wants(wanted, one)], wanted


async def test_pages_follow_each_other_without_a_gap(database: Database) -> None:
    await database.write(store_of_every_kind, None)
    desk = Desk(database)
    seen: list[int] = []
    while True:
        before = seen[-1] if seen else None
        page = await desk.invitations.page(InvitationFilter(), before=before, limit=7)
        if not page:
            break
        seen += [one.invitation.id for one in page]

    assert seen == [*range(len(seen), 0, -1)]


def test_addresses_are_found_by_indexes(url: URL) -> None:
    engine = engines.writing(url, lanes=1)
    asked: list[tuple[str, Any]] = []
    with engine.begin() as connection:
        store = SqlStore(connection)
        event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        store.invitations.known(["ada@mail.test"], now=NOON)
        store.invitations.of_code("code", now=NOON)
        store.invitations.page(InvitationFilter(text="ada"), before=None, limit=9, now=NOON)
        store.invitations.page(InvitationFilter(invited_by="x"), before=5, limit=9, now=NOON)
        seen = list(asked)
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            explain = "EXPLAIN"
        for statement, parameters in seen:
            plan = connection.exec_driver_sql(f"{explain} {statement}", parameters)
            planned = "\n".join(str(row[-1]) for row in plan)
            assert "SCAN invitation\n" not in f"{planned}\n"
            assert "Seq Scan on invitation " not in planned
    engine.dispose()


async def test_the_mail_of_an_invitation_says_who_sends_and_where_to(database: Database) -> None:
    [found] = await Desk(database).invite("ada@mail.test")

    sent = mail(found.invitation, at=LATER)

    assert (sent.kind, sent.domain, sent.due_at) == (Kind.INVITATION, "mail.test", LATER)
    assert (sent.sender, sent.by_account) == ("token:1", False)

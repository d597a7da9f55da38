"""Invitations whose mails wait in the outbox, and those who send them, at a time of the test's."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.storage.books import NOON, code
from xrpc_invites.invites.invitations import Delivery, Invitation, Invited
from xrpc_invites.invites.mail_rates import Rates
from xrpc_invites.invites.outbox import Kind, Mail, Outcome, Taken
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.posting import Posting
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Asked:
    """An invitation with a mail, by an operator unless told otherwise."""

    name: str
    domain: str = "example.com"
    sender: str = "token:1"
    by_account: bool = False
    queued: bool = True
    changed: dict[str, Any] = field(default_factory=dict)


@one_by_one
def _invite(store: SqlStore, asked: Asked) -> int:
    email = f"{asked.name}@{asked.domain}"
    made = code(f"code-{asked.name}")
    store.codes.add([made])
    store.invitations.lock_invitees([email])
    new = Invitation(
        key=made.key,
        email=email,
        name=asked.name.title(),
        invited_by="bea",
        credentials=asked.sender,
        generated_at=NOON,
        delivery=Delivery.QUEUED,
        **asked.changed,
    )
    id_ = store.invitations.add([new])[made.key]
    if asked.queued:
        store.outbox.add([mail(id_, asked)])
    return id_


def mail(invitation: int, asked: Asked, kind: Kind = Kind.INVITATION) -> Mail:
    """A mail that is due at noon."""
    return Mail(
        kind=kind,
        invitation=invitation,
        sender=asked.sender,
        by_account=asked.by_account,
        domain=asked.domain,
        due_at=NOON,
    )


@one_by_one
def queue(store: SqlStore, mails: Sequence[Mail]) -> None:
    """Queue more mails."""
    store.outbox.add(mails)


async def invite(database: Database, *names: str, **changed: Any) -> list[int]:
    """The ids of new invitations to `{name}@example.com`, whose mails are due at noon."""
    return [await database.write(_invite, replace(Asked(name), **changed)) for name in names]


async def found(database: Database, id_: int, now: datetime = NOON) -> Invited:
    """An invitation as it stands."""
    one = await database.read(lambda store: store.invitations.find(id_, now=now))
    assert one is not None
    return one


def posting(
    database: Database,
    now: Clock,
    holder: str = "one",
    *,
    rates: Rates | None = None,
    remind_after: timedelta | None = None,
) -> Posting:
    """Somebody who sends mail, with dice that always show 0."""
    return Posting(
        database.read,
        database.write,
        now=now,
        dice=lambda: 0.0,
        holder=holder,
        rates=rates or Rates(),
        remind_after=remind_after,
    )


def names(taken: Sequence[Taken]) -> list[str]:
    """To whom mails are."""
    return [one.letter.email.partition("@")[0] for one in taken]


async def sent(one: Posting, outcome: Outcome) -> list[str]:
    """Take what is due, have it come out so, and tell to whom it was."""
    batch = await one.take()
    for taken in batch.taken:
        await one.settle(taken, outcome)
    return names(batch.taken)

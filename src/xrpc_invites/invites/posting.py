"""Sending what is in the outbox: mails are taken for a while, tried, and done with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

from xrpc_invites.invites.mail_rates import Rates
from xrpc_invites.invites.outbox import (
    MOST_TRIES,
    Accepted,
    Deferred,
    Dice,
    Ending,
    Kind,
    Outcome,
    Refused,
    Taken,
    Waiting,
    wait,
)
from xrpc_invites.invites.ports import Clock, Read, Store, Write, one_by_one

AT_A_TIME = 8
"""Mails that one process has under way."""

LEASE = timedelta(minutes=5)
"""How long others leave a mail alone: longer than any try, and writing down what came of it."""

LANE = "mail"
UNWANTED = "it was not sent: the invitation had ended, or the address takes none"


class Batch(NamedTuple):
    """Mails to be sent now."""

    taken: Sequence[Taken]
    more: bool
    """Whether others may wait."""


@dataclass(frozen=True, slots=True)
class _Taking:
    holder: str
    now: datetime
    rates: Rates


@dataclass(frozen=True, slots=True)
class _Settling:
    waiting: Waiting
    outcome: Outcome
    holder: str
    at: datetime
    again_at: datetime
    remind_at: datetime | None


class Posting:
    """The use cases of whoever sends mails."""

    def __init__(  # noqa: PLR0913  # the parts of a use case, each by its name
        self,
        read: Read,
        write: Write,
        *,
        now: Clock,
        dice: Dice,
        holder: str,
        rates: Rates,
        remind_after: timedelta | None = None,
    ) -> None:
        """Join the use cases to a store, a clock and dice.

        Args:
            read: Runs queries.
            write: Runs units of work.
            now: The clock.
            dice: Spreads mails that are tried again.
            holder: Names this process among those that could send.
            rates: How many mails go out.
            remind_after: When people are reminded, counted from the mail that invites them.
        """
        self._read = read
        self._write = write
        self._now = now
        self._dice = dice
        self._holder = holder
        self._rates = rates
        self._remind_after = remind_after

    async def take(self) -> Batch:
        """Take mails that are due; nobody else sends them before the lease ends."""
        asked = _Taking(self._holder, self._now(), self._rates)
        # A server with nothing to send writes nothing.
        if not await self._read(lambda store: store.outbox.due(now=asked.now)):
            return Batch((), more=False)
        return await self._write(_take, asked, lane=LANE)

    async def settle(self, taken: Taken, outcome: Outcome) -> Ending | None:
        """Write down what came of a mail; None where it is tried again, or was somebody else's."""
        now, remind = self._now(), self._remind_after
        asked = _Settling(
            taken.waiting,
            outcome,
            self._holder,
            now,
            again_at=now + wait(taken.waiting.tries, self._dice),
            remind_at=None if remind is None else now + remind,
        )
        return await self._write(_settle, asked, lane=LANE)


@one_by_one
def _take(store: Store, asked: _Taking) -> Batch:
    due = store.outbox.lock_due(now=asked.now, most=AT_A_TIME)
    letters = {one.id: store.invitations.letter(one.mail.invitation, now=asked.now) for one in due}
    unwanted = [one for one in due if letters[one.id] is None]
    store.outbox.drop(unwanted, at=asked.now)
    for one in unwanted:
        if one.mail.kind is Kind.INVITATION:
            store.invitations.bounced(one.mail.invitation, UNWANTED)
    wanted = [one for one in due if letters[one.id] is not None]
    admitted = store.outbox.admit(wanted, asked.rates, now=asked.now)
    until = asked.now + LEASE
    held = store.outbox.take(admitted, holder=asked.holder, until=until)
    taken = [Taken(one, letter) for one in held if (letter := letters[one.id]) is not None]
    return Batch(taken, more=len(due) == AT_A_TIME)


@one_by_one
def _settle(store: Store, asked: _Settling) -> Ending | None:
    # First the invitation and then the mail, as those who revoke it do.
    store.invitations.lock([asked.waiting.mail.invitation], now=asked.at)
    match asked.outcome:
        case Accepted():
            return _sent(store, asked)
        case Refused(said):
            return _failed(store, asked, said)
        case Deferred(said) if asked.waiting.tries >= MOST_TRIES:
            return _failed(store, asked, f"{said} (given up after {asked.waiting.tries} tries)")
        case Deferred():
            store.outbox.postpone(asked.waiting, holder=asked.holder, until=asked.again_at)
            return None
        case unreachable:
            assert_never(unreachable)


def _sent(store: Store, asked: _Settling) -> Ending | None:
    if not store.outbox.end(asked.waiting, Ending.SENT, holder=asked.holder, at=asked.at):
        return None
    mail = asked.waiting.mail
    store.invitations.mailed(mail.invitation, at=asked.at)
    if asked.remind_at:
        # Of one invitation only the first is kept.
        store.outbox.add([replace(mail, kind=Kind.REMINDER, due_at=asked.remind_at)])
    return Ending.SENT


def _failed(store: Store, asked: _Settling, said: str) -> Ending | None:
    if not store.outbox.end(asked.waiting, Ending.FAILED, holder=asked.holder, at=asked.at):
        return None
    # A reminder that fails takes nothing from the mail that arrived.
    if asked.waiting.mail.kind is Kind.INVITATION:
        store.invitations.bounced(asked.waiting.mail.invitation, said)
    return Ending.FAILED

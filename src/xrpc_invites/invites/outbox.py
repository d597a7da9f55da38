"""The outbox: mails that wait to be sent, written down together with what they are about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from xrpc_invites.invites.invitations import Letter
from xrpc_invites.invites.mail_rates import Counted, Group, Rates
from xrpc_invites.invites.old import Old

MOST_TRIES = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
GROWTH = 3
"""Waits grow so that the last of them is the longest; all together are some twelve hours."""

Dice = Callable[[], float]
"""Draws from 0 up to 1."""


class Kind(StrEnum):
    """What a mail is for."""

    INVITATION = "invitation"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to be sent; what it says is looked up when it is."""

    kind: Kind
    invitation: int
    sender: str
    """Whose mails are counted together: an operator's credentials, or a DID."""
    by_account: bool
    domain: str = field(repr=False)
    """The recipient's domain."""
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A mail in the outbox."""

    id: int
    mail: Mail
    tries: int
    """How often somebody took it to send it."""

    @property
    def groups(self) -> Sequence[Group]:
        """Those it counts in when it is sent: its sender's the first time alone."""
        by = Counted.ACCOUNT if self.mail.by_account else Counted.OPERATOR
        sender = [] if self.tries else [Group(by, self.mail.sender)]
        return [*sender, Group(Counted.DOMAIN, self.mail.domain)]


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that somebody took to send it."""

    waiting: Waiting
    """As it is now: the tries tell this time from every other."""
    letter: Letter


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the mail, and answers for it now."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server will never take this mail."""

    said: str
    """Why: printable, short, and without addresses."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """The mail could not be sent now."""

    said: str


Outcome = Accepted | Refused | Deferred


class Ending(StrEnum):
    """How a mail left the outbox."""

    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    """Nobody wanted it sent any more."""


class Outbox(Protocol):
    """Reading the outbox."""

    def due(self, *, now: datetime) -> bool:
        """Whether a mail waits that could be taken."""
        ...

    def ended(self, *, before: datetime, limit: int) -> Sequence[Old]:
        """At most `limit` that ended before, in that order, all of one group.

        Reminders are none of them: they stay, so that nobody is reminded twice.
        """
        ...


class OutboxBook(Outbox, Protocol):
    """Keeping mails inside one unit of work."""

    def add(self, mails: Sequence[Mail], /) -> None:
        """Keep mails to be sent. Of one invitation the second reminder is not kept."""
        ...

    def cancel(self, invitation: int, /) -> None:
        """Send nothing of what waits about an invitation."""
        ...

    def forget(self, ids: Sequence[str], /) -> None:
        """Remove mails that have ended."""
        ...

    def lock_due(self, *, now: datetime, most: int) -> Sequence[Waiting]:
        """Some of the mails that could be taken, oldest first; nobody else gets them meanwhile."""
        ...

    def drop(self, due: Sequence[Waiting], /, *, at: datetime) -> None:
        """Have done with locked mails that nobody wants sent any more."""
        ...

    def admit(self, due: Sequence[Waiting], rates: Rates, /, *, now: datetime) -> Sequence[Waiting]:
        """Count those that may go out; all that are like the others wait for their windows."""
        ...

    def take(self, due: Sequence[Waiting], /, *, holder: str, until: datetime) -> Sequence[Waiting]:
        """Keep locked mails for a holder until a moment; as they are then."""
        ...

    def end(self, taken: Waiting, ending: Ending, /, *, holder: str, at: datetime) -> bool:
        """Have done with a mail; False when the holder has it no more."""
        ...

    def postpone(self, taken: Waiting, /, *, holder: str, until: datetime) -> bool:
        """Give a mail back to be tried again later; False when the holder has it no more."""
        ...


def wait(tries: int, dice: Dice) -> timedelta:
    """How long a mail waits that was tried so often in vain.

    Up to a tenth longer than it need be: what failed together does not come back together.
    """
    growth: int = GROWTH ** (tries - 1)
    return min(FIRST_WAIT * growth, LONGEST_WAIT) * (1 + dice() / 10)

"""The outbox: mails that wait to be sent, written down together with what they are about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What a mail is for."""

    INVITATION = "invitation"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to be sent."""

    kind: Kind
    invitation: int
    sender: str
    """Whose mails are counted together: an operator's credentials, or a DID."""
    by_account: bool
    domain: str = field(repr=False)
    """The recipient's domain."""
    due_at: datetime


class Outbox(Protocol):
    """Keeping mails inside one unit of work."""

    def add(self, mails: Sequence[Mail], /) -> None: ...

    def cancel(self, invitation: int, /) -> None:
        """Send nothing of what waits about an invitation."""
        ...

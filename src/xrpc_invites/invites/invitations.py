"""Invitations: an invite code made for one person, where it stands, and who may have one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from xrpc_invites.invites.model import ADMIN, InviteCodeUse
from xrpc_invites.invites.status import Described, Status

MOST_USES = 100
"""Uses that the code of an invitation may have."""

_LOCAL = "local:"
_LINK = re.compile(r"://|www\.|\w\.\w{2,}|\w@\w", re.IGNORECASE)
"""What programs that show mails make a link of."""


class Delivery(StrEnum):
    """What became of the last mail."""

    DRAFT = "draft"
    """None was asked for."""
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class Standing(StrEnum):
    """Where an invitation stands."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class InvitationRefusal(StrEnum):
    """Why somebody is not invited, or an invitation not mailed."""

    INVALID_EMAIL = "invalid-email"
    INVALID_NAME = "invalid-name"
    INVALID_NOTE = "invalid-note"
    INVALID_LANGUAGE = "invalid-language"
    INACTIVE_TAG = "inactive-tag"
    ALREADY_INVITED = "already-invited"
    ALREADY_MEMBER = "already-member"
    OPTED_OUT = "opted-out"
    DUPLICATE_ROW = "duplicate-row"
    NO_CODE = "no-code"
    NOT_FOUND = "not-found"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"
    TOO_SOON = "too-soon"
    MAIL_OFF = "mail-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What is kept of an invitation besides its code."""

    id: int = 0
    """0 before it is stored."""
    key: str = field(repr=False)
    """The key of its code."""
    email: str = field(repr=False)
    """In normal form."""
    name: str | None = field(default=None, repr=False)
    language: str | None = None
    invited_by: str
    """`admin`, the name of a token, or the DID of an account."""
    credentials: str
    """What showed who it was, as in the audit log; of an account its DID."""
    generated_at: datetime
    delivery: Delivery = Delivery.DRAFT
    sent_at: datetime | None = None
    """When a mail server first took a mail."""
    last_sent_at: datetime | None = None
    send_count: int = 0
    failure: str | None = None

    @property
    def by_account(self) -> bool:
        """Whether an account invites, out of its own codes, and no operator."""
        return self.credentials == self.invited_by


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation, its code as it stands, and who joined first by it."""

    invitation: Invitation
    found: Described
    first_use: InviteCodeUse | None = None

    @property
    def standing(self) -> Standing:
        """The first that holds: used, revoked, expired, or what became of the last mail."""
        if self.found.code.use_count:
            return Standing.USED
        status = self.found.status
        if status in {Status.DISABLED, Status.OWNER_UNAVAILABLE}:
            return Standing.REVOKED
        if status is Status.EXPIRED:
            return Standing.EXPIRED
        return Standing(self.invitation.delivery.value)

    @property
    def live(self) -> bool:
        """Whether the person can still join by it, and has not."""
        return self.standing not in _ENDED


_ENDED = {Standing.USED, Standing.REVOKED, Standing.EXPIRED}
_WHY_ENDED = {
    Standing.USED: InvitationRefusal.USED,
    Standing.REVOKED: InvitationRefusal.REVOKED,
    Standing.EXPIRED: InvitationRefusal.EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitee:
    """What is known of an address that is to be invited."""

    member: bool = False
    """Whether an account here has it."""
    opted_out: bool = False
    invited: Sequence[Invited] = ()


NOBODY = Invitee()
"""Somebody of whom nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """All that a mail says: to whom, from whom, and how to join."""

    invitation: int
    email: str = field(repr=False)
    name: str | None = field(repr=False)
    language: str | None
    code: str = field(repr=False)
    inviter: str | None
    """The name of an operator's token, or an account's handle with an @; None for the server."""
    message: str | None = field(repr=False)
    """Plain text without links."""
    role: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFilter:
    """Which invitations are wanted; what is None does not matter."""

    standing: Standing | None = None
    text: str | None = field(default=None, repr=False)
    """Beginnings of words of the name or the address."""
    tag: str | None = None
    invited_by: str | None = None


def why_not_invited(known: Invitee, *, again: bool) -> InvitationRefusal | None:
    """Why an address is not invited. What expired or was revoked never stands in the way."""
    if known.member:
        return InvitationRefusal.ALREADY_MEMBER
    if known.opted_out:
        return InvitationRefusal.OPTED_OUT
    if again:
        return None
    standings = {one.standing for one in known.invited}
    if Standing.USED in standings:
        return InvitationRefusal.ALREADY_MEMBER
    return InvitationRefusal.ALREADY_INVITED if standings - _ENDED else None


def why_not_mailed(invited: Invited) -> InvitationRefusal | None:
    """Why no mail is sent about an invitation that has come to its end."""
    return _WHY_ENDED.get(invited.standing)


def link(origin: str, code: str) -> str:
    """The address of the page that shows a code; `origin` is how the world reaches this server."""
    return f"{origin}/i/{quote(code, safe='')}"


def linkless(text: str) -> bool:
    """Whether a text is plain: of one kind of characters that print, and nothing like a link."""
    return not _LINK.search(text) and all(c.isprintable() or c in "\n\t" for c in text)


def named(invited_by: str, handle: str | None) -> str | None:
    """How a mail names who invites."""
    if handle is not None:
        return f"@{handle}"
    own = invited_by == ADMIN or invited_by.startswith((_LOCAL, "did:"))
    return None if own else invited_by

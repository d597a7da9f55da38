"""Where a code stands: derived from its facts when asked, never stored."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from xrpc_invites.invites.domains import admitted
from xrpc_invites.invites.model import InviteCode


class Status(StrEnum):
    """Every status a code can have, the one that outranks the others first."""

    DISABLED = "disabled"
    EXPIRED = "expired"
    SCHEDULED = "scheduled"
    OWNER_UNAVAILABLE = "owner-unavailable"
    EXHAUSTED = "exhausted"
    ACTIVE = "active"


class Refusal(StrEnum):
    """Why a code cannot be spent. Told apart only to operators and in logs."""

    UNKNOWN = "unknown"
    DISABLED = "disabled"
    EXPIRED = "expired"
    SCHEDULED = "scheduled"
    OWNER_UNAVAILABLE = "owner-unavailable"
    EXHAUSTED = "exhausted"
    EMAIL_DOMAIN = "email-domain"
    EMAIL = "email"
    """It is made for another address."""


@dataclass(frozen=True, slots=True)
class Address:
    """An e-mail address that somebody gave."""

    email: str = field(repr=False)
    """In normal form, in which two are equal that are one."""
    domain: str | None
    """As lower-case A-labels."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Someone's wish to spend a use."""

    at: datetime
    email_domain: str | None = None
    """The domain of their e-mail address as A-labels, where they gave one."""
    email: str | None = field(default=None, repr=False)
    """The address in normal form, where they gave one."""

    @classmethod
    def by(cls, address: Address | None, at: datetime) -> "Attempt":
        """The wish of somebody who gave this address, or none."""
        return cls(at) if address is None else cls(at, address.domain, address.email)


@dataclass(frozen=True, slots=True)
class Described:
    """A code and where it stands."""

    code: InviteCode
    status: Status
    invitation: int | None = None
    """The id of the invitation that the code belongs to."""


def status(code: InviteCode, *, now: datetime, owner_available: bool) -> Status:
    """The first status that holds."""
    if code.disabled:
        return Status.DISABLED
    terms = code.terms
    if terms.expires_at is not None and terms.expires_at <= now:
        return Status.EXPIRED
    if terms.not_before is not None and now < terms.not_before:
        return Status.SCHEDULED
    if not owner_available:
        return Status.OWNER_UNAVAILABLE
    return Status.ACTIVE if code.open else Status.EXHAUSTED


def described(code: InviteCode, *, now: datetime, owner_available: bool) -> Described:
    """The code with its status."""
    return Described(code, status(code, now=now, owner_available=owner_available))


def refusal(found: Described | None, attempt: Attempt) -> Refusal | None:
    """Why a code, as it stands at the instant of the attempt, cannot be spent so."""
    if found is None:
        return Refusal.UNKNOWN
    if found.status is not Status.ACTIVE:
        return Refusal(found.status.value)
    if found.code.email not in {None, attempt.email}:
        return Refusal.EMAIL
    fits = admitted(attempt.email_domain, found.code.terms.email_domains)
    return None if fits else Refusal.EMAIL_DOMAIN

"""People to invite, and why somebody is not invited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xrpc_invites.invites.audit import Author
from xrpc_invites.invites.invitations import (
    NOBODY,
    InvitationRefusal,
    Invitee,
    linkless,
    why_not_invited,
)
from xrpc_invites.invites.ports import ReadStore, Store
from xrpc_invites.invites.tags import Tag, fit_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to invite."""

    email: str | None = field(repr=False)
    """In normal form; None for what is no address that an account can have."""
    name: str | None = field(default=None, repr=False)
    role: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    known_language: bool = True
    """Whether the language is written as one."""
    note: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guests:
    """People to invite, and how."""

    people: Sequence[Person]
    available: int = 1
    """Uses of each code."""
    expires_at: datetime | None = None
    send: bool = True
    again: bool = False
    """Also those who have an invitation that is still good, or joined by one."""


@dataclass(frozen=True, slots=True)
class Inviter:
    """Who invites: an operator, or an account out of its own codes."""

    name: str
    credentials: str
    author: Author | None
    """Of an operator, as the audit log has it."""


def judged(
    store: Store | ReadStore, guests: Guests, at: datetime
) -> list[InvitationRefusal | None]:
    """Why each person is not invited; None where nothing is in the way."""
    people = guests.people
    emails = [person.email for person in people if person.email is not None]
    known = store.invitations.known(emails, now=at)
    tags = store.tags.named([*{tag for person in people for tag in person.tags}])
    seen: set[str] = set()
    found: list[InvitationRefusal | None] = []
    for person in people:
        refused = _unfit(person, tags) or _unwanted(person, seen, known, again=guests.again)
        found.append(refused)
        if refused is None and person.email is not None:
            seen.add(person.email)
    return found


def _unfit(person: Person, tags: Mapping[str, Tag]) -> InvitationRefusal | None:
    """What is wrong with the row itself."""
    if person.email is None:
        return InvitationRefusal.INVALID_EMAIL
    if person.name is not None and not (fit_name(person.name) and linkless(person.name)):
        return InvitationRefusal.INVALID_NAME
    if person.note is not None and not linkless(person.note):
        return InvitationRefusal.INVALID_NOTE
    if not person.known_language:
        return InvitationRefusal.INVALID_LANGUAGE
    known = (tags.get(tag) for tag in person.tags)
    if any(tag and not tag.active and not tag.deleted_at for tag in known):
        return InvitationRefusal.INACTIVE_TAG
    return None


def _unwanted(
    person: Person, seen: set[str], known: Mapping[str, Invitee], *, again: bool
) -> InvitationRefusal | None:
    email = person.email or ""
    if email in seen:
        return InvitationRefusal.DUPLICATE_ROW
    return why_not_invited(known.get(email, NOBODY), again=again)

"""Inviting people: who gets an invitation and who does not, and the codes that they are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from xrpc_invites.invites.audit import Change, entries
from xrpc_invites.invites.codes import DRAWS
from xrpc_invites.invites.guests import Guests, Inviter, Person, judged
from xrpc_invites.invites.invitations import (
    Delivery,
    Invitation,
    InvitationRefusal,
    Invited,
)
from xrpc_invites.invites.making import new_code_of
from xrpc_invites.invites.model import InviteCode, Terms
from xrpc_invites.invites.outbox import Kind, Mail
from xrpc_invites.invites.ports import (
    Clock,
    CodeTakenError,
    Draw,
    Read,
    ReadStore,
    Store,
    Write,
    one_by_one,
)
from xrpc_invites.invites.tags import Tag

LANE = "invitations"
"""Rivals for one address queue here rather than on a row of the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inviting:
    guests: Guests
    by: Inviter
    at: datetime
    bind: bool
    mails: bool
    texts: Sequence[str] = field(default=(), repr=False)


Outcome = Invited | InvitationRefusal | None
"""What became of a person; None where a dry run finds nothing in the way."""


class Inviting:
    """The use cases of making invitations."""

    def __init__(  # noqa: PLR0913  # the parts of a use case, each by its name
        self, read: Read, write: Write, *, now: Clock, draw: Draw, bind: bool, mails: bool
    ) -> None:
        """Join the use cases to a store, a clock and dice.

        Args:
            read: Runs queries.
            write: Runs units of work.
            now: The clock.
            draw: Makes the texts of codes.
            bind: Whether a code may be used with the address alone to which it was sent.
            mails: Whether there is a way to send mails.
        """
        self._read = read
        self._write = write
        self.now = now
        self._draw = draw
        self._bind = bind
        self._mails = mails

    async def invite(self, guests: Guests, *, by: Inviter) -> Sequence[Outcome]:
        """Invite people, each by a code of their own; what became of each, in their order."""
        unit: Callable[[Store, Sequence[_Inviting]], Sequence[Sequence[Outcome]]]
        unit = _invite if by.author else _invite_from_own
        for _ in range(DRAWS):
            texts = [self._draw() for _ in guests.people] if by.author else ()
            asked = replace(self._asked(guests, by), texts=texts)
            try:
                return await self._write(unit, asked, lane=LANE)
            except CodeTakenError:
                continue
        raise CodeTakenError

    async def would_invite(self, guests: Guests, *, by: Inviter) -> Sequence[Outcome]:
        """What would become of each now, if they were invited."""
        asked = self._asked(guests, by)

        def query(store: ReadStore) -> Sequence[Outcome]:
            found = judged(store, asked.guests, asked.at)
            return found if by.author else _with_codes(found, _own(store, by.name))

        return await self._read(query)

    def _asked(self, guests: Guests, by: Inviter) -> _Inviting:
        return _Inviting(guests=guests, by=by, at=self.now(), bind=self._bind, mails=self._mails)


@one_by_one
def _invite(store: Store, asked: _Inviting) -> Sequence[Outcome]:
    """Make a code for everyone whom nothing is in the way of."""
    _lock(store, asked)
    refusals = judged(store, asked.guests, asked.at)
    codes = {
        place: _code(person, asked, text)
        for place, (person, text) in enumerate(zip(asked.guests.people, asked.texts, strict=True))
        if refusals[place] is None
    }
    store.codes.add([*codes.values()])
    return _made(store, asked, refusals, codes)


@one_by_one
def _invite_from_own(store: Store, asked: _Inviting) -> Sequence[Outcome]:
    """Give a code of the account's own to everyone, as long as there are some."""
    did = asked.by.name
    if store.codes.lock_owner(did) is None:
        return [InvitationRefusal.NO_CODE for _ in asked.guests.people]
    _lock(store, asked)
    # Somebody may use a code at this very moment: those that are locked are looked at again.
    own = [code for code in store.codes.lock_keys(_own(store, did)).values() if _fresh(code)]
    own.sort(key=lambda code: (code.created_at, code.code))
    refusals = _with_codes(judged(store, asked.guests, asked.at), own)
    wanted = [place for place, refused in enumerate(refusals) if refused is None]
    codes = {
        place: _given(code, asked.guests.people[place], asked)
        for place, code in zip(wanted, own, strict=False)
    }
    for code in codes.values():
        store.codes.amend(code)
    return _made(store, asked, refusals, codes)


def _lock(store: Store, asked: _Inviting) -> None:
    store.invitations.lock_invitees([*{p.email for p in asked.guests.people if p.email}])


def _own(store: Store | ReadStore, did: str) -> Sequence[str]:
    """Keys of the codes that an account could give to one person each."""
    own = [code.key for code in store.codes.owned_by([did]) if _fresh(code)]
    given = store.invitations.given(own)
    return [key for key in own if key not in given]


def _fresh(code: InviteCode) -> bool:
    return code.open and code.available == 1 and code.email is None


def _with_codes(
    refusals: Sequence[InvitationRefusal | None], own: Sequence[object]
) -> list[InvitationRefusal | None]:
    """The same, once there are no codes for those who come last."""
    left = len(own)
    decided: list[InvitationRefusal | None] = []
    for refused in refusals:
        out = refused is None and left == 0
        left -= refused is None and left > 0
        decided.append(InvitationRefusal.NO_CODE if out else refused)
    return decided


def _code(person: Person, asked: _Inviting, text: str) -> InviteCode:
    guests = asked.guests
    terms = Terms(
        expires_at=guests.expires_at, note=person.note, role=person.role, tags=person.tags
    )
    made = new_code_of(text, available=guests.available, at=asked.at, terms=terms)
    return made._replace(email=person.email if asked.bind else None)


def _given(code: InviteCode, person: Person, asked: _Inviting) -> InviteCode:
    note = code.terms.note if person.note is None else person.note
    bound = person.email if asked.bind else None
    return code._replace(email=bound, terms=replace(code.terms, note=note))


def _made(
    store: Store,
    asked: _Inviting,
    refusals: Sequence[InvitationRefusal | None],
    codes: Mapping[int, InviteCode],
) -> Sequence[Outcome]:
    """Write down invitations for codes, by the places of the people whom they are for."""
    people, send = asked.guests.people, asked.guests.send and asked.mails
    delivery = Delivery.QUEUED if send else Delivery.DRAFT
    new = [
        Invitation(
            key=code.key,
            email=people[place].email or "",
            name=people[place].name,
            language=people[place].language,
            invited_by=asked.by.name,
            credentials=asked.by.credentials,
            generated_at=asked.at,
            delivery=delivery,
        )
        for place, code in codes.items()
    ]
    ids = store.invitations.add(new)
    if send:
        store.outbox.add([mail(replace(one, id=ids[one.key]), at=asked.at) for one in new])
    _know(store, {tag for place in codes for tag in people[place].tags}, asked.at)
    if asked.by.author is not None:
        done = [
            Change(subject=code.code, detail={"invitation": ids[code.key], "send": send})
            for code in codes.values()
        ]
        store.audit.add(entries(asked.by.author, asked.at, done))
    here = store.invitations.of([*ids.values()], now=asked.at)
    return [
        here[ids[codes[place].key]] if place in codes else refused
        for place, refused in enumerate(refusals)
    ]


def mail(invitation: Invitation, *, at: datetime) -> Mail:
    """The mail that tells a person of an invitation."""
    return Mail(
        kind=Kind.INVITATION,
        invitation=invitation.id,
        sender=invitation.credentials,
        by_account=invitation.by_account,
        domain=invitation.email.rpartition("@")[2],
        due_at=at,
    )


def _know(store: Store, names: set[str], at: datetime) -> None:
    """Make the tags that nobody described yet."""
    here = store.tags.named([*names])
    for name in sorted(names):
        if name not in here or here[name].deleted_at:
            store.tags.add(Tag(name=name, created_at=at))

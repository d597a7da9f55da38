"""What is done with invitations that are there: mailed, revoked, looked at, opted out of."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from xrpc_invites.invites.audit import Author, Change, entries
from xrpc_invites.invites.invitations import (
    Delivery,
    InvitationFilter,
    InvitationRefusal,
    Invited,
    named,
    why_not_mailed,
)
from xrpc_invites.invites.inviting import LANE, mail
from xrpc_invites.invites.model import InviteCodeUse
from xrpc_invites.invites.ports import Clock, Read, ReadStore, Store, Write, one_by_one
from xrpc_invites.invites.status import Described
from xrpc_invites.invites.switching import Switch
from xrpc_invites.invites.tags import Tag

_MAC_BYTES = 18


@dataclass(frozen=True, slots=True)
class Looked:
    """What a code leads to, for programs that know personal invitations alone."""

    found: Described
    invited: Invited | None
    """None for a code that belongs to no invitation."""
    inviter: str | None
    """The handle of the account that invites or owns the code, where one does."""
    tags: Mapping[str, Tag]
    """What is known of the tags of the code, by their names."""
    first_use: InviteCodeUse | None

    @property
    def named(self) -> str | None:
        """How people call who invites: an operator by name, an account as @handle."""
        return named(self.invited.invitation.invited_by, self.inviter) if self.invited else None


@dataclass(frozen=True, slots=True)
class _Sending:
    ids: Sequence[int]
    by: Author
    at: datetime
    not_since: datetime


@dataclass(frozen=True, slots=True)
class _Revocation:
    id: int
    reason: str | None
    by: Author
    at: datetime


@dataclass(frozen=True, slots=True)
class _OptOut:
    email: str = field(repr=False)
    at: datetime


Answer = Invited | InvitationRefusal
"""What became of an invitation."""


class Invitations:
    """The use cases of invitations that are there."""

    def __init__(  # noqa: PLR0913  # the parts of a use case, each by its name
        self,
        read: Read,
        write: Write,
        *,
        now: Clock,
        key: bytes,
        mails: bool,
        cool_down: timedelta,
    ) -> None:
        """Join the use cases to a store and a clock.

        Args:
            read: Runs queries.
            write: Runs units of work.
            now: The clock.
            key: Makes the tokens by which people opt out.
            mails: Whether there is a way to send mails.
            cool_down: How long after a mail the same person is sent none.
        """
        self._read = read
        self._write = write
        self._now = now
        self._key = hmac.digest(key, b"opting out", "sha256")
        self._mails = mails
        self._cool_down = cool_down

    async def find(self, id_: int) -> Invited | None:
        """The invitation as it stands."""
        now = self._now()
        return await self._read(lambda store: store.invitations.find(id_, now=now))

    async def page(
        self, wanted: InvitationFilter, *, before: int | None, limit: int
    ) -> Sequence[Invited]:
        """Some of the invitations that are wanted, newest first, behind one."""
        now = self._now()
        # What few are like is looked for among many.
        return await self._read(
            lambda store: store.invitations.page(wanted, before=before, limit=limit, now=now),
            scan=True,
        )

    async def look_up(self, text: str) -> Looked | None:
        """What a code leads to; the same statements run whatever is there."""
        now = self._now()

        def query(store: ReadStore) -> Looked | None:
            found = store.codes.described(text, now=now)
            key = "" if found is None else found.code.key
            invited = store.invitations.of_code(key, now=now)
            inviter = _inviter(found, invited)
            tags = store.tags.named([] if found is None else found.code.terms.tags)
            handle = store.tallies.handles([inviter]).get(inviter)
            use = store.codes.first_use(key)
            return None if found is None else Looked(found, invited, handle, tags, use)

        return await self._read(query)

    async def send(self, ids: Sequence[int], *, by: Author) -> Sequence[Answer]:
        """Queue a mail about each, unless something speaks against it."""
        if not self._mails:
            return [InvitationRefusal.MAIL_OFF for _ in ids]
        now = self._now()
        asked = _Sending(ids, by, now, now - self._cool_down)
        return await self._write(_send, asked, lane=LANE)

    async def revoke(self, id_: int, *, reason: str | None, by: Author) -> Invited | None:
        """Disable the code of an invitation, and send nothing about it. None: unknown."""
        return await self._write(_revoke, _Revocation(id_, reason, by, self._now()), lane=LANE)

    def token(self, id_: int, email: str) -> str:
        """What a mail to this address says so that its reader can opt out."""
        mac = hmac.digest(self._key, f"{id_} {email}".encode(), "sha256")[:_MAC_BYTES]
        return f"{id_}.{urlsafe_b64encode(mac).decode()}"

    async def opts_out(self, token: str) -> bool:
        """Whether a token is one that a mail has. Nothing is changed."""
        return await self._address(token) is not None

    async def opt_out(self, token: str) -> bool:
        """Send nothing more to the address of a mail; False for a token that no mail has."""
        email = await self._address(token)
        if email is None:
            return False
        await self._write(_opt_out, _OptOut(email, self._now()), lane=LANE)
        return True

    async def _address(self, token: str) -> str | None:
        id_ = _number(token.partition(".")[0])
        found = await self.find(id_)
        email = "" if found is None else found.invitation.email
        genuine = hmac.compare_digest(self.token(id_, email).encode(), token.encode())
        return email if genuine and found is not None else None


def _inviter(found: Described | None, invited: Invited | None) -> str:
    """Who invites by a code: whoever made an invitation of it, else its owner."""
    if invited is not None:
        return invited.invitation.invited_by
    return "" if found is None else found.code.for_account


def _number(text: str) -> int:
    """An id as a token has it; one that nothing has for what is none."""
    fits = text.isascii() and text.isdecimal() and len(text) < len(str(2**53))
    return int(text) if fits else 0


@one_by_one
def _send(store: Store, asked: _Sending) -> Sequence[Answer]:
    here = store.invitations.lock(asked.ids, now=asked.at)
    emails = [one.invitation.email for one in here.values()]
    known = store.invitations.known(emails, now=asked.at)
    opted_out = {email for email, one in known.items() if one.opted_out}
    judged = {id_: _judged(here.get(id_), opted_out, asked) for id_ in dict.fromkeys(asked.ids)}
    new = [
        one.invitation
        for id_, one in here.items()
        if judged[id_] is None and one.invitation.delivery is not Delivery.QUEUED
    ]
    store.outbox.add([mail(one, at=asked.at) for one in new])
    store.invitations.queued([one.id for one in new])
    codes = {one.invitation.id: one.found.code.code for one in here.values()}
    done = [Change(subject=codes[one.id], detail={"invitation": one.id}) for one in new]
    store.audit.add(entries(asked.by, asked.at, done))
    now = store.invitations.of(asked.ids, now=asked.at)
    return [judged[id_] or now[id_] for id_ in asked.ids]


def _judged(
    found: Invited | None, opted_out: set[str], asked: _Sending
) -> InvitationRefusal | None:
    if found is None:
        return InvitationRefusal.NOT_FOUND
    ended = why_not_mailed(found)
    if ended:
        return ended
    if found.invitation.email in opted_out:
        return InvitationRefusal.OPTED_OUT
    last = found.invitation.last_sent_at
    recent = last is not None and last > asked.not_since
    return InvitationRefusal.TOO_SOON if recent else None


@one_by_one
def _revoke(store: Store, asked: _Revocation) -> Invited | None:
    found = store.invitations.lock([asked.id], now=asked.at).get(asked.id)
    if found is None:
        return None
    code = found.found.code.code
    switch = Switch(disabled=True, texts=[code], owners=[], at=asked.at, reason=asked.reason)
    if store.codes.switch(switch).count:
        store.outbox.cancel(asked.id)
        store.invitations.unqueued(asked.id)
        change = Change(subject=code, reason=asked.reason, detail={"invitation": asked.id})
        store.audit.add(entries(asked.by, asked.at, [change]))
    return store.invitations.find(asked.id, now=asked.at)


@one_by_one
def _opt_out(store: Store, asked: _OptOut) -> None:
    store.invitations.opt_out(asked.email, at=asked.at)

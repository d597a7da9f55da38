"""What operators do to accounts, and what anyone may ask of handles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from xrpc_invites.accounts.emails import normal_email
from xrpc_invites.accounts.handles import HandleRules, Suggestion, normal, refusal, suggestions
from xrpc_invites.accounts.model import Account, Standing
from xrpc_invites.accounts.ports import ReadStore, Store, World
from xrpc_invites.invites.audit import Author, Change, entries
from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.proofs import Consumed
from xrpc_invites.invites.proving import once

Place = tuple[datetime, str]
"""Where an account stands in a list: when it was made, and its DID."""


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as operators see it, with the codes that brought it and that it may hand out."""

    account: Account
    invited_by: InviteCode | None
    invites: Sequence[InviteCode]


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a handle can be had, and others that can if it cannot."""

    handle: str
    available: bool
    suggestions: Sequence[Suggestion] = ()


@dataclass(frozen=True, slots=True)
class Takedown:
    """A takedown, or its end; and the case that it belongs to."""

    applied: bool
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An operator's change to an account."""

    did: str
    at: datetime
    by: Author


@dataclass(frozen=True, slots=True, kw_only=True)
class _Switch(_Asked):
    disabled: bool
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Status(_Asked):
    takedown: Takedown | None
    deactivated: bool | None


class Directory:
    """The use cases of accounts, sign-up and sessions aside."""

    def __init__(self, world: World, rules: HandleRules) -> None:
        self._world = world
        self._rules = rules

    async def account(self, did: str) -> Account | None:
        """The account, also a deleted one."""
        return await self._world.read(lambda store: store.accounts.by_did(did))

    async def by_handle(self, handle: str) -> Account | None:
        """The account of a handle, also a deleted one."""
        return await self._world.read(lambda store: store.accounts.by_handle(normal(handle)))

    async def profiles(self, dids: Sequence[str]) -> Sequence[Profile]:
        """Those of the accounts that are here, in the order asked."""
        return await self._world.read(
            lambda store: _profiles(store, _existing(store.accounts.by_dids(dids)))
        )

    async def search(self, email: str, *, after: Place | None, limit: int) -> Sequence[Profile]:
        """Accounts whose e-mail contains the text, newest first."""
        return await self._world.read(
            lambda store: _profiles(
                store, store.accounts.search(email.lower(), after=after, limit=limit)
            ),
            scan=True,
        )

    async def availability(self, handle: str, email: str | None) -> Availability:
        """Whether `handle` can be had here, with free ones like it if not."""
        wanted = normal(handle)
        others = suggestions(wanted, self._rules, email=email)
        asked = [wanted, *(other.handle for other in others)]
        taken = await self._world.read(lambda store: store.accounts.handles_taken(asked))
        if wanted not in taken and refusal(wanted, self._rules) is None:
            return Availability(wanted, available=True)
        free = [other for other in others if other.handle not in taken]
        return Availability(wanted, available=False, suggestions=free)

    async def switch_invites(
        self, did: str, *, disabled: bool, note: str | None, by: Author
    ) -> Consumed | None:
        """Let an account invite, or no longer; unknown accounts are no error."""
        now = self._world.now()
        asked = _Switch(did=did, at=now, by=by, disabled=disabled, note=note)
        return await self._world.write(_switch, asked, lane=did)

    async def set_status(
        self, did: str, *, takedown: Takedown | None, deactivated: bool | None, by: Author
    ) -> Consumed | None:
        """Take an account down, put it to sleep, or undo either; what is None stays."""
        now = self._world.now()
        asked = _Status(did=did, at=now, by=by, takedown=takedown, deactivated=deactivated)
        return await self._world.write(_set_status, asked, lane=did)

    async def delete(self, did: str, *, by: Author) -> None:
        """Erase an account; its handle stays taken."""
        await self._world.write(_delete, _Asked(did=did, at=self._world.now(), by=by), lane=did)


def supported_email(email: str) -> bool:
    """Whether an account may have this e-mail address."""
    return normal_email(email) is not None


def _existing(accounts: Sequence[Account]) -> Sequence[Account]:
    return [account for account in accounts if account.standing is not Standing.DELETED]


def _profiles(store: ReadStore, accounts: Sequence[Account]) -> Sequence[Profile]:
    dids = [account.did for account in accounts]
    joined = store.codes.joined_with(dids)
    owned = _by_owner(store.codes.owned_by(dids))
    return [Profile(a, joined.get(a.did), owned.get(a.did, ())) for a in accounts]


def _by_owner(codes: Sequence[InviteCode]) -> Mapping[str, Sequence[InviteCode]]:
    ordered = sorted(codes, key=lambda code: code.for_account)
    return {
        owner: tuple(group) for owner, group in groupby(ordered, key=lambda code: code.for_account)
    }


@one_by_one
@once
def _switch(store: Store, asked: _Switch) -> None:
    before = _lock(store, asked)
    if before is None:
        return
    note = before.invite_note if asked.note is None else asked.note
    after = replace(before, invites_disabled=asked.disabled, invite_note=note)
    if after == before:
        return
    store.accounts.set_invites(asked.did, disabled=asked.disabled, note=asked.note)
    _write_down(store, asked, _differences(before, after), reason=asked.note)


@one_by_one
@once
def _set_status(store: Store, asked: _Status) -> None:
    before = _lock(store, asked)
    if before is None:
        return
    after, takedown = before, asked.takedown
    if takedown is not None:
        at = asked.at if takedown.applied else None
        after = replace(after, taken_down_at=at, takedown_ref=takedown.ref)
    if asked.deactivated is not None:
        after = replace(after, deactivated_at=asked.at if asked.deactivated else None)
    if after == before:
        return
    store.accounts.set_takedown(asked.did, at=after.taken_down_at, ref=after.takedown_ref)
    store.accounts.set_deactivated(asked.did, at=after.deactivated_at)
    reason = takedown.ref if takedown else None
    _write_down(store, asked, _differences(before, after), reason=reason)


@one_by_one
def _delete(store: Store, asked: _Asked) -> None:
    before = _lock(store, asked)
    if before is None:
        return
    store.accounts.delete(asked.did, at=asked.at)
    was = {name: value for name, value in _said(before).items() if value is not None}
    _write_down(store, asked, {"handle": before.handle} | was)


def _lock(store: Store, asked: _Asked) -> Account | None:
    """The account as it is before the change, if it is still here."""
    account = store.accounts.lock(asked.did)
    return None if account is None or account.standing is Standing.DELETED else account


def _differences(before: Account, after: Account) -> dict[str, object]:
    """What a change makes of an account: `{name: {from, to}}`."""
    old, new = _said(before), _said(after)
    return {name: {"from": old[name], "to": new[name]} for name in old if old[name] != new[name]}


def _said(account: Account) -> dict[str, object]:
    """What the log tells of an account; people's addresses stay out of it."""
    return {
        "invitesDisabled": account.invites_disabled,
        "inviteNote": account.invite_note,
        "takedown": account.taken_down_at is not None,
        "takedownRef": account.takedown_ref,
        "deactivated": account.deactivated_at is not None,
    }


def _write_down(
    store: Store, asked: _Asked, detail: Mapping[str, object], *, reason: str | None = None
) -> None:
    change = Change(subject=asked.did, reason=reason, detail=detail)
    store.audit.add(entries(asked.by, asked.at, [change]))

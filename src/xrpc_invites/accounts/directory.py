"""What operators do to accounts, and what anyone may ask of handles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from xrpc_invites.accounts.emails import normal_email
from xrpc_invites.accounts.handles import HandleRules, Suggestion, normal, refusal, suggestions
from xrpc_invites.accounts.model import Account, Standing
from xrpc_invites.accounts.ports import ReadStore, Store, World
from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.ports import one_by_one

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
class Switch:
    """A change to whether an account may invite."""

    did: str
    disabled: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class Takedown:
    """A takedown, or its end where `at` is None."""

    did: str
    at: datetime | None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """A DID and when something happens to it; None undoes it."""

    did: str
    at: datetime | None


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

    async def switch_invites(self, did: str, *, disabled: bool, note: str | None) -> None:
        """Let an account invite, or no longer; unknown accounts are no error."""
        await self._world.write(_switch, Switch(did, disabled, note), lane=did)

    async def take_down(self, did: str, *, applied: bool, ref: str | None) -> None:
        """Take an account down, or put it back."""
        await self._world.write(_take_down, Takedown(did, self._when(applied), ref), lane=did)

    async def deactivate(self, did: str, *, applied: bool) -> None:
        """Put an account to sleep, or wake it."""
        await self._world.write(_deactivate, Dated(did, self._when(applied)), lane=did)

    async def delete(self, did: str) -> None:
        """Erase an account; its handle stays taken."""
        await self._world.write(_delete, Dated(did, self._world.now()), lane=did)

    def _when(self, applied: bool) -> datetime | None:  # noqa: FBT001  # the Lexicon's own flag
        return self._world.now() if applied else None


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
def _switch(store: Store, asked: Switch) -> None:
    store.accounts.set_invites(asked.did, disabled=asked.disabled, note=asked.note)


@one_by_one
def _take_down(store: Store, asked: Takedown) -> None:
    store.accounts.set_takedown(asked.did, at=asked.at, ref=asked.ref)


@one_by_one
def _deactivate(store: Store, asked: Dated) -> None:
    store.accounts.set_deactivated(asked.did, at=asked.at)


@one_by_one
def _delete(store: Store, asked: Dated) -> None:
    if asked.at is not None:
        store.accounts.delete(asked.did, at=asked.at)

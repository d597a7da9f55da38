"""What people do with invite codes: create, show, list, disable, and be given what is earned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from xrpc_invites.invites.allowance import Earning, to_create
from xrpc_invites.invites.audit import Author, Change, Entry, entries
from xrpc_invites.invites.listing import ListedCode, Page, listed, page_of
from xrpc_invites.invites.model import ADMIN, PLAIN, InviteCode, Owner, Terms
from xrpc_invites.invites.paging import Position, Sort
from xrpc_invites.invites.ports import (
    Clock,
    CodeTakenError,
    Draw,
    Read,
    Store,
    Write,
    one_by_one,
)
from xrpc_invites.invites.terms import said
from xrpc_invites.invites.text import exact_key, fold

MAX_BATCH = 10_000
"""Codes that one request may create."""

DRAWS = 5
"""Times that new texts are drawn when one is taken; a second time is rare enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Codes to make."""

    available: int
    """Uses of each."""
    owners: Sequence[str] = (ADMIN,)
    each: int = 1
    """How many for every owner."""
    terms: Terms = PLAIN


@dataclass(frozen=True, slots=True)
class _Creation:
    by: Author
    codes: Sequence[InviteCode]


@dataclass(frozen=True, slots=True)
class _Earned:
    """What an account may be given: all that a unit of work needs of clock and dice."""

    did: str
    now: datetime
    earning: Earning
    texts: Sequence[str]


class InviteCodes:
    """The use cases of codes, joined to a store, a clock and dice."""

    def __init__(
        self, read: Read, write: Write, *, now: Clock, draw: Draw, earning: Earning | None
    ) -> None:
        """`earning` is None where accounts earn no codes."""
        self._read = read
        self._write = write
        self._now = now
        self._draw = draw
        self._earning = earning

    async def create(self, order: Order, *, by: Author) -> Sequence[InviteCode]:
        """Make codes for every owner, in their order; all or none."""
        now = self._now()
        for _ in range(DRAWS):
            codes = [
                _new(text, owner, order, now)
                for owner in order.owners
                for text in self._draws(order.each)
            ]
            creation = _Creation(by, codes)
            try:
                await self._write(_add, creation, lane=codes[0].key if codes else "")
            except CodeTakenError:
                continue
            return codes
        raise CodeTakenError

    async def create_named(self, text: str, order: Order, *, by: Author) -> InviteCode | None:
        """Make the one code of this text; None when the text, or one that reads alike, is taken."""
        code = _new(text, order.owners[0], order, self._now())
        try:
            taken = await self._write(_add_named, _Creation(by, [code]), lane=code.key)
        except CodeTakenError:
            return None
        return None if taken else code

    async def show(self, text: str) -> InviteCode | None:
        """The code that this input means, with its newest uses."""
        return await self._read(lambda store: store.codes.show(text))

    async def page(self, sort: Sort, *, after: Position | None, limit: int) -> Page:
        """Some codes of everyone's, behind a position."""
        codes = await self._read(lambda store: store.listing.page(sort, after=after, limit=limit))
        return page_of(codes, sort)

    async def owned(
        self, did: str, *, include_used: bool, create_available: bool
    ) -> Sequence[ListedCode]:
        """An account's codes, oldest first, once it has been given what it earned."""
        codes = await self._read(lambda store: store.listing.owned_by(did))
        if create_available and self._earning:
            codes = await self._given(did, codes, self._earning)
        return [
            code
            for code in codes
            if not code.disabled and (include_used or code.use_count < code.available)
        ]

    async def _given(
        self, did: str, codes: Sequence[ListedCode], earning: Earning
    ) -> Sequence[ListedCode]:
        now = self._now()
        owner = await self._read(lambda store: store.codes.owner(did))
        # Nearly always nothing is owed, and then nothing need be written.
        if owner is None or not to_create(owner, codes, now=now, earning=earning):
            return codes
        for _ in range(DRAWS):
            asked = _Earned(did, now, earning, self._draws(earning.max_open))
            try:
                given = await self._write(_give, asked, lane=did)
            except CodeTakenError:
                continue
            return [listed(code) for code in given]
        raise CodeTakenError

    def _draws(self, count: int) -> Sequence[str]:
        return [self._draw() for _ in range(count)]


def _key(text: str) -> str:
    return fold(text) or exact_key(text)


def new_code_of(text: str, *, available: int, at: datetime, terms: Terms) -> InviteCode:
    """A new code of the operators' own with this text."""
    return InviteCode(key=_key(text), code=text, available=available, created_at=at, terms=terms)


def _new(text: str, owner: str, order: Order, now: datetime) -> InviteCode:
    made = new_code_of(text, available=order.available, at=now, terms=order.terms)
    return replace(made, for_account=owner)


def _add(store: Store, creations: Sequence[_Creation]) -> Sequence[None]:
    """Store the codes of many requests in one statement."""
    store.codes.add([code for creation in creations for code in creation.codes])
    store.audit.add([entry for creation in creations for entry in _entries(creation)])
    return [None] * len(creations)


@one_by_one
def _add_named(store: Store, creation: _Creation) -> bool:
    """True, and nothing written, when somebody who types this text would mean another code."""
    [code] = creation.codes
    if store.codes.find(code.code) is not None:
        return True
    _add(store, [creation])
    return False


def _entries(creation: _Creation) -> Sequence[Entry]:
    made = [Change(subject=code.code, detail=said(code)) for code in creation.codes]
    return entries(creation.by, creation.codes[0].created_at, made) if made else []


@one_by_one
def _give(store: Store, earned: _Earned) -> Sequence[InviteCode]:
    """Create what is owed, unless a rival call has just done so; either way list all."""
    owner = store.codes.lock_owner(earned.did)
    codes = store.codes.owned_by([earned.did])
    if owner is None:
        return codes
    owed = to_create(owner, codes, now=earned.now, earning=earned.earning)
    new = [_earned_code(text, owner, earned.now) for text in earned.texts[:owed]]
    store.codes.add(new)
    if not owner.invites_disabled:
        store.tree.hold([code.key for code in new], [freeze.batch for freeze in owner.freezes])
    # In the order of every later list, so that rivals are told the same.
    return sorted([*codes, *new], key=lambda code: (code.created_at, code.code))


def _earned_code(text: str, owner: Owner, now: datetime) -> InviteCode:
    frozen = owner.freezes and not owner.invites_disabled
    return InviteCode(
        key=_key(text),
        code=text,
        available=1,
        for_account=owner.did,
        created_by=owner.did,
        created_at=now,
        # Created all the same, so that they count as spent: nothing is saved up.
        disabled=owner.invites_disabled or bool(owner.freezes),
        disabled_at=now if frozen else None,
        disabled_reason=owner.freezes[0].reason if frozen else None,
    )

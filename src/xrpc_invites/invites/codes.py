"""What people do with invite codes: create, show, list, disable, and be given what is earned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xrpc_invites.invites.allowance import Earning, to_create
from xrpc_invites.invites.audit import Author
from xrpc_invites.invites.listing import ListedCode, Page, listed, page_of
from xrpc_invites.invites.making import Made, Order, key_of, made
from xrpc_invites.invites.model import InviteCode, Owner
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

MAX_BATCH = 10_000
"""Codes that one request may create."""

FEW = 10
"""Codes that are stored in a moment."""

DRAWS = 5
"""Times that new texts are drawn when one is taken; a second time is rare enough."""


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
            new = made(order, self._draw, at=now, by=by)
            lane, brief = new.codes[0].key if new.codes else "", len(new.codes) <= FEW
            try:
                await self._write(_add, new, lane=lane, brief=brief)
            except CodeTakenError:
                continue
            return new.codes
        raise CodeTakenError

    async def create_named(self, text: str, order: Order, *, by: Author) -> InviteCode | None:
        """Make the one code of this text; None when the text, or one that reads alike, is taken."""
        new = made(order, lambda: text, at=self._now(), by=by)
        [code] = new.codes
        try:
            taken = await self._write(_add_named, new, lane=code.key)
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


def _add(store: Store, new: Sequence[Made]) -> Sequence[None]:
    """Store the codes of many requests in one statement."""
    store.codes.add([code for one in new for code in one.codes])
    store.audit.add([entry for one in new for entry in one.entries])
    return [None] * len(new)


@one_by_one
def _add_named(store: Store, new: Made) -> bool:
    """True, and nothing written, when somebody who types this text would mean another code."""
    [code] = new.codes
    if store.codes.find(code.code) is not None:
        return True
    _add(store, [new])
    return False


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
        key=key_of(text),
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

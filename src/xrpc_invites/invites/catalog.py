"""What operators find out about codes, and the little that anyone may."""

from collections.abc import Sequence
from dataclasses import dataclass

from xrpc_invites.invites.model import InviteCode, InviteCodeUse
from xrpc_invites.invites.paging import Position, Sort
from xrpc_invites.invites.ports import Clock, Read, ReadStore
from xrpc_invites.invites.preview import Preview, preview
from xrpc_invites.invites.search import Cut, Found, Search, cut_off
from xrpc_invites.invites.status import Described, described

NamedUse = tuple[InviteCodeUse, str | None]
"""A use, and the handle of the account where it is here."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A code with a part of its uses, the newest first, and whether older ones follow."""

    found: Described
    uses: Sequence[NamedUse]
    more: bool


class Catalog:
    """The use cases of looking at codes."""

    def __init__(self, read: Read, *, now: Clock) -> None:
        self._read = read
        self._now = now

    async def show(self, text: str, *, after: InviteCodeUse | None, limit: int) -> Shown | None:
        """The code that this input means, with its uses behind one."""
        now = self._now()

        def query(store: ReadStore) -> Shown | None:
            found = store.codes.described(text, now=now)
            if found is None:
                return None
            uses = store.codes.uses(found.code.key, after=after, limit=limit + 1)
            return Shown(found, uses[:limit], more=len(uses) > limit)

        return await self._read(query)

    async def describe(self, codes: Sequence[InviteCode]) -> Sequence[Described]:
        """Codes with the status that they have now."""
        now = self._now()
        owners = {code.for_account for code in codes}

        def query(store: ReadStore) -> Sequence[Described]:
            here = {owner: store.codes.owner_available(owner) for owner in owners}
            return [
                described(code, now=now, owner_available=here[code.for_account]) for code in codes
            ]

        return await self._read(query)

    async def search(
        self, wanted: Search, *, sort: Sort, after: Position | None, limit: int
    ) -> Found:
        """Some of the codes that are wanted, behind a position."""
        cut = Cut(sort=sort, after=after, limit=limit, now=self._now())
        # What most codes are like is read, and perhaps sorted, as a whole.
        found = await self._read(lambda store: store.codes.search(wanted, cut), scan=True)
        return cut_off(found, cut)

    async def preview(self, text: str) -> Preview:
        """What a stranger is told; the same work is done whatever the answer."""
        now = self._now()
        return preview(await self._read(lambda store: store.codes.preview(text, now=now)))

"""A ledger in memory: the promises of `invites.ports.Ledger`, kept in the plainest way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from xrpc_invites.invites.model import InviteCode, InviteCodeUse, Owner
from xrpc_invites.invites.paging import Position, Sort, position
from xrpc_invites.invites.ports import CodeTakenError
from xrpc_invites.invites.status import refusal
from xrpc_invites.invites.text import keys


class MemoryLedger:
    """Codes in a dictionary, and the owners who are gone in a set."""

    def __init__(self) -> None:
        self._codes: dict[str, InviteCode] = {}
        self.owners: dict[str, Owner] = {}
        self.gone: set[str] = set()

    def find(self, text: str, /) -> InviteCode | None:
        found = self.show(text)
        return None if found is None else replace(found, uses=())

    def show(self, text: str, /) -> InviteCode | None:
        return next((self._codes[key] for key in keys(text) if key in self._codes), None)

    def owner_available(self, owner: str, /) -> bool:
        return owner not in self.gone

    def page(self, sort: Sort, /, *, after: Position | None, limit: int) -> Sequence[InviteCode]:
        def place(code: InviteCode) -> tuple[int, str]:
            at = position(code, sort)
            return at.primary, at.code

        ordered = sorted(self._codes.values(), key=place, reverse=True)
        behind = [
            code for code in ordered if after is None or place(code) < (after.primary, after.code)
        ]
        return behind[:limit]

    def owned_by(self, owners: Sequence[str], /) -> Sequence[InviteCode]:
        owned = (code for code in self._codes.values() if code.for_account in owners)
        return sorted(owned, key=lambda code: (code.created_at, code.code))

    def joined_with(self, dids: Sequence[str], /) -> Mapping[str, InviteCode]:
        first: dict[str, tuple[datetime, InviteCode]] = {}
        for code in self._codes.values():
            for use in code.uses:
                earlier = first.get(use.used_by)
                if use.used_by in dids and (earlier is None or use.used_at < earlier[0]):
                    first[use.used_by] = use.used_at, code
        return {did: code for did, (_, code) in first.items()}

    def owner(self, did: str, /) -> Owner | None:
        return self.owners.get(did)

    def add(self, codes: Sequence[InviteCode], /) -> None:
        added = [code.key for code in codes]
        if len(set(added)) < len(added) or self._codes.keys() & set(added):
            raise CodeTakenError
        self._codes |= {code.key: code for code in codes}

    def claim(self, key: str, /, *, did: str, at: datetime) -> bool:
        code = self._codes.get(key)
        available = code is None or self.owner_available(code.for_account)
        if code is None or refusal(code, owner_available=available):
            return False
        uses = sorted(
            [*code.uses, InviteCodeUse(did, at)],
            key=lambda use: (use.used_at, use.used_by),
            reverse=True,
        )
        self._codes[key] = replace(code, use_count=code.use_count + 1, uses=tuple(uses))
        return True

    def disable(self, *, texts: Sequence[str], owners: Sequence[str]) -> int:
        meant = {found.key for text in texts if (found := self.find(text))}
        chosen = [
            code
            for code in self._codes.values()
            if not code.disabled and (code.key in meant or code.for_account in owners)
        ]
        self._codes |= {code.key: replace(code, disabled=True) for code in chosen}
        return len(chosen)

    def lock_owner(self, did: str, /) -> Owner | None:
        return self.owner(did)

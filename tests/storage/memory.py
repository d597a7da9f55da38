"""A ledger in memory: the promises of `invites.ports.Ledger`, kept in the plainest way."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.model import InviteCode, InviteCodeUse, Owner
from xrpc_invites.invites.paging import Position, Sort, position
from xrpc_invites.invites.ports import CodeTakenError
from xrpc_invites.invites.preview import Previewed
from xrpc_invites.invites.search import Cut, Search
from xrpc_invites.invites.status import Attempt, Described, described, refusal
from xrpc_invites.invites.switching import Switch, Switched
from xrpc_invites.invites.text import keys


class MemoryLedger:
    """Codes in a dictionary, and the owners who are gone in a set."""

    def __init__(self) -> None:
        self._codes: dict[str, InviteCode] = {}
        self.owners: dict[str, Owner] = {}
        self.handles: dict[str, str] = {}
        self.gone: set[str] = set()
        self._grants: dict[tuple[str, str], Grant] = {}

    def find(self, text: str, /) -> InviteCode | None:
        found = self.show(text)
        return None if found is None else found._replace(uses=())

    def keys(self, texts: Sequence[str], /) -> Mapping[str, str]:
        found = {text: self.show(text) for text in texts}
        return {text: code.key for text, code in found.items() if code is not None}

    def show(self, text: str, /) -> InviteCode | None:
        return next((self._codes[key] for key in keys(text) if key in self._codes), None)

    def described(self, text: str, /, *, now: datetime) -> Described | None:
        found = self.find(text)
        return None if found is None else self._described(found, now)

    def preview(self, text: str, /, *, now: datetime) -> Previewed | None:
        found = self.described(text, now=now)
        handle = None if found is None else self.handles.get(found.code.for_account)
        return None if found is None else Previewed(found, handle)

    def search(self, wanted: Search, cut: Cut, /) -> Sequence[Described]:
        everything = [self._described(code, cut.now) for code in self._codes.values()]
        found = {one.code.key: one for one in everything if wanted.wants(one)}
        page = self._page([one.code for one in found.values()], cut.sort, cut.after)
        return [
            replace(found[code.key], code=code._replace(uses=())) for code in page[: cut.limit + 1]
        ]

    def grant(self, key: str, did: str, /) -> Grant | None:
        return self._grants.get((key, did))

    def grants(self, dids: Sequence[str], /) -> Sequence[Grant]:
        mine = [one for one in self._grants.values() if one.did in dids and not one.revoked_at]
        return sorted(mine, key=lambda one: (one.did, one.granted_at, one.code))

    def uses(
        self, key: str, /, *, after: InviteCodeUse | None, limit: int
    ) -> Sequence[tuple[InviteCodeUse, str | None]]:
        place = None if after is None else (after.used_at, after.used_by)
        behind = [
            use
            for use in self._codes[key].uses
            if place is None or (use.used_at, use.used_by) < place
        ]
        return [(use, self.handles.get(use.used_by)) for use in behind[:limit]]

    def first_use(self, key: str, /) -> InviteCodeUse | None:
        found = self._codes.get(key)
        return found.uses[-1] if found and found.uses else None

    def owner_available(self, owner: str, /) -> bool:
        return owner not in self.gone

    def page(self, sort: Sort, /, *, after: Position | None, limit: int) -> Sequence[InviteCode]:
        return self._page([*self._codes.values()], sort, after)[:limit]

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

    def claim(self, key: str, attempt: Attempt, /, *, did: str) -> bool:
        if not self._fits(key, attempt):
            return False
        self._use(key, did, attempt.at)
        return True

    def hold(self, key: str, attempt: Attempt, /) -> bool:
        if not self._fits(key, attempt):
            return False
        self._codes[key] = self._codes[key]._replace(pending=self._codes[key].pending + 1)
        return True

    def spend_held(self, key: str, /, *, did: str, at: datetime) -> None:
        self.give_back(key)
        if (key, did) not in self._grants:
            self._use(key, did, at)

    def give_back(self, key: str, /) -> None:
        self._codes[key] = self._codes[key]._replace(pending=self._codes[key].pending - 1)

    def revoke(self, did: str, /, *, text: str | None, at: datetime, reason: str | None) -> int:  # noqa: ARG002  # not shown
        meant = None if text is None else self.find(text)
        if text is not None and meant is None:
            return 0
        chosen = [
            place
            for place, one in self._grants.items()
            if one.did == did and not one.revoked_at and (not meant or place[0] == meant.key)
        ]
        for place in chosen:
            self._grants[place] = replace(self._grants[place], revoked_at=at)
        return len(chosen)

    def lock(self, text: str, /, *, now: datetime) -> InviteCode | None:  # noqa: ARG002  # no leases
        return self.find(text)

    def amend(self, code: InviteCode, /) -> None:
        self._codes[code.key] = code._replace(uses=self._codes[code.key].uses)

    def switch(self, asked: Switch, /) -> Switched:
        meant = {found.key for text in asked.texts if (found := self.find(text))}
        named = self._switch([code for code in self._codes.values() if code.key in meant], asked)
        owned = self._switch(
            [code for code in self._codes.values() if code.for_account in asked.owners], asked
        )
        return Switched([code.code for code in named], Counter(code.for_account for code in owned))

    def lock_keys(self, keys: Sequence[str], /) -> Mapping[str, InviteCode]:
        return {key: self._codes[key]._replace(uses=()) for key in keys if key in self._codes}

    def recorded(self, key: str, dids: Sequence[str], /) -> tuple[Mapping[str, datetime], int]:
        uses = self._codes[key].uses
        return {use.used_by: use.used_at for use in uses if use.used_by in dids}, len(uses)

    def add_uses(self, code: InviteCode, /) -> None:
        there = self._codes[code.key]
        uses = _newest_first([*there.uses, *code.uses])
        self._codes[code.key] = there._replace(uses=uses, last_used_at=code.last_used_at)

    def lock_owner(self, did: str, /) -> Owner | None:
        return self.owner(did)

    def _fits(self, key: str, attempt: Attempt) -> bool:
        code = self._codes.get(key)
        found = None if code is None else self._described(code, attempt.at)
        return refusal(found, attempt) is None

    def _use(self, key: str, did: str, at: datetime) -> None:
        code = self._codes[key]
        known = any(use.used_by == did for use in code.uses)
        new = () if known else (InviteCodeUse(did, at),)
        self._codes[key] = code._replace(
            use_count=code.use_count + len(new),
            uses=_newest_first([*code.uses, *new]),
            last_used_at=at,
        )
        self._grants[key, did] = Grant(
            did=did,
            code=code.code,
            role=code.terms.role,
            tags=code.terms.tags,
            granted_at=at,
        )

    def _switch(self, codes: Sequence[InviteCode], asked: Switch) -> Sequence[InviteCode]:
        changed = [code for code in codes if code.disabled is not asked.disabled]
        at, reason = (asked.at, asked.reason) if asked.disabled else (None, None)
        self._codes |= {
            code.key: code._replace(disabled=asked.disabled, disabled_at=at, disabled_reason=reason)
            for code in changed
        }
        return changed

    def _described(self, code: InviteCode, now: datetime) -> Described:
        here = self.owner_available(code.for_account)
        return described(code, now=now, owner_available=here)

    def _page(
        self, codes: Sequence[InviteCode], sort: Sort, after: Position | None
    ) -> Sequence[InviteCode]:
        def place(code: InviteCode) -> tuple[object, ...]:
            at = position(code, sort)
            return (at.primary, *tie(code), at.code)

        def tie(code: InviteCode) -> Sequence[object]:
            return [code.created_at] if sort is Sort.USAGE else []

        if sort is Sort.EXPIRY:
            codes = [code for code in codes if code.terms.expires_at is not None]
        ordered = sorted(codes, key=place, reverse=not sort.ascending)
        if after is None:
            return ordered
        [last] = [code for code in self._codes.values() if code.code == after.code]
        behind = (after.primary, *tie(last), after.code)
        return [
            code
            for code in ordered
            if (place(code) > behind if sort.ascending else place(code) < behind)
        ]


def _newest_first(uses: Sequence[InviteCodeUse]) -> tuple[InviteCodeUse, ...]:
    return tuple(sorted(uses, key=lambda use: (use.used_at, use.used_by), reverse=True))

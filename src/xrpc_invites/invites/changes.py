"""What operators change about codes, each change written down with its author."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xrpc_invites.invites.audit import Author, Change, entries
from xrpc_invites.invites.ports import Clock, Store, Write, one_by_one
from xrpc_invites.invites.proofs import Consumed
from xrpc_invites.invites.proving import once
from xrpc_invites.invites.status import Described
from xrpc_invites.invites.switching import Switch
from xrpc_invites.invites.terms import Amendment, TermsRefusal, differences, never_usable


@dataclass(frozen=True, slots=True)
class _Amending:
    by: Author
    at: datetime
    text: str = field(repr=False)
    amendment: Amendment


@dataclass(frozen=True, slots=True)
class _Switching:
    by: Author
    at: datetime
    switch: Switch


class Changes:
    """The use cases of changing codes that are there."""

    def __init__(self, write: Write, *, now: Clock) -> None:
        self._write = write
        self._now = now

    async def amend(
        self, text: str, amendment: Amendment, *, by: Author
    ) -> Described | TermsRefusal:
        """Change what was laid down for a code, or say why not."""
        return await self._write(_amend, _Amending(by, self._now(), text, amendment))

    async def switch(
        self,
        *,
        disabled: bool,
        texts: Sequence[str] = (),
        owners: Sequence[str] = (),
        reason: str | None = None,
        by: Author,
    ) -> int | Consumed:
        """Switch codes off or on; those unknown or switched so are no error. How many changed."""
        now = self._now()
        asked = Switch(disabled=disabled, texts=texts, owners=owners, at=now, reason=reason)
        return await self._write(_switch, _Switching(by, now, asked))


@one_by_one
def _amend(store: Store, asked: _Amending) -> Described | TermsRefusal:
    before = store.codes.lock(asked.text, now=asked.at)
    if before is None:
        return TermsRefusal.UNKNOWN
    after = asked.amendment.applied(before)
    # What a code came with from elsewhere it may keep: no time to be used in, too many uses.
    if never_usable(after.terms) and after.terms.span != before.terms.span:
        return TermsRefusal.NEVER_USABLE
    if after.available != before.available and after.available < before.use_count + before.pending:
        return TermsRefusal.AVAILABLE_TOO_LOW
    changed = differences(before, after)
    if changed:
        store.codes.amend(after)
        change = Change(subject=before.code, detail=changed)
        store.audit.add(entries(asked.by, asked.at, [change]))
    found = store.codes.described(asked.text, now=asked.at)
    return found or TermsRefusal.UNKNOWN


@one_by_one
@once
def _switch(store: Store, given: _Switching) -> int:
    asked = given.switch
    done = store.codes.switch(asked)
    changed = [Change(subject=code, reason=asked.reason) for code in done.codes]
    changed += [
        Change(subject=owner, reason=asked.reason, detail={"codes": count})
        for owner, count in done.owned.items()
    ]
    store.audit.add(entries(given.by, given.at, changed))
    return done.count

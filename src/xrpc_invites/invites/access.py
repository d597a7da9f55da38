"""Who may come in: grants looked up, and revoked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xrpc_invites.invites.audit import Author, Change, entries
from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.ports import Clock, Read, Store, Write, one_by_one


@dataclass(frozen=True, slots=True)
class _Revoking:
    by: Author
    at: datetime
    did: str
    code: str | None = field(repr=False)
    reason: str | None


class Access:
    """The use cases of grants."""

    def __init__(self, read: Read, write: Write, *, now: Clock) -> None:
        self._read = read
        self._write = write
        self._now = now

    async def of(self, dids: Sequence[str]) -> Sequence[Grant]:
        """The grants of these DIDs that are in force."""
        return await self._read(lambda store: store.codes.grants(dids))

    async def revoke(self, did: str, *, code: str | None, reason: str | None, by: Author) -> int:
        """Take back what uses gave to a DID; no use is given back. How many grants."""
        asked = _Revoking(by, self._now(), did, code, reason)
        return await self._write(_revoke, asked, lane=did)


@one_by_one
def _revoke(store: Store, asked: _Revoking) -> int:
    revoked = store.codes.revoke(asked.did, text=asked.code, at=asked.at, reason=asked.reason)
    if revoked:
        detail = {"grants": revoked} | ({"code": asked.code} if asked.code else {})
        change = Change(subject=asked.did, reason=asked.reason, detail=detail)
        store.audit.add(entries(asked.by, asked.at, [change]))
    return revoked

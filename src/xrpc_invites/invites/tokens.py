"""What owners do with operators' tokens: make, list and revoke them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xrpc_invites.invites.audit import Author, Change, Entry, entries
from xrpc_invites.invites.books import TokenPlace
from xrpc_invites.invites.operators import (
    Dice,
    OperatorToken,
    TokenRefusal,
    name_key,
    new_token,
    refusal,
)
from xrpc_invites.invites.ports import Clock, Read, Store, Write, one_by_one

_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class Made:
    """A new token and its text, which nobody can be told again."""

    token: OperatorToken
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _New:
    token: OperatorToken
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class _Revocation:
    id: str
    at: datetime
    by: Author


class Tokens:
    """The use cases of operators' tokens, joined to a store, a clock and dice."""

    def __init__(
        self,
        read: Read,
        write: Write,
        *,
        now: Clock,
        dice: Dice,
        hash_token: Callable[[str], str],
    ) -> None:
        self._read = read
        self._write = write
        self._now = now
        self._dice = dice
        self._hash = hash_token

    async def create(
        self, name: str, role: str, *, expires_at: datetime | None, by: Author
    ) -> Made | TokenRefusal:
        """Make a token. Its name is free again once it has expired or is revoked."""
        now = self._now()
        refused = refusal(name, role, expires_at=expires_at, now=now)
        if refused:
            return refused
        text = new_token(self._dice)
        token = OperatorToken(
            id=self._dice(_ID_BYTES).hex(),
            name=name,
            role=role,
            token_hash=self._hash(text),
            created_at=now,
            expires_at=expires_at,
        )
        new = _New(token, entries(by, now, [Change(subject=token.id, detail=_said(token))]))
        # Rivals for one name queue here rather than on a row of the database.
        added = await self._write(_add, new, lane=name_key(name))
        return Made(token, text) if added else TokenRefusal.NAME_TAKEN

    async def page(self, *, after: TokenPlace | None, limit: int) -> Sequence[OperatorToken]:
        """Some tokens, live and dead, newest first, behind a place."""
        return await self._read(lambda store: store.tokens.page(after=after, limit=limit))

    async def revoke(self, id_: str, *, by: Author) -> OperatorToken | None:
        """End a token at once; one that has ended so before stays as it is. None: unknown."""
        return await self._write(_revoke, _Revocation(id_, self._now(), by), lane=id_)


def _said(token: OperatorToken) -> dict[str, object]:
    """What the audit log keeps of a token."""
    said: dict[str, object] = {"name": token.name, "role": token.role}
    if token.expires_at is not None:
        until = token.expires_at.isoformat(timespec="milliseconds")
        said["expiresAt"] = until.replace("+00:00", "Z")
    return said


@one_by_one
def _add(store: Store, new: _New) -> bool:
    added = store.tokens.add(new.token)
    if added:
        store.audit.add(new.entries)
    return added


@one_by_one
def _revoke(store: Store, asked: _Revocation) -> OperatorToken | None:
    changed = store.tokens.revoke(asked.id, at=asked.at)
    token = store.tokens.by_id(asked.id)
    if changed and token:
        change = Change(subject=token.id, detail=_said(token))
        store.audit.add(entries(asked.by, asked.at, [change]))
    return token

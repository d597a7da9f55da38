"""What operators look for among codes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.paging import Position, Sort, position
from xrpc_invites.invites.status import Described, Status
from xrpc_invites.invites.text import exact_key, fold
from xrpc_invites.invites.words import mentions


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a code must be like; what is None does not matter."""

    status: Status | None = None
    for_account: str | None = None
    created_by: str | None = None
    tag: str | None = None
    text: str | None = field(default=None, repr=False)
    """The beginning of the code, or beginnings of words of its note."""
    created_after: datetime | None = None
    """This instant or later."""
    created_before: datetime | None = None
    """Earlier than this instant."""

    def wants(self, found: Described) -> bool:
        """Whether a code is like that. The search in SQL is held against this."""
        code = found.code
        return (
            self.status in {None, found.status}
            and self.for_account in {None, code.for_account}
            and self.created_by in {None, code.created_by}
            and (self.tag is None or self.tag in code.terms.tags)
            and (self.created_after is None or self.created_after <= code.created_at)
            and (self.created_before is None or code.created_at < self.created_before)
            and (self.text is None or _fits(code, self.text))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which part of what is found."""

    sort: Sort
    after: Position | None
    limit: int
    now: datetime
    """The instant at which codes have their status."""


@dataclass(frozen=True, slots=True)
class Found:
    """A part of what is found, and where the next part starts; None at the end."""

    codes: Sequence[Described]
    position: Position | None


def cut_off(codes: Sequence[Described], cut: Cut) -> Found:
    """The part of what was found with one code more than asked, which tells whether more follow."""
    if len(codes) <= cut.limit:
        return Found(codes, None)
    shown = codes[: cut.limit]
    return Found(shown, position(shown[-1].code, cut.sort))


def key_prefixes(text: str) -> Sequence[str]:
    """What the keys of codes that begin with `text` begin with."""
    folded = fold(text)
    return [exact_key(text), *([folded] if folded else [])]


def _fits(code: InviteCode, text: str) -> bool:
    return code.key.startswith(tuple(key_prefixes(text))) or mentions(code.terms.note, text)

"""New codes, and what the audit log says of their making."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from xrpc_invites.invites.audit import Author, Change, Entry, entries, entry_id
from xrpc_invites.invites.model import ADMIN, PLAIN, InviteCode, Terms
from xrpc_invites.invites.ports import Draw
from xrpc_invites.invites.terms import said
from xrpc_invites.invites.text import exact_key, fold

TOGETHER = 100
"""Codes that one entry of the audit log tells of at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Codes to make."""

    available: int
    """Uses of each."""
    owners: Sequence[str] = (ADMIN,)
    each: int = 1
    """How many for every owner."""
    terms: Terms = PLAIN


class Made(NamedTuple):
    """New codes, with the entries that tell of them."""

    codes: Sequence[InviteCode]
    entries: Sequence[Entry]


def made(order: Order, draw: Draw, *, at: datetime, by: Author) -> Made:
    """Draw the codes of an order, for every owner in their order.

    Codes that are made together share an entry, and each says which.
    """
    codes: list[InviteCode] = []
    changes: list[Change] = []
    for owner in order.owners:
        for share in _shares(order.each):
            entry = entry_id(by, at, len(changes)) if share > 1 else None
            some = [_new(draw(), order, at=at, owner=owner, creation=entry) for _ in range(share)]
            codes += some
            changes.append(_change(some))
    return Made(codes, entries(by, at, changes))


def named(text: str, order: Order, *, at: datetime, by: Author) -> Made:
    """The one code of this text."""
    code = _new(text, order, at=at, owner=order.owners[0], creation=None)
    return Made([code], entries(by, at, [_change([code])]))


def new_code_of(text: str, *, available: int, at: datetime, terms: Terms) -> InviteCode:
    """A new code of the operators' own with this text."""
    return InviteCode(key=key_of(text), code=text, available=available, created_at=at, terms=terms)


def key_of(text: str) -> str:
    """The key of a new code with this text."""
    return fold(text) or exact_key(text)


def _new(text: str, order: Order, *, at: datetime, owner: str, creation: str | None) -> InviteCode:
    return InviteCode(
        key=key_of(text),
        code=text,
        available=order.available,
        for_account=owner,
        created_at=at,
        terms=order.terms,
        creation=creation,
    )


def _shares(count: int) -> Iterator[int]:
    for first in range(0, count, TOGETHER):
        yield min(TOGETHER, count - first)


def _change(codes: Sequence[InviteCode]) -> Change:
    first, *others = codes
    if not others:
        return Change(subject=first.code, detail=said(first))
    texts = [code.code for code in codes]
    return Change(subject=first.for_account, detail={**said(first), "codes": texts})

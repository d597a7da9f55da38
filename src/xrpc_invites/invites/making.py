"""New codes, and what the audit log says of their making."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from xrpc_invites.invites.audit import Author, Change, Entry, entry_id
from xrpc_invites.invites.model import ADMIN, PLAIN, InviteCode, Terms
from xrpc_invites.invites.ports import Draw
from xrpc_invites.invites.terms import said
from xrpc_invites.invites.text import exact_key, fold

TOGETHER = 100
"""Codes that one entry of the audit log tells of at most."""


class Order(NamedTuple):
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

    Codes that are made together share an entry, and each code says which is its own.
    """
    codes: list[InviteCode] = []
    told: list[Entry] = []
    for owner in order.owners:
        for first in range(0, order.each, TOGETHER):
            share = min(TOGETHER, order.each - first)
            entry = entry_id(by, at, len(told))
            texts = [draw() for _ in range(share)]
            some = [
                InviteCode(
                    key=key_of(text),
                    code=text,
                    available=order.available,
                    for_account=owner,
                    created_at=at,
                    terms=order.terms,
                    creation=entry,
                )
                for text in texts
            ]
            codes += some
            told.append(Entry(id=entry, at=at, author=by, change=_change(some)))
    return Made(codes, told)


def new_code_of(text: str, *, available: int, at: datetime, terms: Terms) -> InviteCode:
    """A new code of the operators' own with this text."""
    return InviteCode(key=key_of(text), code=text, available=available, created_at=at, terms=terms)


def key_of(text: str) -> str:
    """The key of a new code with this text."""
    return fold(text) or exact_key(text)


def _change(codes: Sequence[InviteCode]) -> Change:
    # The owner is the subject. Entries are found by theirs in an index, and codes, which are
    # drawn, would fall on a page of it each.
    owner, texts = codes[0].for_account, [code.code for code in codes]
    return Change(subject=owner, detail={**said(codes[0]), "codes": texts})

"""The orders of lists of codes in SQL, and the places behind which their pages start."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ScalarSelect, Tuple, func, select, tuple_
from sqlalchemy import type_coerce as plain

from xrpc_invites.invites.paging import Sort
from xrpc_invites.storage.tables import invite_code

CREATED = plain(invite_code.c.created_at, BigInteger)
"""Positions hold plain milliseconds, so columns are compared as the numbers they are."""

_ORDERS: dict[Sort, Sequence[ColumnElement[Any]]] = {
    Sort.RECENT: (CREATED, invite_code.c.code),
    # By creation before the text: new codes are appended to the index, where texts, which are
    # drawn, would fall on a page of it each.
    Sort.USAGE: (invite_code.c.use_count, CREATED, invite_code.c.code),
    Sort.EXPIRY: (plain(invite_code.c.expires_at, BigInteger), invite_code.c.code),
}


def order(sort: Sort, *, by_index: bool = True) -> Sequence[ColumnElement[Any]]:
    """What codes are ordered by; without `by_index` no index gives the order."""
    first, *others = _ORDERS[sort]
    return first if by_index else first + 0, *others


def place(
    sort: Sort,
    primary: ColumnElement[int],
    code: ColumnElement[str],
    keys: Sequence[ColumnElement[str]],
) -> Tuple:
    """The place in an order of a code with a text, which has one of some keys.

    Where a text that no code has says the place in `USAGE`, none is left that is used as often.
    """
    if sort is Sort.USAGE:
        return tuple_(primary, _created(code, keys), code)
    return tuple_(primary, code)


def _created(code: ColumnElement[str], keys: Sequence[ColumnElement[str]]) -> ScalarSelect[Any]:
    known = invite_code.alias("known").c
    found = select(func.min(plain(known.created_at, BigInteger)))
    return found.where(known.code_key.in_(keys), known.code == code).scalar_subquery()

"""Pages of a search that many codes match, on SQLite: looked for first among those that come next.

SQLite knows no numbers. It reads all codes that have a tag, or a word, and sorts them for each
page; where a tenth of all codes has it, a page is full after the first thousand codes in order.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_

from xrpc_invites.invites.search import Cut, Search
from xrpc_invites.storage.orders import order
from xrpc_invites.storage.search import named, paged, searched, tagged

FEW = 5_000
"""Codes that match, and are read and sorted in any case."""
NEAR = 20_000
"""Codes that are looked at in their order before more than a few are read and sorted."""


def nearby(  # noqa: PLR0913  # where it begins to pay, and how far it goes
    connection: Connection,
    wanted: Search,
    cut: Cut,
    *,
    leases_ended: bool,
    few: int = FEW,
    near: int = NEAR,
) -> Sequence[Row[Any]] | None:
    """A page as `searched` has it; None where it has to be looked for among all codes."""
    if connection.dialect.name == "postgresql" or not _common(connection, wanted, few):
        return None
    ordered = order(cut.sort)
    farthest = paged(select(*ordered), cut.sort, cut.after, 1).offset(near)
    end = connection.execute(farthest).first()
    statement = searched(wanted, cut, leases_ended=leases_ended, each=True)
    if end is not None:
        place, last = tuple_(*ordered), tuple_(*end)
        statement = statement.where(place <= last if cut.sort.ascending else place >= last)
    found = connection.execute(statement).all()
    return found if end is None or len(found) > cut.limit else None


def _common(connection: Connection, wanted: Search, few: int) -> bool:
    """Whether more than a few codes have what is wanted of tags and words."""
    asked = [] if wanted.tag is None else [tagged(wanted.tag)]
    if wanted.text is not None:
        asked.append(select(named(wanted.text).subquery()))
    return bool(asked) and all(
        connection.execute(keys.offset(few).limit(1)).first() is not None for keys in asked
    )

"""Tags in SQL. See `invites.tags.TagBook`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.exc import IntegrityError

from xrpc_invites.invites.tags import Tag, TagType
from xrpc_invites.storage.invitation_tables import tag
from xrpc_invites.storage.sets import among, insert_or_ignore


class SqlTags:
    """Reads tags on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def named(self, names: Sequence[str], /) -> Mapping[str, Tag]:
        wanted = select(tag).where(
            among(self._connection, tag.c.name, names), tag.c.type == TagType.USER
        )
        # What comes later wins: those that are not deleted, and of deleted ones the newest.
        best = wanted.order_by(tag.c.live_name.is_not(None), tag.c.id)
        return {row.name: _tag(row) for row in self._connection.execute(best)}

    def page(
        self, *, type_: str | None, deleted: bool, before: int | None, limit: int
    ) -> Sequence[Tag]:
        found = select(tag).order_by(tag.c.id.desc()).limit(limit)
        if type_ is not None:
            found = found.where(tag.c.type == type_)
        if not deleted:
            found = found.where(tag.c.live_name.is_not(None))
        if before is not None:
            found = found.where(tag.c.id < before)
        return [_tag(row) for row in self._connection.execute(found)]


class SqlTagBook(SqlTags):
    """Changes tags inside one unit of work."""

    def add(self, new: Tag, /) -> Tag | None:
        added = insert_or_ignore(self._connection, tag).values(**_row(new))
        row = self._connection.execute(added.returning(tag.c.id)).first()
        return None if row is None else replace(new, id=row.id)

    def lock(self, id_: int, /) -> Tag | None:
        wanted = select(tag).where(tag.c.id == id_, tag.c.live_name.is_not(None))
        row = self._connection.execute(wanted.with_for_update()).first()
        return None if row is None else _tag(row)

    def keep(self, known: Tag, /) -> bool:
        kept = update(tag).where(tag.c.id == known.id).values(**_row(known))
        try:
            # The unique name is the lock. It is rarely taken, and then nothing else is undone.
            with self._connection.begin_nested():
                self._connection.execute(kept)
        except IntegrityError:
            return False
        return True


def _tag(row: Row[Any]) -> Tag:
    known = {name: value for name, value in row._mapping.items() if name != "live_name"}  # noqa: SLF001  # SQLAlchemy's public name
    return Tag(**known)


def _row(known: Tag) -> dict[str, object]:
    row = {name: value for name, value in asdict(known).items() if name != "id"}
    return {**row, "live_name": None if known.deleted_at else known.name}

"""What operators do with tags: make, change, delete and list them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from xrpc_invites.invites.audit import Author, Change, entries
from xrpc_invites.invites.ports import Clock, Read, Store, Write, one_by_one
from xrpc_invites.invites.tags import Tag, TagRefusal

_LANE = "tags"


@dataclass(frozen=True, slots=True)
class _Making:
    tag: Tag
    by: Author


@dataclass(frozen=True, slots=True)
class _Changing:
    id: int
    changed: Mapping[str, Any]
    """New values of fields of `Tag`."""
    by: Author
    at: datetime


class Tagging:
    """The use cases of tags."""

    def __init__(self, read: Read, write: Write, *, now: Clock) -> None:
        self._read = read
        self._write = write
        self._now = now

    async def create(self, known: Mapping[str, Any], *, by: Author) -> Tag | TagRefusal:
        """Make a tag of fields of `Tag`."""
        tag = Tag(**known, created_at=self._now())
        return await self._write(_create, _Making(tag, by), lane=_LANE)

    async def change(self, id_: int, changed: Mapping[str, Any], *, by: Author) -> Tag | TagRefusal:
        """Change fields of `Tag`; all that has the tag keeps the name that it has."""
        asked = _Changing(id_, changed, by, self._now())
        return await self._write(_change, asked, lane=_LANE)

    async def delete(self, id_: int, *, by: Author) -> Tag | TagRefusal:
        """Delete a tag; all that has it keeps it."""
        now = self._now()
        asked = _Changing(id_, {"deleted_at": now}, by, now)
        return await self._write(_change, asked, lane=_LANE)

    async def page(
        self, *, type_: str | None, deleted: bool, before: int | None, limit: int
    ) -> Sequence[Tag]:
        """Some of the tags, newest first, behind one."""
        return await self._read(
            lambda store: store.tags.page(type_=type_, deleted=deleted, before=before, limit=limit)
        )


@one_by_one
def _create(store: Store, asked: _Making) -> Tag | TagRefusal:
    made = store.tags.add(asked.tag)
    if made is None:
        return TagRefusal.TAKEN
    _log(store, made, asked.by, asked.tag.created_at)
    return made


@one_by_one
def _change(store: Store, asked: _Changing) -> Tag | TagRefusal:
    before = store.tags.lock(asked.id)
    if before is None:
        return TagRefusal.UNKNOWN
    after = replace(before, **asked.changed)
    if after == before:
        return before
    if not store.tags.keep(after):
        return TagRefusal.TAKEN
    _log(store, after, asked.by, asked.at)
    return after


def _log(store: Store, tag: Tag, by: Author, at: datetime) -> None:
    change = Change(subject=f"tag:{tag.id}", detail={"name": tag.name, "type": tag.type})
    store.audit.add(entries(by, at, [change]))

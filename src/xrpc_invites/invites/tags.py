"""Tags: what is known of a name that codes and grants have."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

MAX_NAME = 64
_COLOR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)


class TagType(StrEnum):
    """What a tag is put on."""

    USER = "user"
    """The one that codes grant."""
    CATEGORY = "category"
    CONTRIBUTION = "contribution"


class TagRefusal(StrEnum):
    """Why a tag is not made or changed."""

    UNKNOWN = "unknown"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag. Deleting one leaves it on all that has it."""

    id: int = 0
    """0 before it is stored."""
    name: str
    type: str = TagType.USER
    description: str | None = None
    color: str | None = None
    """As `#rrggbb`."""
    visible: bool = True
    active: bool = True
    """Whether new invitations may have it."""
    visibility_boost: bool = False
    created_at: datetime
    deleted_at: datetime | None = None


class Tags(Protocol):
    """Reading tags."""

    def named(self, names: Sequence[str], /) -> Mapping[str, Tag]:
        """Tags of people by name: the one that is not deleted, else the newest."""
        ...

    def page(
        self, *, type_: str | None, deleted: bool, before: int | None, limit: int
    ) -> Sequence[Tag]:
        """At most `limit` tags with ids below one, newest first."""
        ...


class TagBook(Tags, Protocol):
    """Changing tags inside one unit of work."""

    def add(self, tag: Tag, /) -> Tag | None:
        """Store a new tag; None, and nothing written, when its name is taken."""
        ...

    def lock(self, id_: int, /) -> Tag | None:
        """The tag unless it is deleted; nobody else changes it before this unit ends."""
        ...

    def keep(self, tag: Tag, /) -> bool:
        """Keep what is known now; False, and nothing written, when its name is taken."""
        ...


def is_color(text: str) -> bool:
    """Whether a text is a colour: `#rrggbb`."""
    return _COLOR.fullmatch(text) is not None


def fit_name(name: str) -> bool:
    """Whether a name is one line of text without blanks around it."""
    return name.isprintable() and name == name.strip() and bool(name)

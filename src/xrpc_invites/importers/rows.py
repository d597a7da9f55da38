"""A code in a file: its facts and its uses, as importCodes takes them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Any

Row = dict[str, Any]


class Kind(Enum):
    """What a field holds."""

    TEXT = auto()
    INTEGER = auto()
    BOOLEAN = auto()
    LIST = auto()
    USES = auto()


FIELDS: Mapping[str, Kind] = MappingProxyType(
    {
        "code": Kind.TEXT,
        "available": Kind.INTEGER,
        "useCount": Kind.INTEGER,
        "disabled": Kind.BOOLEAN,
        "forAccount": Kind.TEXT,
        "createdBy": Kind.TEXT,
        "createdAt": Kind.TEXT,
        "notBefore": Kind.TEXT,
        "expiresAt": Kind.TEXT,
        "disabledAt": Kind.TEXT,
        "disabledReason": Kind.TEXT,
        "note": Kind.TEXT,
        "role": Kind.TEXT,
        "tags": Kind.LIST,
        "emailDomains": Kind.LIST,
        "showInviter": Kind.BOOLEAN,
        "lastUsedAt": Kind.TEXT,
        "uses": Kind.USES,
    }
)
"""All that is kept, in the order of the columns."""

REQUIRED = ("code", "available", "createdAt")
DERIVED = frozenset({"status", "remaining", "reservedCount", "invitationId"})
"""Fields that follow from others: they are passed over, so that a code as shown is a row."""


class FileFault(Exception):
    """The file as a whole cannot be read; the text says why."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(reason)
        self.number = number
        """The line, from 1."""


class RowFault(Exception):
    """A row cannot be read; the text says why and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row where it stands in its file, or why there is none."""

    number: int
    """The line on which it begins, from 1."""
    row: Row | None = None
    fault: str = ""


def exported(view: Mapping[str, Any], uses: Iterable[Mapping[str, Any]]) -> Row:
    """The row of a code that is shown so."""
    kept = {name: view[name] for name in FIELDS if view.get(name) not in (None, [])}
    history = [{"usedBy": use["usedBy"], "usedAt": use["usedAt"]} for use in uses]
    return kept | ({"uses": history} if history else {})


def known(names: Iterable[str]) -> Iterator[str]:
    """The names that are kept.

    Raises:
        RowFault: Nobody knows one of them.
    """
    for name in names:
        if name in FIELDS:
            yield name
        elif name not in DERIVED:
            raise RowFault(f"no code has {name!a}; what codes have is {', '.join(FIELDS)}")

"""Changing what an operator laid down for a code."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from xrpc_invites.invites.model import PLAIN, InviteCode, Terms


class TermsRefusal(StrEnum):
    """Why a code cannot be made or changed so."""

    UNKNOWN = "unknown"
    AVAILABLE_TOO_LOW = "available-too-low"
    NEVER_USABLE = "never-usable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A change to a code; what is not in `terms` stays as it is."""

    available: int | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)
    """New values of fields of `Terms`."""

    def applied(self, code: InviteCode) -> InviteCode:
        """The code as it will be."""
        available = code.available if self.available is None else self.available
        return code._replace(available=available, terms=replace(code.terms, **self.terms))


def never_usable(terms: Terms) -> bool:
    """Whether the code expires before its time begins."""
    begins, ends = terms.span
    return begins is not None and ends is not None and ends <= begins


def differences(before: InviteCode, after: InviteCode) -> dict[str, object]:
    """What an amendment changed, in the words of the wire: `{name: {from, to}}`."""
    pairs = {"available": (before.available, after.available)} | {
        said: (getattr(before.terms, name), getattr(after.terms, name))
        for name, said in _NAMES.items()
    }
    return {
        name: {"from": _said(old), "to": _said(new)}
        for name, (old, new) in pairs.items()
        if old != new
    }


def said(code: InviteCode) -> dict[str, object]:
    """What a new code was given, in the words of the wire."""
    told: dict[str, object] = {"available": code.available, "forAccount": code.for_account}
    if code.terms is PLAIN:
        return told
    given = {said: getattr(code.terms, name) for name, said in _NAMES.items()}
    return told | {name: _said(value) for name, value in given.items() if value}


def _said(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_NAMES = {one.name: _camel(one.name) for one in fields(Terms)}
"""The terms, and how the wire calls them."""

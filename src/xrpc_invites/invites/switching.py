"""Switching codes off and on again: what is asked, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Codes to switch, by their texts and by their owners."""

    disabled: bool
    """Off where true, else on."""
    texts: Sequence[str] = field(default=(), repr=False)
    owners: Sequence[str] = ()
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Switched:
    """What changed; codes that stood so already are not in it."""

    codes: Sequence[str] = field(repr=False)
    """The texts of codes that were named."""
    owned: Mapping[str, int]
    """How many more codes of each owner that was named."""

    @property
    def count(self) -> int:
        """All codes that changed."""
        return len(self.codes) + sum(self.owned.values())

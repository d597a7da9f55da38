"""A row that has had its time, as an archive keeps it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Old:
    """A row that nothing needs any more: all of it, by the names of the columns."""

    id: str
    group: str = field(repr=False)
    """Rows of one group are removed together."""
    fields: Mapping[str, object] = field(repr=False)

    @property
    def line(self) -> str:
        """The row as a line of an archive."""
        return json.dumps(dict(self.fields), separators=(",", ":"), default=repr)

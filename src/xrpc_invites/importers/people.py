"""People to invite, in files: what is known of each, as createInvitations takes it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from xrpc_invites.importers.batches import MAX_BYTES, Numbered, weight
from xrpc_invites.importers.csv_cells import read_table
from xrpc_invites.importers.json_rows import read_json_lines
from xrpc_invites.importers.rows import Line, Row, RowFault

COLUMNS = ("email", "name", "role", "tags", "language", "note")
MAX_PEOPLE = 1_000
"""Of a request."""

_BETWEEN_TAGS = re.compile("[;,]")


def read_people(lines: Iterable[bytes]) -> Iterator[Line]:
    """The rows of CSV below the head; those without any cell filled are passed over.

    Raises:
        FileFault: The head is missing or wrong.
    """
    return (line for line in read_table(lines, head=_head, read=_row) if line.row != {})


def read_people_of_json(lines: Iterable[bytes]) -> Iterator[Line]:
    """The rows of JSON Lines. Raises like `read_people`."""
    return read_json_lines(lines, _known)


def requests(people: Sequence[Numbered]) -> Iterator[Sequence[Numbered]]:
    """The people of each request, cut so that every server takes it."""
    first = size = 0
    for place, (_, row) in enumerate(people):
        bytes_ = weight(row)
        if place > first and (place - first == MAX_PEOPLE or size + bytes_ > MAX_BYTES):
            yield people[first:place]
            first, size = place, 0
        size += bytes_
    if people:
        yield people[first:]


def _head(names: Sequence[str]) -> list[str]:
    columns = list(_known(name.lower() for name in names))
    if "email" not in columns:
        raise RowFault("has no column email")
    return columns


def _row(filled: Mapping[str, str]) -> Row:
    cells = {name: cell.strip() for name, cell in filled.items() if cell.strip()}
    row: Row = dict(cells)
    if "tags" in cells:
        row["tags"] = [tag for part in _BETWEEN_TAGS.split(cells["tags"]) if (tag := part.strip())]
    return row


def _known(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name not in COLUMNS:
            raise RowFault(
                f"has the column {name!a}, which an invitation does not have: "
                f"take it out, and keep those of {', '.join(COLUMNS)}"
            )
        yield name

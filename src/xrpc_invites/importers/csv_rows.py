"""Codes as CSV (RFC 4180): a head, then a row for each code.

Texts are written as they are, also those that a spreadsheet would take for a formula: what is
read again must be what was written.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import IO, Any

from xrpc_invites.importers.csv_cells import read_table
from xrpc_invites.importers.rows import FIELDS, REQUIRED, Kind, Line, Row, RowFault, known

_INTEGER = re.compile(r"-?[0-9]{1,16}", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


class CsvWriter:
    """Writes rows to a text file that was opened with `newline=""`."""

    def __init__(self, file: IO[str]) -> None:
        self._write = csv.writer(file).writerow
        self._write(FIELDS)

    def __call__(self, row: Row) -> None:
        """Write one row."""
        self._write([_WRITTEN[kind](row.get(name)) for name, kind in FIELDS.items()])


def read_csv(lines: Iterable[bytes]) -> Iterator[Line]:
    """The rows below the head.

    Raises:
        FileFault: The head is missing or wrong.
    """
    return read_table(lines, head=_head, read=_row)


def _head(names: Sequence[str]) -> list[str]:
    found = set(known(names))
    if missing := [name for name in REQUIRED if name not in found]:
        raise RowFault(f"has no column {missing[0]}")
    return list(names)


def _row(filled: Mapping[str, str]) -> Row:
    return {name: _READ[FIELDS[name]](filled[name]) for name in known(filled)}


def _boolean(cell: str) -> object:
    return _BOOLEANS.get(cell.lower(), cell)


def _integer(cell: str) -> object:
    # What is none is handed on as it is, to be refused in the same words as everywhere.
    return int(cell) if _INTEGER.fullmatch(cell) else cell


def _list(cell: str) -> object:
    if not cell.startswith("["):
        return [part.strip() for part in cell.split(";") if part.strip()]
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise RowFault("has a list that begins with [ and is no JSON") from None


def _uses(cell: str) -> object:
    uses = []
    for use in cell.split():
        did, _, at = use.rpartition("@")
        if not did:
            raise RowFault("has uses that are not DID@TIME, with blanks between them")
        uses.append({"usedBy": did, "usedAt": at})
    return uses


def _written_uses(uses: list[Mapping[str, str]] | None) -> str:
    return " ".join(f"{use['usedBy']}@{use['usedAt']}" for use in uses or [])


_READ: Mapping[Kind, Callable[[str], object]] = MappingProxyType(
    {
        Kind.TEXT: str,
        Kind.INTEGER: _integer,
        Kind.BOOLEAN: _boolean,
        Kind.LIST: _list,
        Kind.USES: _uses,
    }
)
_WRITTEN: Mapping[Kind, Callable[[Any], str]] = MappingProxyType(
    {
        Kind.TEXT: lambda value: value or "",
        Kind.INTEGER: lambda value: "" if value is None else str(value),
        Kind.BOOLEAN: lambda value: "" if value is None else str(value).lower(),
        Kind.LIST: lambda value: json.dumps(value, ensure_ascii=False) if value else "",
        Kind.USES: _written_uses,
    }
)

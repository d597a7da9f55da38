"""Codes as CSV (RFC 4180): a head, then a row for each code.

Texts are written as they are, also those that a spreadsheet would take for a formula: what is
read again must be what was written.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import IO, Any

from xrpc_invites.importers.rows import (
    FIELDS,
    REQUIRED,
    FileFault,
    Kind,
    Line,
    Row,
    RowFault,
    known,
)

MAX_CELL = 32 * 1024 * 1024
"""Characters of one cell; the uses of a code stand in one."""

_INTEGER = re.compile(r"-?[0-9]{1,16}", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


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
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(_texts(lines), strict=True)
    head = _head(reader)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
            if cells is None:
                return
            if cells:
                yield Line(number, _row(head, cells))
        except csv.Error as error:
            yield Line(number, fault=f"is no CSV: {error}")
        except RowFault as fault:
            yield Line(number, fault=str(fault))


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if number == 1 and line.startswith(_UTF_16):
            raise FileFault(1, "is UTF-16: save it as UTF-8")
        text = line.removeprefix(_BOM) if number == 1 else line
        # What is no UTF-8 is carried along, so that each row with some can be named.
        yield text.decode(errors="surrogateescape")


def _head(reader: Iterator[list[str]]) -> list[str]:
    try:
        names = next(reader, None)
    except csv.Error as error:
        raise FileFault(1, f"is no CSV: {error}") from None
    if not names:
        raise FileFault(1, "is empty: a head with the names of the columns is needed")
    head = [name.strip() for name in names]
    if len(head) == 1 and re.search("[;\t]", head[0]):
        raise FileFault(1, "has no commas between the columns")
    if twice := sorted({name for name in head if head.count(name) > 1}):
        raise FileFault(1, f"has the column {twice[0]!a} twice")
    try:
        found = set(known(head))
    except RowFault as fault:
        raise FileFault(1, str(fault)) from None
    if missing := [name for name in REQUIRED if name not in found]:
        raise FileFault(1, f"has no column {missing[0]}")
    return head


def _row(head: list[str], cells: list[str]) -> Row:
    if any(_NOT_UTF_8.search(cell) for cell in cells):
        raise RowFault("is not UTF-8")
    if len(cells) != len(head):
        raise RowFault(f"has {len(cells)} cells, and the head has {len(head)}")
    filled = {name: cell for name, cell in zip(head, cells, strict=True) if cell}
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

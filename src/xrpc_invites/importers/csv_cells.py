"""Tables as CSV (RFC 4180): a head with the names of the columns, then a row on each line."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from xrpc_invites.importers.rows import FileFault, Line, Row, RowFault

MAX_CELL = 32 * 1024 * 1024
"""Characters of one cell; the uses of a code stand in one."""

_NOT_UTF_8 = re.compile("[\udc80-\udcff]")
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Head = Callable[[Sequence[str]], list[str]]
"""The columns by the names in the head, or a RowFault."""
Read = Callable[[Mapping[str, str]], Row]
"""The row of those cells that are filled, by their columns, or a RowFault."""


def read_table(lines: Iterable[bytes], *, head: Head, read: Read) -> Iterator[Line]:
    """The rows below the head.

    Raises:
        FileFault: The head is missing or wrong.
    """
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(_texts(lines), strict=True)
    columns = _columns(reader, head)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
            if cells is None:
                return
            if cells:
                yield Line(number, read(_filled(columns, cells)))
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


def _columns(reader: Iterator[list[str]], head: Head) -> list[str]:
    try:
        names = next(reader, None)
    except csv.Error as error:
        raise FileFault(1, f"is no CSV: {error}") from None
    if not names:
        raise FileFault(1, "is empty: a head with the names of the columns is needed")
    found = [name.strip() for name in names]
    if len(found) == 1 and re.search("[;\t]", found[0]):
        raise FileFault(1, "has no commas between the columns")
    try:
        columns = head(found)
    except RowFault as fault:
        raise FileFault(1, str(fault)) from None
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise FileFault(1, f"has the column {twice[0]!a} twice")
    return columns


def _filled(columns: list[str], cells: list[str]) -> Mapping[str, str]:
    if any(_NOT_UTF_8.search(cell) for cell in cells):
        raise RowFault("is not UTF-8")
    if len(cells) != len(columns):
        raise RowFault(
            f"has {len(cells)} cells, and the head has {len(columns)}; "
            "a cell with a comma in it needs quotation marks"
        )
    return {name: cell for name, cell in zip(columns, cells, strict=True) if cell}

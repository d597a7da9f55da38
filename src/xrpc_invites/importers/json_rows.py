"""Codes as JSON Lines: an object on each line."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import IO

from xrpc_invites.importers.rows import FileFault, Line, Row, RowFault, known

Known = Callable[[Iterable[str]], Iterable[str]]
"""The names of an object that are kept, or a RowFault."""

_BOM = b"\xef\xbb\xbf"


class JsonWriter:
    """Writes rows to a text file."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def __call__(self, row: Row) -> None:
        """Write one row."""
        self._file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def read_json_lines(lines: Iterable[bytes], known: Known = known) -> Iterator[Line]:
    """The rows; empty lines are passed over, and so are the names that `known` leaves out.

    Raises:
        FileFault: There is nothing.
    """
    number = 0
    for number, line in enumerate(lines, start=1):  # counted for the end
        text = (line.removeprefix(_BOM) if number == 1 else line).strip()
        if text:
            try:
                yield Line(number, _row(text, known))
            except RowFault as fault:
                yield Line(number, fault=str(fault))
    if not number:
        raise FileFault(1, "is empty")


def _row(text: bytes, known: Known) -> Row:
    try:
        value = json.loads(text.decode())
    except UnicodeDecodeError:
        raise RowFault("is not UTF-8") from None
    except ValueError as error:
        reason = getattr(error, "msg", "Invalid number")
        raise RowFault(f"is no JSON: {reason}") from None
    except RecursionError:
        raise RowFault("is nested too deep") from None
    if not isinstance(value, dict):
        raise RowFault("must be an object")
    return {name: value[name] for name in known(value)}

"""Rows of a file that fit the Lexicon; of the others it is told what is wrong, and where."""

import json
from collections.abc import Callable, Iterator
from typing import IO, Any

from xrpc_invites.app import shipped
from xrpc_invites.cli.calls import OURS
from xrpc_invites.cli.files import Format, lines
from xrpc_invites.importers.batches import Numbered
from xrpc_invites.importers.csv_rows import read_csv
from xrpc_invites.importers.json_rows import read_json_lines
from xrpc_invites.importers.repeats import Repeats
from xrpc_invites.importers.rows import FileFault, Line, Row, RowFault
from xrpc_invites.lexicon.check import Checks
from xrpc_invites.lexicon.data import parse_json
from xrpc_invites.lexicon.faults import InvalidValue
from xrpc_invites.lexicon.load import load

Refuse = Callable[[int, str], None]
"""Told the line and the reason."""


class CheckedRows:
    """Reads a file as often as it is asked to."""

    def __init__(self, source: IO[bytes], chosen: Format, refuse: Refuse) -> None:
        self._source = source
        self._read = read_csv if chosen is Format.CSV else read_json_lines
        self._refuse = refuse
        self._check = Checks(load(shipped("lexicons"))).definition(f"{OURS}.importCodes#row")
        self.size = source.seek(0, 2)
        self.count = 0
        """Rows that were read, good and bad."""

    def __call__(self, advance: Callable[[float], None]) -> Iterator[Numbered]:
        """The good rows, from the beginning; `advance` is told how many bytes are read."""
        self._source.seek(0)
        self.count = 0
        with Repeats() as repeats:
            try:
                for line in self._read(lines(self._source)):
                    self.count += 1
                    advance(self._source.tell())
                    row = self._good(line, repeats)
                    if row is not None:
                        yield line.number, row
            except FileFault as fault:
                self._refuse(fault.number, str(fault))

    def _good(self, line: Line, repeats: Repeats) -> Row | None:
        if line.row is None:
            self._refuse(line.number, line.fault)
            return None
        try:
            # As the server will read it, so that it is refused in the same words.
            row: Any = parse_json(json.dumps(line.row).encode())
            self._check(row)
            repeats.check(line.number, row)
        except (InvalidValue, RowFault) as fault:
            self._refuse(line.number, str(fault))
            return None
        good: Row = row
        return good

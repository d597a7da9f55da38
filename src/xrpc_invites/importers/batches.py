"""Rows cut into requests, each small enough for every server."""

import json
from collections.abc import Iterable, Iterator

from xrpc_invites.importers.rows import Row

MAX_ROWS = 1_000
MAX_BYTES = 1_900_000
"""Of a request, which may have 2 MiB."""
MAX_USES = 5_000
MAX_USE_BYTES = 1_000_000
"""Of the uses in one row, beside which all else has its place."""

Numbered = tuple[int, Row]
"""A row and the line on which it stands."""


def batches(rows: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    """The rows of each request; a code whose uses are too many for one comes in several."""
    batch: list[Numbered] = []
    codes: set[str] = set()
    size = 0
    for number, row in rows:
        for part in parts(row):
            bytes_ = weight(part)
            full = len(batch) == MAX_ROWS or size + bytes_ > MAX_BYTES
            # One request has each code once.
            if batch and (full or part["code"] in codes):
                yield batch
                batch, codes, size = [], set(), 0
            batch.append((number, part))
            codes.add(part["code"])
            size += bytes_
    if batch:
        yield batch


def parts(row: Row) -> Iterator[Row]:
    """The row, or the same row several times with a part of its uses each."""
    uses = row.get("uses", [])
    cut = list(_cut(uses))
    if len(cut) <= 1:
        yield row
        return
    # Each part must say of the whole what the server would else take from the part.
    whole = {"useCount": len(uses), **row}
    for part in cut:
        yield {**whole, "uses": part}


def weight(value: object) -> int:
    """Bytes of a value in a request."""
    return len(json.dumps(value, ensure_ascii=False).encode()) + 2


def _cut(uses: list[Row]) -> Iterator[list[Row]]:
    part: list[Row] = []
    size = 0
    for use in uses:
        bytes_ = weight(use)
        if part and (len(part) == MAX_USES or size + bytes_ > MAX_USE_BYTES):
            yield part
            part, size = [], 0
        part.append(use)
        size += bytes_
    if part:
        yield part

"""Cursors as the reference forms them: `{primary}::{text}`, the place of a page's last item."""

import re
from math import ceil

from xrpc_invites.xrpc.errors import XrpcError, invalid_request

_DIGITS = 18
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")


def pack(primary: int, text: str) -> str:
    """The cursor behind an item."""
    # Codes that came from elsewhere may have any text, also one that would not be read back.
    if "::" in text or "%" in text:
        text = text.replace("%", "%25").replace(":", "%3A")
    return f"{primary}::{text}"


def unpack(cursor: str) -> tuple[int, str]:
    """The place that a cursor names.

    Raises:
        XrpcError: It is not of the form.
    """
    primary, separator, text = cursor.partition("::")
    if not (separator and text) or "::" in text or not _NUMBER.fullmatch(primary):
        raise malformed()
    text = text.replace("%3A", ":").replace("%25", "%")
    if "." not in primary:
        return int(primary), text
    # Behind 1.5 come 1 and less, whatever their text: that is the place before ("2", "").
    return ceil(float(primary)), "" if float(primary) % 1 else text


def of_number(number: int) -> str:
    """The cursor behind an item that is known by a number."""
    return str(number)


def to_number(cursor: str) -> int:
    """The number of the item that a cursor names. Raises like `unpack`."""
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= _DIGITS):
        raise malformed()
    return int(cursor)


def malformed() -> XrpcError:
    """The cursor is none that this server gave."""
    return invalid_request("cursor is malformed: use one that this server gave")

"""The body by which programs that read mail unsubscribe for their users: RFC 8058."""

from email.message import Message
from email.parser import BytesParser
from typing import cast
from urllib.parse import parse_qsl

LIMIT = 4_096
"""Bytes of such a body."""

_NAME, _VALUE = "List-Unsubscribe", "One-Click"


def is_one_click(content_type: str, body: bytes) -> bool:
    """Whether a body says it, in either of the two forms that are allowed."""
    parsed = Message()
    parsed["content-type"] = content_type
    if parsed.get_content_type() == "multipart/form-data":
        return _in_parts(content_type, body)
    text = body.decode("latin-1")
    return (_NAME, _VALUE) in parse_qsl(text, keep_blank_values=True)


def _in_parts(content_type: str, body: bytes) -> bool:
    head = b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n"
    whole = BytesParser().parsebytes(head + body)
    return any(
        part.get_param("name", header="content-disposition") == _NAME
        and cast("bytes", part.get_payload(decode=True) or b"").strip() == _VALUE.encode()
        for part in whole.walk()
    )

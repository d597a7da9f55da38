"""Requests and answers as the pipeline sees them, whatever server carries them."""

import json
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from xrpc_invites.xrpc.errors import NO_HEADERS, XrpcError

JSON = "application/json"
TYPED: Mapping[str, str] = MappingProxyType({"Content-Type": JSON})
"""The headers of a body that is JSON."""

# In ASCII: whatever a message quotes, it can be said.
_written = json.JSONEncoder(separators=(",", ":")).encode


class Part(NamedTuple):
    """Some bytes of a body, and whether more come."""

    content: bytes
    more: bool


Parts = Callable[[], Awaitable[Part]]
"""Gives the next part of a body, for as long as more come."""


class Request(NamedTuple):
    """One request to a path under `/xrpc/`."""

    http_method: str
    nsid: str
    """The rest of the path."""
    query: bytes
    """The query string as it came, percent-encoded."""
    headers: Mapping[str, str]
    """By lower-case name."""
    body: Parts
    address: str
    id: str
    """An id that no other request has."""

    @property
    def has_body(self) -> bool:
        """Whether the headers announce a body."""
        return "transfer-encoding" in self.headers or (
            self.headers.get("content-length", "0").strip() != "0"
        )


class Answer(NamedTuple):
    """Status, headers and body; an empty body has no type."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = NO_HEADERS


def whole(content: bytes) -> Parts:
    """A body that came in one part."""

    async def part() -> Part:
        return Part(content, more=False)

    return part


def error_answer(error: XrpcError, headers: Mapping[str, str] = NO_HEADERS) -> Answer:
    """Say what the error says."""
    body = _written({"error": error.name, "message": error.message}).encode()
    return Answer(error.status, body, {**headers, **error.headers, **TYPED})

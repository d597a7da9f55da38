"""XRPC calls as commands make them: an NSID and JSON in, JSON out, whatever carries them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, Protocol
from urllib.parse import urlencode

from xrpc_invites.cli import exits
from xrpc_invites.xrpc.messages import Answer

Json = dict[str, Any]
OURS = "org.xrpcinvites"
"""The namespace of what com.atproto does not have."""

_ENDS: Mapping[str, int] = {
    "InvalidRequest": exits.USAGE,
    "ServiceUnavailable": exits.TEMPFAIL,
    "RateLimitExceeded": exits.TEMPFAIL,
}
_UNPROVEN = 401
_FIRST_ERROR = 400


class CallFailed(Exception):
    """A call has no result; the text is a sentence for people."""

    def __init__(self, said: str, *, status: int, name: str = "") -> None:
        super().__init__(said)
        self.status = status
        """The exit status of a command that cannot go on without the result."""
        self.name = name
        """The error's name on the wire; empty when there was no answer that has one."""


class Said(dict[str, Any]):
    """An object of an answer; a command cannot go on without what it must have and has not."""

    def __missing__(self, name: str) -> NoReturn:
        exits.stop(exits.CONFIG, f"the server's answer has no {name}: is the address right?")


class Carrier(Protocol):
    """Takes a request to a server, and its answer back."""

    def __call__(self, http_method: str, path: str, body: bytes | None, *, once: bool) -> Answer:
        """The answer; `once` forbids to ask again when the first asking may have done something.

        Raises:
            CallFailed: There is no answer of an XRPC server.
        """
        ...


class Calls:
    """Calls to one server."""

    def __init__(self, carry: Carrier) -> None:
        self._carry = carry

    def query(self, nsid: str, **params: object) -> Json:
        """Ask; parameters that are None are left out.

        Raises:
            CallFailed: The server refuses, or does not answer.
        """
        pairs = [(name, text) for name, value in params.items() for text in _texts(value)]
        path = f"{nsid}?{urlencode(pairs)}" if pairs else nsid
        return _result(nsid, self._carry("GET", path, None, once=False))

    def procedure(self, nsid: str, body: Mapping[str, object], *, once: bool = False) -> Json:
        """Have something done; `once` is for what must not be done twice. Raises like `query`."""
        sent = json.dumps(body, ensure_ascii=False).encode()
        return _result(nsid, self._carry("POST", nsid, sent, once=once))


class Items:
    """A list that comes in pages, asked for as it is read."""

    def __init__(
        self, calls: Calls, nsid: str, field: str, *, limit: int | None = None, page: int = 100
    ) -> None:
        """`limit` is how many items at most, `page` how many in one answer."""
        self._calls = calls
        self._nsid = nsid
        self._field = field
        self._limit = limit
        self._page = page
        self.more = False
        """Whether the list went on behind the limit, once it has been read."""
        self.first: Json | None = None
        """What the first answer said, once it has come."""

    def __call__(self, **params: object) -> Iterator[Json]:
        left, cursor = self._limit, None
        while left is None or left > 0:
            size = self._page if left is None else min(left, self._page)
            answer = self._calls.query(self._nsid, **params, limit=size, cursor=cursor)
            self.first = self.first or answer
            found: list[Json] = answer[self._field]
            yield from found
            left = None if left is None else left - len(found)
            cursor = answer.get("cursor")
            if not found or cursor is None:
                return
        self.more = True


def given(**fields: object) -> Json:
    """The fields that are given: neither None nor an empty list."""
    return {name: value for name, value in fields.items() if value is not None and value != []}


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, bool):
        return [str(value).lower()]
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]


def _result(nsid: str, answer: Answer) -> Json:
    if answer.status < _FIRST_ERROR:
        return _object(answer.body) if answer.body else {}
    said = _object(answer.body)
    name, message = str(said["error"]), str(said.get("message", ""))
    if name == "MethodNotImplemented":
        message = f"the server does not know {nsid}: it is older than this program"
    status = exits.CONFIG if answer.status == _UNPROVEN else _ENDS.get(name, exits.NOT_FOUND)
    text = f"{name}: {message}" if message else name
    raise CallFailed(text, status=status, name=name)


def _object(body: bytes) -> Json:
    value: Json = json.loads(body, object_hook=Said)
    return value

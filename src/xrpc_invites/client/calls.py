"""One call from request to answer, without I/O: what to send, when again, and what it came to.

A flow yields what is to be sent and is told what was heard. Whoever carries it, in whatever
manner of waiting, needs no rule of his own.
"""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from xrpc_invites.client.errors import (
    NAMED,
    InvitesError,
    RateLimited,
    Refused,
    Unavailable,
    UnexpectedAnswer,
)
from xrpc_invites.client.patience import Patience

T = TypeVar("T")
Dice = Callable[[], float]
"""Numbers between 0 and 1."""

_TOO_MANY = 429
_AWAY = frozenset({502, 503, 504})
_UNKNOWN_METHOD = 501
_FIRST_REFUSAL = 400
_FIRST_FAILURE = 500


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to send, after so many seconds."""

    request: httpx.Request
    after: float


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came; what was asked may have been done."""

    reason: str


Flow = Generator[Ask, httpx.Response | Lost, T]


def asked(request: httpx.Request, patience: Patience, dice: Dice) -> Flow[httpx.Response]:
    """Ask until there is an answer; the request must be one that is safe to repeat.

    Raises:
        RateLimited: Patience ended, or is not enough.
        Unavailable: The same.
    """
    after, tried = 0.0, 0
    while True:
        heard = _settled((yield Ask(request, after)))
        if isinstance(heard, httpx.Response):
            return heard
        tried += 1
        wait = patience.wait(tried, asked=heard.retry_after, roll=dice())
        if wait is None:
            raise heard
        after = wait


def lost(error: httpx.RequestError) -> Lost:
    """What is told of an answer that did not come."""
    name = type(error).__name__
    # The others may quote what was sent; this one says what is wrong with a certificate.
    return Lost(f"{name}: {error}" if isinstance(error, httpx.ConnectError) else name)


def _settled(heard: httpx.Response | Lost) -> httpx.Response | RateLimited | Unavailable:
    """The answer, or what it is called when another may come later."""
    if isinstance(heard, Lost):
        return Unavailable(heard.reason)
    if heard.status_code == _TOO_MANY:
        return RateLimited(_retry_after(heard))
    if heard.status_code in _AWAY:
        return Unavailable(f"status {heard.status_code}", _retry_after(heard))
    return heard


def result(answer: httpx.Response) -> dict[str, Any]:
    """What a call gives.

    Raises:
        Refused: The server does not do it.
        Unavailable: It failed.
        UnexpectedAnswer: It is no such server.
    """
    said = _object(answer)
    if answer.status_code == httpx.codes.OK and said is not None:
        return said
    raise _failure(answer.status_code, said or {})


def _failure(status: int, said: Mapping[str, Any]) -> InvitesError:
    name, message = said.get("error"), said.get("message", "")
    if status < _FIRST_REFUSAL or not isinstance(name, str):
        reason = f"no answer of a server of invite codes (status {status}): is the address right?"
        return UnexpectedAnswer(reason)
    if status >= _FIRST_FAILURE and status != _UNKNOWN_METHOD:
        return Unavailable(f"status {status}")
    text = message if isinstance(message, str) else ""
    kind = NAMED.get(name)
    return Refused(name, text, status) if kind is None else kind(name, text, status)


def _object(answer: httpx.Response) -> dict[str, Any] | None:
    with suppress(ValueError, RecursionError):
        value = json.loads(answer.content)
        if isinstance(value, dict):
            return value
    return None


def _retry_after(answer: httpx.Response) -> float | None:
    said = answer.headers.get("retry-after", "")
    # The other form is a date, for which clocks would have to agree.
    return float(said) if said.isdecimal() else None

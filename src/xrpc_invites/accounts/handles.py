"""Which handles people may have here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from xrpc_invites.accounts.reserved import RESERVED

SHORTEST, LONGEST = 3, 18
"""Characters of a handle's first part."""

MAX_SUGGESTIONS = 8

_DISALLOWED = frozenset(
    ["local", "arpa", "invalid", "localhost", "internal", "example", "alt", "onion"]
)
"""Top-level names that never lead anywhere in the public DNS.

Source: the handle specification.
"""


class HandleRefusal(StrEnum):
    """Why nobody may have a handle, in the order in which it is checked."""

    INVALID_TLD = "invalid-tld"
    UNSUPPORTED_DOMAIN = "unsupported-domain"
    PUBLIC_HOST = "public-host"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    NESTED = "nested"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class HandleRules:
    """The domains under which handles are given, each with its dot; and the server's own host."""

    domains: tuple[str, ...]
    public_host: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A handle like the one that was asked for, and how it was made."""

    handle: str
    method: str


def normal(handle: str) -> str:
    """The form in which handles are kept and compared."""
    return handle.lower()


def refusal(handle: str, rules: HandleRules) -> HandleRefusal | None:
    """Why nobody may have this handle, given in normal form; None when somebody may."""
    if handle.rpartition(".")[2] in _DISALLOWED:
        return HandleRefusal.INVALID_TLD
    domain = _domain(handle, rules)
    if domain is None:
        return HandleRefusal.UNSUPPORTED_DOMAIN
    if handle == rules.public_host:
        return HandleRefusal.PUBLIC_HOST
    return _first_part_refusal(handle.removesuffix(domain))


def _first_part_refusal(first: str) -> HandleRefusal | None:
    if len(first) < SHORTEST:
        return HandleRefusal.TOO_SHORT
    if "." in first:
        return HandleRefusal.NESTED
    if len(first) > LONGEST:
        return HandleRefusal.TOO_LONG
    return HandleRefusal.RESERVED if first in RESERVED else None


def suggestions(
    handle: str, rules: HandleRules, *, email: str | None = None
) -> Sequence[Suggestion]:
    """Handles like this one that the rules allow; whether they are free is not known here."""
    domain = _domain(handle, rules) or rules.domains[0]
    wanted = _letters(handle.removesuffix(domain).partition(".")[0])
    found: dict[str, str] = {}
    for first, method in _candidates(wanted, email):
        candidate = f"{first}{domain}"
        if candidate != handle and refusal(candidate, rules) is None:
            found.setdefault(candidate, method)
    return [Suggestion(*one) for one in list(found.items())[:MAX_SUGGESTIONS]]


def _candidates(wanted: str, email: str | None) -> Iterator[tuple[str, str]]:
    # The very name, where what was asked for is not under a domain of this server.
    yield wanted, "domain"
    if email is not None:
        yield _cut(_letters(email.partition("@")[0]), LONGEST), "email"
    short = _cut(wanted, LONGEST - 4) or "new"
    for word in ("the", "hey", "its"):
        yield f"{word}-{short}", "prefix"
    for word in ("here", "now"):
        yield f"{_cut(short, LONGEST - 5)}-{word}", "suffix"
    for number in range(2, 2 + MAX_SUGGESTIONS):
        yield f"{short}{number}", "number"


def _domain(handle: str, rules: HandleRules) -> str | None:
    """The longest served domain that the handle is under."""
    served = [domain for domain in rules.domains if handle.endswith(domain)]
    return max(served, key=len, default=None)


def _cut(text: str, length: int) -> str:
    """The beginning of a text; no handle's part may end with a hyphen."""
    return text[:length].rstrip("-")


def _letters(text: str) -> str:
    """What a first part may hold of a text."""
    return "".join(c for c in text.lower() if c.isascii() and (c.isalnum() or c == "-")).strip("-")

"""What an operator lays down for a code, read from the wire."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from xrpc_invites.accounts.emails import normal_domain
from xrpc_invites.invites.model import Terms
from xrpc_invites.invites.terms import TermsRefusal, never_usable
from xrpc_invites.methods.errors import terms_error
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.views import View


def given_terms(asked: View) -> dict[str, Any]:
    """The terms that were sent, by the names of `Terms`; None where null was sent.

    Raises:
        XrpcError: A value is none that a code can have.
    """
    return {
        one.name: _read(one.name, getattr(asked, one.name))
        for one in fields(Terms)
        if one.name in asked.model_fields_set
    }


def new_terms(asked: View) -> Terms:
    """The terms of a new code. Raises like `given_terms`."""
    terms = Terms(**given_terms(asked))
    if never_usable(terms):
        raise terms_error(TermsRefusal.NEVER_USABLE)
    return terms


def instant(text: str, name: str) -> datetime:
    """A datetime of the wire in whole milliseconds; `name` is the field in which it came.

    Raises:
        XrpcError: It is in a year that cannot be kept.
    """
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid_request(f"{name} must be in the years 1 to 9999") from None
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


def _read(name: str, value: Any) -> Any:  # noqa: ANN401  # of whatever type the field has
    return value if value is None else _READERS.get(name, _as_it_is)(value)


def _as_it_is(value: object) -> object:
    return value


def _domains(values: list[str]) -> tuple[str, ...]:
    domains = []
    for place, value in enumerate(values):
        domain = normal_domain(value)
        if domain is None:
            raise invalid_request(
                f"emailDomains[{place}] must be a domain such as example.org, without @ and *"
            )
        domains.append(domain)
    return tuple(dict.fromkeys(domains))


def _tags(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


_READERS: Mapping[str, Callable[[Any], object]] = MappingProxyType(
    {
        "not_before": lambda value: instant(value, "notBefore"),
        "expires_at": lambda value: instant(value, "expiresAt"),
        "tags": _tags,
        "email_domains": _domains,
    }
)

"""The only place where refusals become errors of this API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType

from pydantic import ValidationError

from xrpc_invites.accounts.refusals import SignUpRefusal

DETAIL = "detail"
"""Stands for the field where the error is no field's."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that is an error: messages by field. They hold no secret."""

    status: int
    errors: Mapping[str, Sequence[str]]
    headers: Mapping[str, str] = field(default_factory=dict)


def problem(status: int, message: str, headers: Mapping[str, str] | None = None) -> Problem:
    """An error that is no field's."""
    return Problem(status, {DETAIL: [message]}, headers or {})


NOT_FOUND = problem(HTTPStatus.NOT_FOUND, "There is no such invite code, or it cannot be used.")
GONE = problem(HTTPStatus.GONE, "This invite code can no longer be used.")

SIGN_UP: Mapping[SignUpRefusal, tuple[str, str]] = MappingProxyType(
    {
        SignUpRefusal.CODE_MISSING: ("invite_code", "This field is required."),
        # One answer for every cause: telling them apart would help a guesser.
        SignUpRefusal.CODE_UNAVAILABLE: ("invite_code", "This invite code cannot be used."),
        SignUpRefusal.EMAIL_MISSING: ("email", "This field is required."),
        SignUpRefusal.EMAIL_UNSUPPORTED: ("email", "This is no e-mail address that can be used."),
        SignUpRefusal.EMAIL_TAKEN: ("email", "This e-mail address is already taken."),
        SignUpRefusal.HANDLE_TLD: ("username", "No username can be given here for now."),
        SignUpRefusal.HANDLE_DOMAIN: ("username", "No username can be given here for now."),
        SignUpRefusal.HANDLE_SHORT: ("username", "At least 3 characters are needed."),
        SignUpRefusal.HANDLE_LONG: ("username", "At most 18 characters are possible."),
        SignUpRefusal.HANDLE_NESTED: ("username", "Letters, digits and hyphens are possible."),
        SignUpRefusal.HANDLE_RESERVED: ("username", "This username is reserved."),
        SignUpRefusal.HANDLE_TAKEN: ("username", "This username is already taken."),
        SignUpRefusal.PASSWORD_TOO_LONG: ("password", "At most 128 characters are possible."),
        SignUpRefusal.DIRECTORY_FAILED: (
            DETAIL,
            "The directory of DIDs did not take the new one: try again in a moment.",
        ),
        # Of what this API cannot ask for.
        SignUpRefusal.REPLAYED: (DETAIL, "This request was made before."),
        SignUpRefusal.PLC_OPERATION: (DETAIL, "The server makes the DID."),
        SignUpRefusal.DID_UNPROVEN: (DETAIL, "The server makes the DID."),
        SignUpRefusal.DID_TAKEN: (DETAIL, "The server makes the DID."),
    }
)


def of_sign_up(refusal: SignUpRefusal) -> Problem:
    """Why there is no account."""
    name, message = SIGN_UP[refusal]
    if refusal is SignUpRefusal.DIRECTORY_FAILED:
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, message, {"Retry-After": "1"})
    return Problem(HTTPStatus.BAD_REQUEST, {name: [message]})


def of_fields(error: ValidationError) -> Problem:
    """Everything that is wrong with what was sent, by field."""
    errors: dict[str, list[str]] = {}
    for found in error.errors(include_url=False, include_input=False):
        said = _SAID.get(found["type"])
        message = said.format(**found.get("ctx", {})) if said else found["msg"]
        errors.setdefault(str(found["loc"][0]), []).append(message)
    return Problem(HTTPStatus.BAD_REQUEST, errors)


_SAID: Mapping[str, str] = MappingProxyType(
    {
        "missing": "This field is required.",
        "string_type": "This must be text.",
        "string_too_long": "At most {max_length} characters are possible.",
    }
)

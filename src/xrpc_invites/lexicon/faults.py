"""What is wrong with a value, said for people."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

MAX_SHOWN = 80
"""Characters of a value that a message repeats."""

Place = Sequence[str | int]


class InvalidValue(Exception):
    """A value does not fit; the text is the place and the reason."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(f"{path(place)} {reason}".strip())
        self.place = tuple(place)
        self.reason = reason


def path(place: Place) -> str:
    """`codes[0].usedBy`, and nothing for the value itself."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".")


def explain(error: ValidationError) -> InvalidValue:
    """The first thing that a view found wrong."""
    first = error.errors(include_url=False)[0]
    place = [step for step in first["loc"] if not _is_tag(step)]
    return InvalidValue(place, _reason(first))


def shown(value: object) -> str:
    """A value as JSON, cut short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def kind(value: object) -> str:
    """What a value is, without the value."""
    return _KINDS.get(type(value), "something else")


def _reason(error: ErrorDetails) -> str:
    context: Mapping[str, Any] = error.get("ctx", {})
    if error["type"] in _SAID:
        return _SAID[error["type"]](context)
    if error["type"] in _SHOWN:
        return f"must be {_SHOWN[error['type']](context)}, got {shown(error['input'])}"
    # A plain string may be a secret, a code or a password, so what came is not repeated.
    return f"must be {_HIDDEN.get(error['type'], 'an object')}, got {kind(error['input'])}"


Words = Mapping[str, Callable[[Mapping[str, Any]], str]]
"""What to say for a type of error, made from what its checker tells about it."""

_SAID: Words = {
    "missing": lambda _: "is required",
    "format": lambda context: str(context["message"]),
    "null": lambda _: "must not be null: leave it out instead",
    "too_short": lambda context: f"must have at least {context['min_length']} items",
    "too_long": lambda context: f"must have at most {context['max_length']} items",
    "string_too_short": lambda context: f"must have at least {context['min_length']} characters",
    "string_too_long": lambda context: f"must have at most {context['max_length']} characters",
    "literal_error": lambda context: f"must be {context['expected']}",
    "union_tag_not_found": lambda _: "must have a $type",
    "union_tag_invalid": lambda context: (
        f"must have a $type that is known here, got {shown(context['tag'])}"
    ),
}
_SHOWN: Words = {
    "int_type": lambda _: "an integer",
    "int_from_float": lambda _: "an integer",
    "bool_type": lambda _: "true or false",
    "greater_than_equal": lambda context: f"at least {context['ge']}",
    "less_than_equal": lambda context: f"at most {context['le']}",
}
_HIDDEN: Mapping[str, str] = {"string_type": "a string", "list_type": "an array"}

_KINDS: Mapping[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def _is_tag(step: str | int) -> bool:
    """Pydantic puts the `$type` of a union's chosen member into the place; JSON has no such step.

    It is an NSID, and no field that a view can name has a dot in it.
    """
    return isinstance(step, str) and "." in step

"""From the bytes of a JSON body to values of the data model: total, bounded, in linear time."""

import re
from math import isfinite
from typing import Any, assert_never

from pydantic_core import from_json

from xrpc_invites.lexicon.faults import InvalidValue, Place

MAX_DEPTH = 32
"""Arrays and objects inside one another."""

MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly."""

_Read = str | bool | int | float | list[Any] | dict[str, Any] | None
"""What a JSON reader makes."""

_UNFIT = re.compile("[\0\ud800-\udfff]")
_TOO_DEEP = f"must nest at most {MAX_DEPTH} levels deep"
_BOM = b"\xef\xbb\xbf"


def parse_json(body: bytes) -> object:
    """The value that the bytes hold. Integral floats become the integers they are.

    Raises:
        InvalidValue: The bytes are not UTF-8, not JSON, or hold what no value may.
    """
    try:
        # Nothing is cached: what was sent may be a password, which no memory needs to keep.
        value = from_json(body.removeprefix(_BOM), allow_inf_nan=False, cache_strings="none")
    except ValueError as error:
        reason = _TOO_DEEP if "recursion" in str(error) else "must be JSON in UTF-8"
        raise InvalidValue((), reason) from None
    return _fit(value, ())


def check_text(text: str, place: Place = ()) -> None:
    """Raise unless every database and every other program can hold the text."""
    if _UNFIT.search(text):
        raise InvalidValue(place, "must hold no U+0000 and no unpaired surrogate")


def _fit(value: _Read, place: tuple[str | int, ...]) -> object:
    match value:
        case dict():
            _check_depth(place)
            return {_key(key, place): _fit(item, (*place, key)) for key, item in value.items()}
        case str():
            check_text(value, place)
            return value
        case bool() | None:
            return value
        case int():
            _check_integer(value, place)
            return value
        case float():
            return _number(value, place)
        case list():
            _check_depth(place)
            return [_fit(item, (*place, number)) for number, item in enumerate(value)]
        case unreachable:
            assert_never(unreachable)


def _key(key: str, place: tuple[str | int, ...]) -> str:
    check_text(key, place)
    if key == "__proto__":
        raise InvalidValue(place, "must have no key __proto__")
    return key


def _number(value: float, place: Place) -> int | float:
    if not isfinite(value):
        raise InvalidValue(place, f"must be an integer within ±{MAX_INTEGER}")
    if not value.is_integer():
        return value
    _check_integer(int(value), place)
    return int(value)


def _check_integer(value: int, place: Place) -> None:
    if abs(value) > MAX_INTEGER:
        raise InvalidValue(place, f"must be an integer within ±{MAX_INTEGER}")


def _check_depth(place: Place) -> None:
    if len(place) >= MAX_DEPTH:
        raise InvalidValue((), _TOO_DEEP)

"""Reading fields of a JSON object, and noting every fault instead of stopping at the first."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from xrpc_invites.lexicon.faults import path

T = TypeVar("T")
Json = Mapping[str, Any]
Place = tuple[str | int, ...]

IN_WORDS: Mapping[type, str] = MappingProxyType(
    {bool: "a boolean", int: "an integer", str: "a string"}
)


class Faults:
    """Everything that is wrong with one document."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, place: Place, reason: str) -> None:
        """Note a fault; parsing goes on, so that all are told at once."""
        self.found.append(f"{path(place) or '$'}: {reason}")


def a_length(given: Json, name: str, place: Place, faults: Faults) -> int | None:
    """A count of bytes, of graphemes or of items."""
    value = typed_if_there(given, name, int, place, faults)
    if value is not None and value < 0:
        faults.add((*place, name), "must not be negative")
    return value


def strings(value: object, place: Place, faults: Faults) -> tuple[str, ...]:
    """An array of strings."""
    items = a_list(value, place, faults)
    if all(isinstance(item, str) for item in items):
        return tuple(items)
    faults.add(place, "must list strings")
    return ()


def typed(given: Json, name: str, wanted: type[T], place: Place, faults: Faults) -> T | None:
    """A field that must be there."""
    value = given.get(name)
    # A bool is an int to Python and not to JSON.
    if type(value) is wanted:
        return value
    faults.add((*place, name), f"must be {IN_WORDS[wanted]}")
    return None


def typed_if_there(
    given: Json, name: str, wanted: type[T], place: Place, faults: Faults
) -> T | None:
    """A field that may be absent."""
    return typed(given, name, wanted, place, faults) if name in given else None


def an_object(value: object, place: Place, faults: Faults) -> Json:
    """The object that the value is."""
    if isinstance(value, dict):
        return value
    faults.add(place, "must be an object")
    return {}


def a_list(value: object, place: Place, faults: Faults) -> Sequence[Any]:
    """The array that the value is."""
    if isinstance(value, list):
        return value
    faults.add(place, "must be an array")
    return ()

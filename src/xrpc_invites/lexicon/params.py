"""Query strings: from pairs of text to the values that the schema says."""

import re
from collections.abc import Callable, Sequence

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.data import MAX_INTEGER
from xrpc_invites.lexicon.faults import InvalidValue, shown
from xrpc_invites.lexicon.schema import Params, Schema

_INTEGER = re.compile(r"(-?)0*([0-9]{1,16})")


def decode(params: Params, pairs: Sequence[tuple[str, str]]) -> dict[str, object]:
    """The values by name. An empty value is an absent one; names that nobody knows are passed over.

    Raises:
        InvalidValue: A text does not have the form of its type, or a scalar comes twice.
    """
    given: dict[str, list[str]] = {}
    for name, text in pairs:
        if text and name in params.properties:
            given.setdefault(name, []).append(text)
    return {name: _value(name, params.properties[name], texts) for name, texts in given.items()}


def _value(name: str, property_: Schema, texts: Sequence[str]) -> object:
    if isinstance(property_, schema.Array):
        read = _reader(property_.items)
        return [read((name, number), text) for number, text in enumerate(texts)]
    if len(texts) > 1:
        raise InvalidValue((name,), "must be given once")
    return _reader(property_)((name,), texts[0])


def _reader(scalar: Schema) -> Callable[[Sequence[str | int], str], object]:
    match scalar:
        case schema.Boolean():
            return _boolean
        case schema.Integer():
            return _integer
        case _:
            return _string


def _boolean(place: Sequence[str | int], text: str) -> bool:
    if text not in {"true", "false"}:
        raise InvalidValue(place, f"must be true or false, got {shown(text)}")
    return text == "true"


def _integer(place: Sequence[str | int], text: str) -> int:
    found = _INTEGER.fullmatch(text)
    if not found or int(found[2]) > MAX_INTEGER:
        raise InvalidValue(place, f"must be an integer, got {shown(text)}")
    return int(found[1] + found[2])


def _string(_place: Sequence[str | int], text: str) -> str:
    return text

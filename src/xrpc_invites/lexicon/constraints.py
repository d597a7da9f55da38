"""Whether the constraints of a schema belong to its type, and agree with one another."""

import re
from dataclasses import fields, replace
from typing import Any

from xrpc_invites.lexicon import scalars, schema
from xrpc_invites.lexicon.faults import InvalidValue
from xrpc_invites.lexicon.reading import Faults, Json, Place
from xrpc_invites.lexicon.schema import Schema
from xrpc_invites.lexicon.syntax import FORMATS

_BOUNDS = (
    ("minimum", "maximum"),
    ("min_length", "max_length"),
    ("min_graphemes", "max_graphemes"),
)
_MIME = re.compile(r"\*/\*|[^/*\s]+/(?:\*|[^/*\s]+)")


def camel(name: str) -> str:
    """A field's name as a document writes it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_EVERY = frozenset(
    camel(constraint.name)
    for made in (schema.Boolean, schema.Integer, schema.String, schema.Blob)
    for constraint in fields(made)
)


def check_misplaced(given: Json, made: type[Any], place: Place, faults: Faults) -> None:
    """A constraint of another type would never be looked at, and so deceives its reader."""
    own = {camel(constraint.name) for constraint in fields(made)}
    for name in sorted((given.keys() & _EVERY) - own):
        faults.add((*place, name), f"is no constraint of type {given['type']}")


def check_consistent(made: Schema, place: Place, faults: Faults) -> None:
    """Bounds in order, known formats, and a default or const that the schema itself accepts."""
    for low, high in _BOUNDS:
        least, most = getattr(made, low, None), getattr(made, high, None)
        if least is not None and most is not None and least > most:
            faults.add((*place, camel(low)), f"must not be greater than {camel(high)}")
    if getattr(made, "default", None) is not None and getattr(made, "const", None) is not None:
        faults.add((*place, "default"), "must not stand beside a const")
    match made:
        case schema.Integer() | schema.String():
            _check_values(made, place, faults)
        case schema.Blob(accept=tuple() as accepted):
            for number, pattern in enumerate(accepted):
                if not _MIME.fullmatch(pattern):
                    faults.add((*place, "accept", number), "must be a MIME type, */* or type/*")
        case _:
            pass


def _check_values(made: schema.Integer | schema.String, place: Place, faults: Faults) -> None:
    if isinstance(made, schema.String) and made.format not in {None, *FORMATS}:
        faults.add((*place, "format"), "must be a format of the Lexicon language")
        return
    for name, value in (("default", made.default), ("const", made.const)):
        if value is None:
            continue
        try:
            _check_of(made)(value)
        except InvalidValue as fault:
            faults.add((*place, name), fault.reason)


def _check_of(made: schema.Integer | schema.String) -> scalars.Check:
    """What the schema says of a value, its own const aside."""
    rules = replace(made, const=None)
    return scalars.integer(rules) if isinstance(rules, schema.Integer) else scalars.string(rules)

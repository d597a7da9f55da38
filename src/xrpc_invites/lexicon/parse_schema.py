"""From JSON to the schema of a value."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.constraints import camel, check_consistent, check_misplaced
from xrpc_invites.lexicon.data import MAX_DEPTH
from xrpc_invites.lexicon.reading import (
    IN_WORDS,
    Faults,
    Json,
    Place,
    a_length,
    a_list,
    an_object,
    strings,
    typed,
    typed_if_there,
)
from xrpc_invites.lexicon.schema import Schema

_LISTS = {"enum", "known_values", "accept"}
_LENGTHS = {"min_length", "max_length", "min_graphemes", "max_graphemes", "max_size"}
_OF_PARAMS = (schema.Boolean, schema.Integer, schema.String)
_NEVER_INSIDE = {"params", "token"}
"""Types that are no values: `params` stands under a method alone, `token` under a name."""


def parse_schema(value: object, place: Place, faults: Faults) -> Schema:
    """The schema that a JSON value says; `unknown` where it says none."""
    given = an_object(value, place, faults)
    name = str(given.get("type"))
    if len(place) > 4 * MAX_DEPTH:
        faults.add(place, f"must nest at most {MAX_DEPTH} schemas deep")
        return schema.Unknown()
    if name not in _TYPES:
        faults.add((*place, "type"), "must be a type of the Lexicon language")
        return schema.Unknown()
    check_misplaced(given, _TYPES[name], place, faults)
    if name in _CONTAINERS:
        made = _CONTAINERS[name](given, place, faults)
    else:
        made = _plain(_TYPES[name], given, place, faults)
    check_consistent(made, place, faults)
    return made


def _inside(value: object, place: Place, faults: Faults) -> Schema:
    """The schema of a part: a property, or an array's items."""
    made = parse_schema(value, place, faults)
    if isinstance(value, dict) and str(value.get("type")) in _NEVER_INSIDE:
        faults.add((*place, "type"), f"{value['type']} may not stand here")
    return made


def _array(given: Json, place: Place, faults: Faults) -> schema.Array:
    return schema.Array(
        items=_inside(given.get("items"), (*place, "items"), faults),
        min_length=a_length(given, "minLength", place, faults),
        max_length=a_length(given, "maxLength", place, faults),
    )


def _object(given: Json, place: Place, faults: Faults) -> schema.Object:
    properties = _properties(given, place, faults)
    return schema.Object(
        properties=properties,
        required=_names(given, "required", properties, place, faults),
        nullable=_names(given, "nullable", properties, place, faults),
    )


def _params(given: Json, place: Place, faults: Faults) -> schema.Params:
    properties = _properties(given, place, faults)
    for name, parsed in properties.items():
        item = parsed.items if isinstance(parsed, schema.Array) else parsed
        if not isinstance(item, _OF_PARAMS):
            faults.add((*place, "properties", name), "must be a scalar or an array of scalars")
    required = _names(given, "required", properties, place, faults)
    return schema.Params(properties=properties, required=required)


def _union(given: Json, place: Place, faults: Faults) -> schema.Union:
    refs = strings(given.get("refs"), (*place, "refs"), faults)
    closed = typed_if_there(given, "closed", bool, place, faults) or False
    if closed and not refs:
        faults.add((*place, "refs"), "must name something, since the union is closed")
    return schema.Union(refs=refs, closed=closed)


def _ref(given: Json, place: Place, faults: Faults) -> schema.Ref:
    return schema.Ref(ref=typed(given, "ref", str, place, faults) or "")


def _plain(made: type[Any], given: Json, place: Place, faults: Faults) -> Schema:
    """A type whose rules are values: bounds, an enumeration, a default."""
    rules = {
        rule.name: _rule(made, rule.name, given, place, faults)
        for rule in fields(made)
        if camel(rule.name) in given
    }
    result: Schema = made(**rules)
    return result


def _rule(made: type[Any], rule: str, given: Json, place: Place, faults: Faults) -> object:
    name = camel(rule)
    if rule in _LENGTHS:
        return a_length(given, name, place, faults)
    wanted: type = {schema.Boolean: bool, schema.Integer: int}.get(made, str)
    if rule in _LISTS:
        return _values(given[name], wanted, (*place, name), faults)
    return typed(given, name, wanted, place, faults)


def _values(value: object, wanted: type, place: Place, faults: Faults) -> tuple[object, ...] | None:
    items = a_list(value, place, faults)
    for number, item in enumerate(items):
        if type(item) is not wanted:
            faults.add((*place, number), f"must be {IN_WORDS[wanted]}")
            return None
    return tuple(items)


def _properties(given: Json, place: Place, faults: Faults) -> dict[str, Schema]:
    inside = (*place, "properties")
    listed = an_object(given.get("properties", {}), inside, faults)
    return {name: _inside(item, (*inside, name), faults) for name, item in listed.items()}


def _names(
    given: Json, name: str, properties: Json, place: Place, faults: Faults
) -> tuple[str, ...]:
    names = strings(given.get(name, []), (*place, name), faults)
    for number, one in enumerate(names):
        if one not in properties:
            faults.add((*place, name, number), "must name a property")
    return names


_CONTAINERS: Mapping[str, Callable[[Json, Place, Faults], Schema]] = {
    "array": _array,
    "object": _object,
    "params": _params,
    "union": _union,
    "ref": _ref,
}
_TYPES: Mapping[str, type[Any]] = {
    "array": schema.Array,
    "object": schema.Object,
    "params": schema.Params,
    "union": schema.Union,
    "ref": schema.Ref,
    "null": schema.Null,
    "boolean": schema.Boolean,
    "integer": schema.Integer,
    "string": schema.String,
    "bytes": schema.Bytes,
    "cid-link": schema.CidLink,
    "blob": schema.Blob,
    "token": schema.Token,
    "unknown": schema.Unknown,
}

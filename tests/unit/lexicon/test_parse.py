"""Documents: every rule broken once, and every fault told at once."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.parse import parse
from xrpc_invites.lexicon.reading import Faults

EVERYTHING: Mapping[str, Any] = {
    "lexicon": 1,
    "id": "com.example.everything",
    "description": "Unknown fields are let pass.",
    "revision": 7,
    "defs": {
        "main": {
            "type": "procedure",
            "parameters": {
                "type": "params",
                "required": ["limit"],
                "properties": {
                    "limit": {"type": "integer", "minimum": 1, "maximum": 9, "default": 5},
                    "tags": {"type": "array", "items": {"type": "string"}, "maxLength": 3},
                    "flag": {"type": "boolean", "const": True},
                    "text": {"type": "string", "minLength": 2, "maxLength": 4, "default": "äö"},
                },
            },
            "input": {
                "encoding": "application/json",
                "schema": {"type": "ref", "ref": "#thing"},
            },
            "output": {"encoding": "*/*"},
            "errors": [{"name": "Nope", "description": "It did not work."}],
        },
        "thing": {
            "type": "object",
            "required": ["a"],
            "nullable": ["b"],
            "properties": {
                "a": {"type": "string", "format": "did", "default": "did:web:x"},
                "b": {"type": "bytes", "minLength": 1, "maxLength": 2},
                "c": {"type": "blob", "accept": ["image/*"], "maxSize": 100},
                "d": {"type": "cid-link"},
                "e": {"type": "union", "refs": ["#thing"], "closed": True},
                "f": {"type": "string", "enum": ["x", "y"], "const": "x", "knownValues": ["x"]},
                "g": {"type": "null"},
                "h": {"type": "integer", "enum": [1, 2]},
                "i": {"type": "string", "minGraphemes": 1, "maxGraphemes": 2, "maxLength": 9},
            },
        },
        "mark": {"type": "token"},
    },
}


def parsed(document: object) -> tuple[schema.Document, list[str]]:
    faults = Faults()
    return parse(document, faults), faults.found


def changed(place: str, value: Any) -> dict[str, Any]:
    """The document of everything, with one value replaced; `...` takes it away."""
    document: dict[str, Any] = json.loads(json.dumps(EVERYTHING))
    *steps, last = place.split("/")
    inside = document
    for step in steps:
        inside = inside[step]
    if value is ...:
        del inside[last]
    else:
        inside[last] = value
    return document


def test_a_document_that_says_everything_has_no_fault() -> None:
    document, faults = parsed(EVERYTHING)

    assert faults == []
    main = document.defs["main"]
    assert isinstance(main, schema.Procedure)
    assert main.errors == ("Nope",)
    assert main.parameters.properties["limit"] == schema.Integer(minimum=1, maximum=9, default=5)
    thing = document.defs["thing"]
    assert isinstance(thing, schema.Object)
    assert thing.nullable == ("b",)
    assert thing.properties["e"] == schema.Union(refs=("#thing",), closed=True)
    assert thing.properties["i"] == schema.String(min_graphemes=1, max_graphemes=2, max_length=9)


@pytest.mark.parametrize(
    ("place", "value", "where"),
    [
        ("lexicon", 2, "lexicon"),
        ("lexicon", True, "lexicon"),
        ("id", "nope", "id"),
        ("id", 7, "id"),
        ("defs", {}, "defs"),
        ("defs", [], "defs"),
        ("defs/thing", 7, "defs.thing"),
        ("defs/thing/type", "thing", "defs.thing.type"),
        ("defs/thing/type", ..., "defs.thing.type"),
        ("defs/mark/type", "query", "defs.mark.type"),
        ("defs/mark/type", "unknown", "defs.mark.type"),
        ("defs/mark", {"type": "ref", "ref": "#thing"}, "defs.mark.type"),
        ("defs/mark", {"type": "union", "refs": []}, "defs.mark.type"),
        ("defs/mark", {"type": "params"}, "defs.mark.type"),
        ("defs/thing#", {"type": "token"}, "defs.thing#"),
        ("defs/main/parameters", {"type": "object"}, "defs.main.parameters"),
        ("defs/main/parameters/properties/text", {"type": "object"}, "defs.main.parameters.properties.text"),
        ("defs/main/parameters/properties/text", {"type": "unknown"}, "defs.main.parameters.properties.text"),
        ("defs/main/parameters/properties/text/default", "äöü", "defs.main.parameters.properties.text.default"),
        ("defs/main/parameters/properties/text/default", "a", "defs.main.parameters.properties.text.default"),
        ("defs/main/parameters/properties/text/maximum", 4, "defs.main.parameters.properties.text.maximum"),
        ("defs/main/parameters/properties/text/minLength", 5, "defs.main.parameters.properties.text.minLength"),
        ("defs/main/parameters/properties/limit/minimum", 10, "defs.main.parameters.properties.limit.minimum"),
        ("defs/main/parameters/properties/tags/items", {"type": "blob"}, "defs.main.parameters.properties.tags"),
        ("defs/main/parameters/required", ["nope"], "defs.main.parameters.required[0]"),
        ("defs/main/parameters/properties/limit/default", 10, "defs.main.parameters.properties.limit.default"),
        ("defs/main/parameters/properties/limit/default", 0, "defs.main.parameters.properties.limit.default"),
        ("defs/main/parameters/properties/limit/default", "5", "defs.main.parameters.properties.limit.default"),
        ("defs/main/parameters/properties/limit/default", True, "defs.main.parameters.properties.limit.default"),
        ("defs/main/parameters/properties/limit/minimum", "1", "defs.main.parameters.properties.limit.minimum"),
        ("defs/main/parameters/properties/flag/const", 0, "defs.main.parameters.properties.flag.const"),
        ("defs/main/parameters/properties/flag/default", False, "defs.main.parameters.properties.flag.default"),
        ("defs/main/input/encoding", ..., "defs.main.input.encoding"),
        ("defs/main/input/schema", {"type": "string"}, "defs.main.input.schema"),
        ("defs/main/input", [], "defs.main.input"),
        ("defs/main/errors", {}, "defs.main.errors"),
        ("defs/main/errors", [{"name": "has blank"}], "defs.main.errors[0].name"),
        ("defs/main/errors", [{}], "defs.main.errors[0].name"),
        ("defs/thing/required", ["nope"], "defs.thing.required[0]"),
        ("defs/thing/nullable", ["nope"], "defs.thing.nullable[0]"),
        ("defs/thing/required", "a", "defs.thing.required"),
        ("defs/thing/required", [1], "defs.thing.required"),
        ("defs/thing/properties", [], "defs.thing.properties"),
        ("defs/thing/properties/a/format", "nope", "defs.thing.properties.a.format"),
        ("defs/thing/properties/a/default", "nope", "defs.thing.properties.a.default"),
        ("defs/thing/properties/b/minLength", -1, "defs.thing.properties.b.minLength"),
        ("defs/thing/properties/b/maxLength", "2", "defs.thing.properties.b.maxLength"),
        ("defs/thing/properties/c/accept", "image", "defs.thing.properties.c.accept"),
        ("defs/thing/properties/c/accept", [1], "defs.thing.properties.c.accept[0]"),
        ("defs/thing/properties/c/accept", ["*/*", "image/p*"], "defs.thing.properties.c.accept[1]"),
        ("defs/thing/properties/c/accept", ["*"], "defs.thing.properties.c.accept[0]"),
        ("defs/thing/properties/d/maxSize", 1, "defs.thing.properties.d.maxSize"),
        ("defs/thing/properties/d/type", "token", "defs.thing.properties.d.type"),
        ("defs/thing/properties/d/type", ["string"], "defs.thing.properties.d.type"),
        ("defs/thing/properties/d", {"type": "params"}, "defs.thing.properties.d.type"),
        ("defs/thing/properties/d", {"type": "array", "items": {"type": "token"}}, "defs.thing.properties.d.items.type"),
        ("defs/thing/properties/d", {"type": "array"}, "defs.thing.properties.d.items"),
        ("defs/thing/properties/d", {"type": "ref"}, "defs.thing.properties.d.ref"),
        ("defs/thing/properties/e/refs", [], "defs.thing.properties.e.refs"),
        ("defs/thing/properties/e/refs", [1], "defs.thing.properties.e.refs"),
        ("defs/thing/properties/e/closed", "yes", "defs.thing.properties.e.closed"),
        ("defs/thing/properties/i/default", "three", "defs.thing.properties.i.default"),
        ("defs/thing/properties/f/const", "z", "defs.thing.properties.f.const"),
        ("defs/thing/properties/h/enum", ["1"], "defs.thing.properties.h.enum[0]"),
        ("defs/thing/properties/h/enum", [True], "defs.thing.properties.h.enum[0]"),
        ("defs/thing/properties/h/default", 3, "defs.thing.properties.h.default"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_told_with_its_place(place: str, value: Any, where: str) -> None:
    _, faults = parsed(changed(place, value))

    assert any(fault.startswith(f"{where}: ") for fault in faults), faults


def test_every_fault_is_told_at_once() -> None:
    broken = changed("lexicon", 2) | {"id": "x"}
    broken["defs"]["thing"]["required"] = ["nope"]

    _, faults = parsed(broken)

    assert len(faults) == 3


def alone(main: object) -> list[str]:
    return parsed({"lexicon": 1, "id": "com.example.alone", "defs": {"main": main}})[1]


@pytest.mark.parametrize(
    "main",
    [
        {"type": "record", "key": "tid", "record": {"type": "object", "properties": {}}},
        {"type": "record", "key": "literal:self", "record": {"type": "object"}},
        {"type": "subscription"},
        {"type": "subscription", "message": {"schema": {"type": "union", "refs": ["#x"]}}},
        {"type": "permission-set", "permissions": []},
        {"type": "query"},
        {"type": "procedure"},
    ],
    ids=json.dumps,
)
def test_every_primary_type_is_known(main: object) -> None:
    assert alone(main) == []


@pytest.mark.parametrize(
    "main",
    [
        {"type": "record", "key": "nope", "record": {"type": "object"}},
        {"type": "record", "key": "literal:a/b", "record": {"type": "object"}},
        {"type": "record", "key": "literal", "record": {"type": "object"}},
        {"type": "record", "record": {"type": "object"}},
        {"type": "record", "key": "tid", "record": {"properties": {}}},
        {"type": "record", "key": "tid", "record": {"type": "string"}},
        {"type": "subscription", "message": {"schema": {"type": "object"}}},
        {"type": "subscription", "message": 7},
        {"type": "permission-set"},
    ],
    ids=json.dumps,
)
def test_every_primary_type_has_rules(main: object) -> None:
    assert alone(main)


def test_a_default_that_no_text_can_hold_is_still_measured() -> None:
    assert alone({"type": "string", "maxLength": 3, "default": "\ud800"}) == []


def test_schemas_nest_no_deeper_than_the_limit() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(300):
        deep = {"type": "array", "items": deep}

    assert any("nest" in fault for fault in alone(deep))


TYPES = ["object", "array", "query", "union", "ref", "string", "blob", "record", "permission-set"]
NAMES = ["type", "lexicon", "id", "defs", "main", "properties", "items", "refs", "enum", "default"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner | st.sampled_from(TYPES),
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(json_values)
def test_parsing_is_total(value: object) -> None:
    document, _ = parsed(value)

    assert isinstance(document, schema.Document)


@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(NAMES), json_values))
def test_parsing_any_definition_is_total(name: str, rest: dict[str, object]) -> None:
    assert alone({**rest, "type": name}) is not None

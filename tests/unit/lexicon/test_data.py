"""Reading JSON: every body gives a value of the data model, or one kind of error."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.lexicon.data import MAX_DEPTH, MAX_INTEGER, check_text, parse_json
from xrpc_invites.lexicon.faults import InvalidValue

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])).filter(
    lambda text: text != "__proto__"
)
keys = texts.filter(lambda text: text != "__proto__")
scalars = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20
)


@given(values)
def test_a_value_comes_back_as_it_was_written(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@given(st.binary())
def test_reading_is_total(body: bytes) -> None:
    with suppress(InvalidValue):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"1.0", 1),
        (b"1e2", 100),
        (b"-0.0", 0),
        (b"1.5", 1.5),
        (b"\xef\xbb\xbf{}", {}),
        (b'{"a":1,"a":2}', {"a": 2}),
        (rb'"\ud83d\ude00"', "😀"),
        (str(MAX_INTEGER).encode(), MAX_INTEGER),
        (str(-MAX_INTEGER).encode(), -MAX_INTEGER),
    ],
)
def test_numbers_and_texts_mean_what_they_say(body: bytes, value: object) -> None:
    found = parse_json(body)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nul",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e400",
        b"01",
        b"'a'",
        b'"\xff"',
        b'"\x01"',
        b"{}{}",
        rb'"\u0000"',
        rb'{"\u0000":1}',
        rb'"\ud800"',
        rb'["\udc00\ud800"]',
        b'{"__proto__":1}',
        rb'{"a":[{"\u005f_proto__":1}]}',
        str(MAX_INTEGER + 1).encode(),
        str(-MAX_INTEGER - 1).encode(),
        b"18446744073709551616",
        b"9007199254740992.0",
        b"1" * 5000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe{\x00}\x00",
    ],
    ids=lambda body: repr(body[:20]) + str(len(body)),
)
def test_what_no_value_may_hold_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidValue):
        parse_json(body)


def test_values_may_nest_as_deep_as_the_limit() -> None:
    body = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    assert json.dumps(parse_json(body)).encode() == body


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 10_000])
def test_a_value_that_nests_too_deep_is_told_so(depth: int) -> None:
    with pytest.raises(InvalidValue, match="at most 32 levels"):
        parse_json(b"[" * depth + b"]" * depth)


def test_a_fault_names_its_place() -> None:
    with pytest.raises(InvalidValue, match=r"^codes\[1\] must hold no U\+0000"):
        parse_json(rb'{"codes": ["a", "\u0000"]}')


@pytest.mark.parametrize("text", ["a\0", "\ud800", "a\udfff"])
def test_texts_that_nobody_can_store_are_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        check_text(text)

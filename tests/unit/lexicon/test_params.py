"""Query strings become values, by the schema and by nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.lexicon.data import MAX_INTEGER
from xrpc_invites.lexicon.faults import InvalidValue
from xrpc_invites.lexicon.params import decode
from xrpc_invites.lexicon.schema import Array, Boolean, Integer, Params, String

PARAMS = Params(
    properties={
        "n": Integer(),
        "b": Boolean(),
        "s": String(),
        "ns": Array(items=Integer()),
        "ss": Array(items=String()),
    }
)


@pytest.mark.parametrize(
    ("pairs", "values"),
    [
        ([], {}),
        ([("n", "7")], {"n": 7}),
        ([("n", "-7")], {"n": -7}),
        ([("n", "007")], {"n": 7}),
        ([("n", "0" * 5000 + "7")], {"n": 7}),
        ([("n", "0")], {"n": 0}),
        ([("n", "-0")], {"n": 0}),
        ([("b", "true")], {"b": True}),
        ([("b", "false")], {"b": False}),
        ([("s", " a b ")], {"s": " a b "}),
        ([("s", "7")], {"s": "7"}),
        ([("ns", "1"), ("ns", "2")], {"ns": [1, 2]}),
        ([("ss", "a")], {"ss": ["a"]}),
        ([("n", ""), ("s", ""), ("ns", "")], {}),
        ([("n", ""), ("n", "1")], {"n": 1}),
        ([("unknown", "x"), ("unknown", "y")], {}),
    ],
)
def test_texts_become_values(pairs: list[tuple[str, str]], values: dict[str, object]) -> None:
    assert decode(PARAMS, pairs) == values


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(
            ("n", text)
            for text in ["a", "1.5", "1e2", "0x10", "+1", " 1", "1 ", "--1", "1_0", "\u0661"]
        ),
        ("n", str(MAX_INTEGER + 1)),
        ("n", "9" * 5000),
        *(("b", text) for text in ["True", "1", "yes", "TRUE", " true"]),
        ("ns", "a"),
    ],
)
def test_texts_of_another_form_are_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(InvalidValue, match=f"^{name}"):
        decode(PARAMS, [(name, text)])


@pytest.mark.parametrize("name", ["n", "b", "s"])
def test_a_scalar_given_twice_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match="once"):
        decode(PARAMS, [(name, "1"), (name, "1")])


@given(st.integers(-MAX_INTEGER, MAX_INTEGER))
def test_every_integer_comes_back(number: int) -> None:
    assert decode(PARAMS, [("n", str(number))]) == {"n": number}

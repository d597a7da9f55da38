"""Views: what they take, how they go out, and what is said when something does not fit."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from xrpc_invites.lexicon.faults import explain, shown
from xrpc_invites.lexicon.views import Datetime, Did, Omittable, Unknown, View, to_json


class Inner(View):
    did: Did


class Example(View):
    use_count: int
    some_text: Omittable[str] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    flag: bool = False
    dids: Omittable[list[Did]] = None
    codes: Omittable[list[str]] = None
    inner: Omittable[Inner] = None
    at: Omittable[Datetime] = None
    few: Omittable[Annotated[list[int], Field(min_length=1, max_length=2)]] = None
    word: Omittable[Annotated[str, Field(min_length=2, max_length=4)]] = None
    choice: Omittable[Literal["a", "b"]] = None
    anything: Omittable[Unknown] = None


def said(value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        Example.model_validate(value)
    return str(explain(refused.value))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "useCount is required"),
        ({"useCount": "1"}, 'useCount must be an integer, got "1"'),
        ({"useCount": True}, "useCount must be an integer, got true"),
        ({"useCount": 1.5}, "useCount must be an integer, got 1.5"),
        ({"useCount": None}, "useCount must be an integer, got null"),
        ({"useCount": [1]}, "useCount must be an integer, got [1]"),
        ({"useCount": 1, "limit": 501}, "limit must be at most 500, got 501"),
        ({"useCount": 1, "limit": 0}, "limit must be at least 1, got 0"),
        ({"useCount": 1, "flag": "yes"}, 'flag must be true or false, got "yes"'),
        ({"useCount": 1, "flag": 1}, "flag must be true or false, got 1"),
        ({"useCount": 1, "someText": 123}, "someText must be a string, got a number"),
        ({"useCount": 1, "someText": None}, "someText must not be null: leave it out instead"),
        ({"useCount": 1, "dids": "x"}, "dids must be an array, got a string"),
        ({"useCount": 1, "dids": ["admin"]}, 'dids[0] must be a DID, got "admin"'),
        ({"useCount": 1, "codes": [True]}, "codes[0] must be a string, got a boolean"),
        ({"useCount": 1, "inner": []}, "inner must be an object, got an array"),
        ({"useCount": 1, "inner": {}}, "inner.did is required"),
        ({"useCount": 1, "dids": [5]}, "dids[0] must be a DID, got 5"),
        ({"useCount": 1, "dids": [None]}, "dids[0] must be a DID, got null"),
        ({"useCount": 1, "few": []}, "few must have at least 1 items"),
        ({"useCount": 1, "few": [1, 2, 3]}, "few must have at most 2 items"),
        ({"useCount": 1, "word": "a"}, "word must have at least 2 characters"),
        ({"useCount": 1, "word": "secret"}, "word must have at most 4 characters"),
        ({"useCount": 1, "choice": "c"}, "choice must be 'a' or 'b'"),
        ({"useCount": 1, "anything": "x"}, "anything must be an object, got a string"),
        ({"useCount": 1, "at": "now"}, 'at must be a datetime as in RFC 3339, got "now"'),
        ([], "must be an object, got an array"),
        (None, "must be an object, got null"),
    ],
)
def test_a_fault_is_told_for_people(value: object, message: str) -> None:
    assert said(value) == message


def test_a_plain_text_is_never_repeated() -> None:
    assert "hunter2" not in said({"useCount": 1, "codes": [{"password": "hunter2"}]})


def test_a_long_value_is_cut_short() -> None:
    assert len(shown("x" * 1000)) < 100


def test_a_view_goes_out_without_what_is_absent() -> None:
    view = Example(use_count=1, inner=Inner(did="did:web:x"))

    assert to_json(view) == b'{"useCount":1,"limit":100,"flag":false,"inner":{"did":"did:web:x"}}'


def test_unknown_fields_are_let_pass() -> None:
    assert Example.model_validate({"useCount": 1, "more": {}}).use_count == 1


def test_what_this_program_makes_may_say_none_for_what_is_absent() -> None:
    view = Example(use_count=1, some_text=None, inner=None)

    assert view == Example(use_count=1)


def test_a_value_that_no_json_holds_is_something_else() -> None:
    assert said({"useCount": 1, "codes": {1}}) == "codes must be an array, got something else"


class Cat(View):
    type_: Literal["com.example.cat"] = Field(default="com.example.cat", alias="$type")


class Dog(View):
    type_: Literal["com.example.dog"] = Field(default="com.example.dog", alias="$type")
    owner: Omittable[Did] = None


class Home(View):
    pet: Annotated[Cat | Dog, Field(discriminator="type_")]


@pytest.mark.parametrize(
    ("pet", "message"),
    [
        ({}, "pet must have a $type"),
        ({"$type": "com.example.fish"}, 'pet must have a $type that is known here, got "com.example.fish"'),
        ({"$type": "com.example.dog", "owner": "x"}, 'pet.owner must be a DID, got "x"'),
        (7, "pet must be an object, got a number"),
        (None, "pet must be an object, got null"),
    ],
)  # fmt: skip
def test_a_union_takes_its_members_alone(pet: object, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Home.model_validate({"pet": pet})

    assert str(explain(refused.value)) == message


def test_a_union_goes_out_with_its_type() -> None:
    home = Home.model_validate({"pet": {"$type": "com.example.dog"}})

    assert to_json(home) == b'{"pet":{"$type":"com.example.dog"}}'

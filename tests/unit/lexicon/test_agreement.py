"""Views and documents tell one story: each way to disagree is broken once, and seen."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, Field

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.agreement import differences
from xrpc_invites.lexicon.load import Lexicons
from xrpc_invites.lexicon.schema import Document, Object
from xrpc_invites.lexicon.views import Did, Handle, Omittable, Unknown, View

BASE = "com.example.base"


class Part(View):
    did: Did


class Cat(View):
    type_: Literal["com.example.base#cat"] = Field(default="com.example.base#cat", alias="$type")


class Other(View):
    """What stands in a view for members of a union that are not known."""

    type_: str = Field(alias="$type")


class Dog(View):
    type_: Literal["com.example.base#dog"] = Field(default="com.example.base#dog", alias="$type")


PART = Object(properties={"did": schema.String(format="did")}, required=("did",))
LEXICONS = Lexicons(
    [
        Document(
            id=BASE,
            defs={
                "part": PART,
                "cat": Object(),
                "dog": Object(),
                "text": schema.String(),
                "mark": schema.Token(),
                "query": schema.Query(),
                "record": schema.Record(key="tid", record=PART),
            },
        )
    ]
)
MaybeText = Omittable[str]
Letters = Literal["a", "b"]
Pets = Annotated[Cat | Dog, Field(discriminator="type_")]


def compared(annotation: Any, property_: schema.Schema, *, default: Any = ..., **rules: Any) -> str:
    """The differences between a view and a document of one field `some`."""
    info = Field() if default is ... else Field(default=default)
    view = type("Example", (View,), {"__annotations__": {"some": annotation}, "some": info})
    wanted = Object(
        properties={"some": property_}, required=rules.pop("required", ("some",)), **rules
    )
    return "\n".join(differences(view, wanted, LEXICONS, BASE))


def numbered(count: int) -> list[str]:
    """Names for examples whose types have none that stay the same."""
    return [f"example-{number}" for number in range(count)]


REF = schema.Ref(ref="#part")
DIDS = schema.Array(items=schema.String(format="did"), max_length=3)
UNION = schema.Union(refs=("#cat", "#dog"))


@pytest.mark.parametrize(
    ("annotation", "property_"),
    [
        (str, schema.String()),
        (Did, schema.String(format="did")),
        (bool, schema.Boolean()),
        (int, schema.Integer()),
        (Annotated[int, Field(ge=1, le=5)], schema.Integer(minimum=1, maximum=5)),
        (Annotated[str, Field(max_length=5)], schema.String(max_length=5)),
        (list[str], schema.Array(items=schema.String())),
        (Annotated[list[Did], Field(max_length=3)], DIDS),
        (Unknown, schema.Unknown()),
        (Part, REF),
        (Part, PART),
        (list[Part], schema.Array(items=REF)),
        (Pets, UNION),
        (Cat | Dog | Other, UNION),
        (str, schema.Ref(ref="#text")),
        (Part, schema.Ref(ref="#record")),
        (Letters, schema.String(enum=("a", "b"))),
        (Literal["a"], schema.String(const="a")),
        (str, schema.String(known_values=("a", "b"))),
    ],
    ids=numbered(19),
)  # fmt: skip
def test_what_agrees_has_no_difference(annotation: Any, property_: schema.Schema) -> None:
    assert compared(annotation, property_) == ""


@pytest.mark.parametrize(
    ("annotation", "property_", "where"),
    [
        (int, schema.String(), "some"),
        (str, schema.Integer(), "some"),
        (bool, schema.Integer(), "some"),
        (int, schema.Boolean(), "some"),
        (str, schema.Unknown(), "some"),
        (str, schema.Array(items=schema.String()), "some"),
        (list[int], schema.Array(items=schema.String()), "some[0]"),
        (list[str], schema.String(), "some"),
        (str, schema.String(format="did"), "some"),
        (Handle, schema.String(format="did"), "some"),
        (Did, schema.String(), "some"),
        (int, schema.Integer(minimum=1), "some"),
        (Annotated[int, Field(ge=1)], schema.Integer(minimum=2), "some"),
        (Annotated[int, Field(le=5)], schema.Integer(), "some"),
        (str, schema.String(max_length=5), "some"),
        (Annotated[str, Field(max_length=4)], schema.String(max_length=5), "some"),
        (list[str], schema.Array(items=schema.String(), max_length=5), "some"),
        (str, REF, "some"),
        (int, schema.Ref(ref="#text"), "some"),
        (str, schema.Ref(ref="#nope"), "some"),
        (str, schema.Ref(ref="#mark"), "some"),
        (str, schema.Ref(ref="#query"), "some"),
        (int, schema.Ref(ref="#record"), "some"),
        (list[str | None], schema.Array(items=schema.String()), "some[0]"),
        (str, schema.String(enum=("a", "b")), "some"),
        (Letters, schema.String(), "some"),
        (Letters, schema.String(enum=("a", "c")), "some"),
        (str, schema.String(const="a"), "some"),
        (Annotated[int, Field(gt=0)], schema.Integer(), "some"),
        (Annotated[str, AfterValidator(str.lower)], schema.String(), "some"),
        (Annotated[str, Field(pattern="a")], schema.String(), "some"),
        (str, schema.Blob(), "some"),
        (Part, Object(properties={"other": schema.String()}), "some.other"),
        (Part, Object(properties={"did": schema.String()}, required=("did",)), "some.did"),
        (str, PART, "some"),
        (Cat, UNION, "some"),
        (Pets, schema.Union(refs=("#cat",)), "some"),
    ],
    ids=numbered(37),
)
def test_a_difference_is_told_with_its_place(
    annotation: Any, property_: schema.Schema, where: str
) -> None:
    assert compared(annotation, property_).startswith(f"{where}: ")


def test_names_must_be_the_same() -> None:
    wanted = Object(properties={"dids": schema.String()}, required=("dids",))

    assert differences(Part, wanted, LEXICONS, BASE) == [
        "dids: is in the Lexicon and not in Part",
        "did: is in Part and not in the Lexicon",
    ]


def test_what_is_required_is_required_in_both() -> None:
    assert "required in the Lexicon" in compared(str | None, schema.String(), default=None)
    assert "may be absent in the Lexicon" in compared(str, schema.String(), required=())
    assert compared(MaybeText, schema.String(), default=None, required=()) == ""


def test_a_default_is_the_same_in_both() -> None:
    assert compared(int, schema.Integer(default=5), default=5) == ""
    assert "the default 5" in compared(int, schema.Integer(default=5), default=6)
    assert "the default 5" in compared(int, schema.Integer(default=5))
    assert "the default False" in compared(bool, schema.Boolean(default=False), default=True)
    assert "the default 1" in compared(int, schema.Integer(default=1), default=True)
    assert compared(int, schema.Integer(default=5), default=5, required=()) == ""
    assert "has no default" in compared(int, schema.Integer(), default=5, required=())


def test_null_is_taken_where_the_lexicon_says_so() -> None:
    nullable = {"nullable": ("some",)}

    assert compared(str | None, schema.String(), **nullable) == ""
    assert "may be null" in compared(str, schema.String(), **nullable)
    assert "may be null" in compared(MaybeText, schema.String(), **nullable)
    assert "must not be null" in compared(str | None, schema.String())


class Tree(View):
    children: list["Tree"]


def test_a_view_may_contain_itself() -> None:
    tree = Object(
        properties={"children": schema.Array(items=schema.Ref(ref="#tree"))},
        required=("children",),
    )
    lexicons = Lexicons([Document(id=BASE, defs={"tree": tree})])

    assert differences(Tree, tree, lexicons, BASE) == []

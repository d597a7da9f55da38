"""Documents in short: everything that a document can say has a notation."""

import pytest

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.load import Lexicons
from xrpc_invites.lexicon.notation import lines, page
from xrpc_invites.lexicon.schema import Body, Document, Object, Params

THING = Object(
    properties={
        "a": schema.String(format="did", max_length=9),
        "b": schema.Array(items=schema.Ref(ref="#x"), min_length=1),
        "c": schema.Union(refs=("#x", "#y"), closed=True),
        "d": schema.Integer(minimum=1, default=5, enum=(5, 6)),
        "e": schema.String(known_values=("p", "q"), default="p"),
        "f": schema.CidLink(),
        "g": schema.Blob(accept=("image/*",), max_size=9),
    },
    required=("a",),
    nullable=("b",),
)
SHORT = (
    "{ a!: string:did(maxLength=9), b: array<->#x>(minLength=1)?null, c: closed union(#x | #y), "
    'd: integer(minimum=1, enum=5/6, default=5), e: string(default="p", knownValues=p/q), '
    "f: cid-link, g: blob(accept=image/*, maxSize=9) }"
)  # fmt: skip


@pytest.mark.parametrize(
    ("definition", "shown"),
    [
        (THING, [f"- `#main`: `{SHORT}`"]),
        (schema.Token(), ["- `#main`: `token`"]),
        (schema.Record(key="tid", record=Object()), ["- **record**, key tid: `{  }`"]),
        (schema.PermissionSet(permissions=({},)), ["- **permission-set** of 1"]),
        (
            schema.Subscription(message=schema.Message(schema=schema.Union(refs=("#x",)))),
            ["- **subscription**", "  - message: `union(#x)`"],
        ),
        (
            schema.Query(
                parameters=Params(properties={"n": schema.Boolean()}),
                output=Body(encoding="*/*"),
                errors=("One", "Two"),
            ),
            [
                "- **query**",
                "  - params: `{ n: boolean }`",
                "  - output: `*/*`",
                "  - errors: One, Two",
            ],
        ),
    ],
    ids=range(6),
)
def test_what_is_said_is_shown(definition: schema.Definition, shown: list[str]) -> None:
    assert list(lines(Document(id="a.b.c", defs={"main": definition}))) == shown


def test_a_page_has_a_section_for_each_document() -> None:
    source = {"defs": {"main": {"description": "What it is for."}}}
    document = Document(id="a.b.c", defs={"main": schema.Query()}, source=source)

    assert page(Lexicons([document])).endswith("## `a.b.c`\n\nWhat it is for.\n\n- **query**\n")

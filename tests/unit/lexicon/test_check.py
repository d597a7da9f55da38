"""Values against schemas: what fits passes, and each single fault is told with its place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.lexicon.generated import CID, fitting, schemas, spoiled
from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.check import Checks
from xrpc_invites.lexicon.faults import InvalidValue
from xrpc_invites.lexicon.load import Lexicons
from xrpc_invites.lexicon.schema import Body, Document, Object, Params, Schema

NSID = "com.example.doc"


def checks(**defs: schema.Definition) -> Checks:
    return Checks(Lexicons([Document(id=NSID, defs=defs)]))


def check(wanted: Schema, value: object) -> None:
    checks(it=wanted).definition(f"{NSID}#it")(value)


def fault(wanted: Schema, value: object) -> str:
    with pytest.raises(InvalidValue) as told:
        check(wanted, value)
    return str(told.value)


@given(st.data(), schemas)
def test_what_fits_a_schema_passes(data: st.DataObject, wanted: Schema) -> None:
    check(wanted, data.draw(fitting(wanted)))


@given(st.data(), schemas)
def test_every_single_fault_is_found_at_its_place(data: st.DataObject, wanted: Schema) -> None:
    value = data.draw(fitting(wanted))

    for place, bad in spoiled(wanted, value):
        with pytest.raises(InvalidValue) as told:
            check(wanted, bad)
        assert told.value.place[: len(place)] == place, (place, bad)


TREE = Object(properties={"child": schema.Ref(ref="#tree"), "n": schema.Integer()})
UNION = schema.Union(refs=("#cat", f"{NSID}#dog", NSID))
CAT = Object(properties={"lives": schema.Integer(maximum=9)}, required=("lives",))
ZOO: dict[str, schema.Definition] = {
    "main": Object(properties={"main": schema.Boolean()}),
    "cat": CAT,
    "dog": Object(),
    "tree": TREE,
    "token": schema.Token(),
    "open": Object(properties={"pet": UNION}),
    "closed": Object(properties={"pet": schema.Union(refs=("#cat",), closed=True)}),
    "marked": Object(properties={"mark": schema.Ref(ref="#token")}),
    "query": schema.Query(),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tree", {"child": {"child": {"n": 1}}}),
        ("open", {"pet": {"$type": f"{NSID}#cat", "lives": 9}}),
        ("open", {"pet": {"$type": f"{NSID}#dog", "more": 1}}),
        ("open", {"pet": {"$type": NSID, "main": True}}),
        ("open", {"pet": {"$type": "com.example.unheardOf"}}),
        ("closed", {"pet": {"$type": f"{NSID}#cat", "lives": 1}}),
        ("marked", {"mark": f"{NSID}#token"}),
        ("cat", {"lives": 1, "unknown": [{}]}),
    ],
)
def test_references_and_unions_are_followed(name: str, value: object) -> None:
    checks(**ZOO).definition(f"{NSID}#{name}")(value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("tree", {"child": {"child": {"n": "x"}}}, 'child.child.n must be an integer, got "x"'),
        ("open", {"pet": {"$type": f"{NSID}#cat", "lives": 10}}, "pet.lives must be at most 9, got 10"),
        ("open", {"pet": {"$type": NSID, "main": 1}}, "pet.main must be true or false, got 1"),
        ("open", {"pet": {}}, "pet.$type is required, to tell the members of a union apart"),
        ("open", {"pet": {"$type": 7}}, "pet.$type is required, to tell the members of a union apart"),
        ("open", {"pet": []}, "pet must be an object, got an array"),
        ("closed", {"pet": {"$type": "x"}}, f'pet.$type must be "{NSID}#cat", got "x"'),
        ("marked", {"mark": "x"}, f'mark must be "{NSID}#token"'),
    ],
)  # fmt: skip
def test_faults_behind_references_have_their_whole_place(
    name: str, value: object, message: str
) -> None:
    with pytest.raises(InvalidValue) as told:
        checks(**ZOO).definition(f"{NSID}#{name}")(value)

    assert str(told.value) == message


def test_a_value_of_any_depth_gives_an_answer() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"child": deep}

    with pytest.raises(InvalidValue, match="nest"):
        checks(**ZOO).definition(f"{NSID}#tree")(deep)


def test_what_describes_no_value_checks_none() -> None:
    with pytest.raises(TypeError):
        checks(**ZOO).definition(f"{NSID}#query")
    with pytest.raises(TypeError):
        checks(**ZOO).record(NSID)
    with pytest.raises(KeyError):
        checks(**ZOO).definition(f"{NSID}#nope")


@pytest.mark.parametrize(
    ("wanted", "value", "message"),
    [
        (schema.String(), 7, "must be a string, got a number"),
        (schema.String(format="did"), "x", 'must be a DID, got "x"'),
        (schema.String(format="did", max_length=5), "did:web:x", "must have at most 5 bytes, got 9"),
        (schema.String(min_length=3), "é", "must have at least 3 bytes, got 2"),
        (schema.String(max_graphemes=1), "ab", "must have at most 1 graphemes, got 2"),
        (schema.String(const="x"), "hunter2", 'must be "x"'),
        (schema.String(enum=("x", "y")), "z", 'must be "x" or "y"'),
        (schema.Integer(enum=(1, 2)), 3, "must be 1 or 2, got 3"),
        (schema.Integer(const=0), 1, "must be 0, got 1"),
        (schema.Boolean(const=False), True, "must be false, got true"),
        (schema.Array(items=schema.String()), {}, "must be an array, got an object"),
        (schema.Array(items=schema.String(), min_length=1), [], "must have at least 1 items, got 0"),
        (schema.Null(), 0, "must be null, got a number"),
        (schema.Blob(), {"$type": "blob"}, 'ref must be a link, as {"$link": CID}'),
        (schema.Unknown(), {"a": [{"b": 1.5}]}, "a[0].b must be an integer, got 1.5"),
    ],
    ids=range(15),
)  # fmt: skip
def test_a_fault_is_told_for_people(wanted: Schema, value: object, message: str) -> None:
    assert fault(wanted, value) == message


BLOB = {"$type": "blob", "ref": {"$link": CID}, "mimeType": "image/png", "size": 10}


@pytest.mark.parametrize(
    ("rules", "changed", "place"),
    [
        (schema.Blob(max_size=9), {}, "size"),
        (schema.Blob(), {"size": -1}, "size"),
        (schema.Blob(), {"size": True}, "size"),
        (schema.Blob(accept=("text/*",)), {}, "mimeType"),
        (schema.Blob(accept=("image/jpeg",)), {}, "mimeType"),
        (schema.Blob(), {"mimeType": ""}, "mimeType"),
        (schema.Blob(), {"mimeType": 7}, "mimeType"),
        (schema.Blob(), {"ref": CID}, "ref"),
    ],
    ids=range(8),
)
def test_a_blob_is_checked_part_by_part(
    rules: schema.Blob, changed: dict[str, object], place: str
) -> None:
    assert fault(rules, BLOB | changed).startswith(f"{place} ")


@pytest.mark.parametrize("accept", [None, ("*/*",), ("image/*",), ("image/png", "x/y")])
def test_a_blob_of_an_accepted_type_passes(accept: tuple[str, ...] | None) -> None:
    check(schema.Blob(accept=accept, max_size=10), BLOB)


@pytest.mark.parametrize("text", ["", "AA", "AAA", "AAA=", "AA==", "+/+/"])
def test_bytes_may_be_padded_or_not(text: str) -> None:
    check(schema.Bytes(), {"$bytes": text})


@pytest.mark.parametrize("number", [1.0, -0.0, 2.0])
def test_a_number_without_a_fraction_is_an_integer(number: float) -> None:
    check(schema.Integer(maximum=2), number)
    check(schema.Unknown(), {"a": number})


def test_what_has_a_default_is_never_missing() -> None:
    check(Object(properties={"n": schema.Integer(default=1)}, required=("n",)), {})


RECORD = schema.Record(key="literal:self", record=Object(properties={"n": schema.Integer()}))


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("literal:self", "self", "other"),
        ("tid", "3jzfcijpj2z2a", "self"),
        ("nsid", "com.example.thing", "self"),
        ("any", "any-thing", "a/b"),
    ],
)
def test_a_record_has_a_key_of_its_kind(key: str, good: str, bad: str) -> None:
    record = schema.Record(key=key, record=Object())
    check_record = checks(main=record).record(NSID)

    check_record({"$type": NSID}, good)
    with pytest.raises(InvalidValue, match="record key"):
        check_record({"$type": NSID}, bad)


@pytest.mark.parametrize("value", [{}, {"$type": "x"}, {"$type": NSID, "n": "x"}, [], None])
def test_a_record_says_what_it_is(value: object) -> None:
    with pytest.raises(InvalidValue):
        checks(main=RECORD).record(NSID)(value, "self")


PARAMS = Params(
    properties={
        "limit": schema.Integer(minimum=1, maximum=9, default=5),
        "dids": schema.Array(items=schema.String(format="did"), max_length=2),
        "flag": schema.Boolean(default=False),
        "name": schema.String(),
    },
    required=("dids",),
)


def test_parameters_are_read_checked_and_filled_in() -> None:
    read = checks(main=schema.Query(parameters=PARAMS)).parameters(NSID, PARAMS)

    assert read([("dids", "did:web:x")]) == {"limit": 5, "flag": False, "dids": ["did:web:x"]}
    for pairs in (
        [],
        [("dids", "x")],
        [("dids", "did:web:x")] * 3,
        [("dids", "did:web:x"), ("limit", "10")],
        [("dids", "did:web:x"), ("flag", "yes")],
    ):
        with pytest.raises(InvalidValue):
            read(pairs)


def test_a_body_without_a_schema_has_no_check() -> None:
    assert checks().body(NSID, None) is None
    assert checks().body(NSID, Body(encoding="*/*")) is None

"""Schemas of every shape, values that fit them, and every way to spoil such a value once."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.data import MAX_INTEGER
from xrpc_invites.lexicon.schema import Schema

Place = tuple[str | int, ...]
CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"
EXAMPLES = {
    "did": "did:web:ada.test",
    "handle": "ada.test",
    "datetime": "2026-01-01T00:00:00.000Z",
    "nsid": "com.example.thing",
    "at-uri": "at://ada.test/com.example.thing/self",
    "cid": CID,
    "uri": "https://example.org",
    "tid": "3jzfcijpj2z2a",
    "record-key": "self",
    "language": "de-CH",
    "at-identifier": "ada.test",
}
small = st.integers(-50, 50)
names = st.sampled_from(["a", "b", "useCount", "cid-link", "x y"])


def _integer(low: int, room: int) -> schema.Integer:
    return schema.Integer(minimum=low, maximum=low + room)


scalars: st.SearchStrategy[Schema] = st.one_of(
    st.just(schema.Boolean()),
    st.builds(schema.Boolean, const=st.booleans()),
    st.just(schema.Integer()),
    st.builds(_integer, small, st.integers(0, 50)),
    st.builds(schema.Integer, enum=st.lists(small, min_size=1, max_size=3).map(tuple)),
    st.just(schema.String()),
    st.builds(schema.String, format=st.sampled_from(sorted(EXAMPLES))),
    st.builds(schema.String, max_length=st.integers(0, 9)),
    st.builds(schema.String, min_graphemes=st.just(1), max_graphemes=st.integers(1, 4)),
    st.builds(schema.String, enum=st.just(("x", "y"))),
    st.just(schema.String(known_values=("x",))),
    st.just(schema.Null()),
    st.just(schema.CidLink()),
    st.builds(schema.Bytes, max_length=st.integers(0, 9)),
    st.just(schema.Blob(accept=("image/*",), max_size=99)),
    st.just(schema.Unknown()),
)


@st.composite
def _objects(draw: st.DrawFn, inner: st.SearchStrategy[Schema]) -> schema.Object:
    properties = draw(st.dictionaries(names, inner, max_size=4))
    some = st.lists(st.sampled_from(sorted(properties) or [""]), unique=True)
    required, nullable = (tuple(draw(some)) if properties else () for _ in range(2))
    return schema.Object(properties=properties, required=required, nullable=nullable)


def _arrays(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    return st.builds(schema.Array, items=inner, min_length=st.just(1), max_length=st.integers(1, 3))


schemas: st.SearchStrategy[Schema] = st.recursive(
    scalars, lambda inner: _objects(inner) | _arrays(inner), max_leaves=8
)


def fitting(wanted: Schema) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911, PLR0912  # one case for each type
    """Values that fit a schema."""
    match wanted:
        case schema.Boolean(const=const):
            return st.booleans() if const is None else st.just(const)
        case schema.Integer(enum=tuple() as enum):
            return st.sampled_from(enum)
        case schema.Integer(minimum=low, maximum=high):
            least, most = (-MAX_INTEGER, MAX_INTEGER)
            return st.integers(least if low is None else low, most if high is None else high)
        case schema.String(enum=tuple() as enum):
            return st.sampled_from(enum)
        case schema.String(format=str() as name):
            return st.just(EXAMPLES[name])
        case schema.String(min_graphemes=1, max_graphemes=high):
            return st.text("aé👩‍👩‍👦", min_size=1, max_size=high)
        case schema.String(max_length=int() as most):
            return st.text("ab", max_size=most)
        case schema.String():
            return st.text()
        case schema.Null():
            return st.none()
        case schema.CidLink():
            return st.just({"$link": CID})
        case schema.Bytes():
            return st.just({"$bytes": ""})
        case schema.Blob():
            blob = {"$type": "blob", "ref": {"$link": CID}, "mimeType": "image/png", "size": 9}
            return st.just(blob)
        case schema.Unknown():
            return st.dictionaries(st.sampled_from(["a", "b"]), st.integers() | st.text())
        case schema.Array(items=items, max_length=most):
            return st.lists(fitting(items), min_size=1, max_size=most)
        case schema.Object():
            return _fitting_object(wanted)
        case other:
            raise TypeError(type(other))


def _fitting_object(wanted: schema.Object) -> st.SearchStrategy[Any]:
    values = {
        name: fitting(property_) | st.none() if name in wanted.nullable else fitting(property_)
        for name, property_ in wanted.properties.items()
    }
    required = {name: values[name] for name in wanted.required}
    optional = {name: value for name, value in values.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def spoiled(wanted: Schema, value: Any) -> Iterator[tuple[Place, Any]]:
    """Every way to spoil a value once, and where."""
    match wanted:
        case schema.Array(items=items, max_length=most):
            yield (), {}
            yield (), []
            yield (), [*value] * (int(most or 0) + 1)
            for number, item in enumerate(value):
                for place, bad in spoiled(items, item):
                    yield (number, *place), [*value[:number], bad, *value[number + 1 :]]
        case schema.Object():
            yield (), []
            yield from _spoiled_fields(wanted, value)
        case _:
            yield from (((), bad) for bad in _spoiled_scalar(wanted, value))


def _spoiled_fields(wanted: schema.Object, value: Any) -> Iterator[tuple[Place, Any]]:
    for name in wanted.required:
        yield (name,), {key: item for key, item in value.items() if key != name}
    for name, property_ in wanted.properties.items():
        may_be_null = name in wanted.nullable or isinstance(property_, schema.Null)
        if not may_be_null:
            yield (name,), value | {name: None}
        if value.get(name) is not None:
            for place, bad in spoiled(property_, value[name]):
                # What is null by chance may be allowed to be.
                if bad is not None or place:
                    yield (name, *place), value | {name: bad}


def _spoiled_scalar(wanted: Schema, value: Any) -> Iterator[Any]:  # noqa: C901  # one case for each type
    match wanted:
        case schema.Null():
            yield 0
            return
        case schema.Boolean(const=const):
            yield from (0, "true")
            if const is not None:
                yield not const
        case schema.Integer(minimum=low, maximum=high, enum=enum):
            yield from ("1", True, 1.5, MAX_INTEGER + 1, -MAX_INTEGER - 1)
            yield from (() if low is None else (low - 1,))
            yield from (() if high is None else (high + 1,))
            yield from () if enum is None else (max(enum) + 1,)
        case schema.String(format=format_, max_length=most, max_graphemes=clusters, enum=enum):
            yield from (7, ["x"])
            yield from ("!!",) if format_ else ()
            yield from () if most is None else ("é" * most + "x",)
            yield from () if clusters is None else ("", "👩‍👩‍👦" * (clusters + 1))
            yield from () if enum is None else ("z",)
        case schema.Bytes(max_length=most):
            yield from ({}, {"$bytes": "!"}, {"$bytes": "A"}, {"$bytes": 7}, "x")
            yield {"$bytes": "AAAA" * (int(most or 0) + 1)}
        case schema.CidLink():
            yield from ({}, {"$link": "x"}, {"$link": CID, "more": 1}, CID)
        case schema.Unknown():
            yield from ([], "x", {"$bytes": "AAAA"}, {"$link": CID}, {"$type": "blob"})
        case schema.Blob():
            yield from ({}, value | {"$type": "x"})
        case _:
            pass
    yield 0.5

"""Typed views held against the documents: every difference, with its place and its reason."""

from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BeforeValidator
from pydantic.fields import FieldInfo

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.faults import path
from xrpc_invites.lexicon.load import Lexicons, absolute
from xrpc_invites.lexicon.schema import Object, Params, Primary, Schema
from xrpc_invites.lexicon.views import Format, View, refuse_null

Place = tuple[str | int, ...]

_PYTHON: Mapping[type, type] = {
    schema.Boolean: bool,
    schema.Integer: int,
    schema.String: str,
    schema.Unknown: dict,
}
_KNOWN_MARKS = (Format, Ge, Le, MinLen, MaxLen, BeforeValidator)
"""What can be compared; any other constraint of a view is one that the Lexicon does not have."""


def differences(
    view: type[View], wanted: Object | Params, lexicons: Lexicons, base: str
) -> list[str]:
    """Everything in which a view and an object of the document `base` differ."""
    return [
        f"{path(place) or '$'}: {reason}"
        for place, reason in _Comparison(lexicons).objects(view, wanted, base, ())
    ]


Found = Iterator[tuple[Place, str]]


class _Comparison:
    """One comparison; a view that contains itself is compared once."""

    def __init__(self, lexicons: Lexicons) -> None:
        self._lexicons = lexicons
        self._seen: set[tuple[type, int]] = set()

    def objects(self, view: type[View], wanted: Object | Params, base: str, place: Place) -> Found:
        if (view, id(wanted)) in self._seen:
            return
        self._seen.add((view, id(wanted)))
        fields = {str(info.alias): info for info in view.model_fields.values()}
        fields.pop("$type", None)
        for name in sorted(wanted.properties.keys() - fields.keys()):
            yield (*place, name), f"is in the Lexicon and not in {view.__qualname__}"
        for name in sorted(fields.keys() - wanted.properties.keys()):
            yield (*place, name), f"is in {view.__qualname__} and not in the Lexicon"
        nullable = wanted.nullable if isinstance(wanted, Object) else ()
        for name in sorted(fields.keys() & wanted.properties.keys()):
            inside, property_ = (*place, name), wanted.properties[name]
            yield from _presence(fields[name], property_, name in wanted.required, inside)
            yield from _nulls(fields[name], name in nullable, name in wanted.required, inside)
            yield from self._types(_annotation(fields[name]), property_, base, inside)

    def _types(self, found: object, wanted: Schema, base: str, place: Place) -> Found:
        kind, marks = _bare(found)
        for mark in marks:
            if not isinstance(mark, _KNOWN_MARKS):
                yield place, f"is checked by {mark!r} in the view, and not in the Lexicon"
        match wanted:
            case schema.Ref(ref=ref):
                yield from self._referred(found, ref, base, place)
            case schema.Array(items=items):
                yield from _limits(marks, wanted.min_length, wanted.max_length, place)
                yield from self._items(kind, items, base, place)
            case schema.Union(refs=refs):
                yield from self._members(kind, refs, base, place)
            case schema.Object():
                yield from self._object(kind, wanted, base, place)
            case _:
                yield from _scalars(kind, marks, wanted, place)

    def _items(self, kind: object, wanted: Schema, base: str, place: Place) -> Found:
        if get_origin(kind) is not list:
            yield place, f"is an array in the Lexicon, {_name(kind)} in the view"
            return
        (item,) = get_args(kind)
        if NoneType in get_args(item):
            yield (*place, 0), "must not be null in the Lexicon, and may be in the view"
        yield from self._types(item, wanted, base, (*place, 0))

    def _object(self, kind: object, wanted: Object, base: str, place: Place) -> Found:
        if isinstance(kind, type) and issubclass(kind, View):
            yield from self.objects(kind, wanted, base, place)
        else:
            yield place, f"is an object in the Lexicon, {_name(kind)} in the view"

    def _referred(self, found: object, ref: str, base: str, place: Place) -> Found:
        target = absolute(ref, base)
        definition = self._lexicons.resolve(target, base)
        if isinstance(definition, schema.Record):
            definition = definition.record
        if definition is None or isinstance(definition, Primary):
            yield place, f"refers to {ref}, which is not the schema of a value"
        else:
            yield from self._types(found, definition, target.partition("#")[0], place)

    def _members(self, kind: object, refs: tuple[str, ...], base: str, place: Place) -> Found:
        members = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
        views = {tag: view for view in members if (tag := _type_of(view))}
        wanted = {_type_name(absolute(ref, base)): ref for ref in refs}
        for name in sorted(wanted.keys() ^ views.keys()):
            where = "the Lexicon" if name in wanted else "the view"
            yield place, f"the union has {name} in {where} alone"
        for name in sorted(wanted.keys() & views.keys()):
            yield from self._referred(views[name], wanted[name], base, (*place, name))


def _type_of(view: object) -> str | None:
    """The `$type` of a view that is a member of a union."""
    kind, _ = _bare(view)
    fields: Mapping[str, FieldInfo] = getattr(kind, "model_fields", {})
    for info in fields.values():
        if info.alias == "$type" and get_origin(info.annotation) is Literal:
            return str(get_args(info.annotation)[0])
    return None


def _presence(info: FieldInfo, wanted: Schema, required: bool, place: Place) -> Found:  # noqa: FBT001
    default = getattr(wanted, "default", None)
    if default is not None:
        # Compared with their types, since True is 1 to Python.
        if (type(info.default), info.default) != (type(default), default):
            yield place, f"has the default {default!r} in the Lexicon, and another in the view"
    elif required and not info.is_required():
        yield place, "is required in the Lexicon, and has a default in the view"
    elif not required and info.is_required():
        yield place, "may be absent in the Lexicon, and is required in the view"
    elif not required and info.default is not None:
        yield place, "has no default in the Lexicon, and has one in the view"


def _nulls(info: FieldInfo, nullable: bool, required: bool, place: Place) -> Found:  # noqa: FBT001
    accepts = NoneType in get_args(info.annotation)
    refuses = any(getattr(mark, "func", None) is refuse_null for mark in info.metadata)
    if nullable and (refuses or not accepts):
        yield place, "may be null in the Lexicon, and not in the view"
    if required and not nullable and accepts:
        yield place, "must not be null in the Lexicon, and may be in the view"


def _scalars(kind: object, marks: list[object], wanted: Schema, place: Place) -> Found:
    closed, allowed = _closed(wanted), get_args(kind) if get_origin(kind) is Literal else None
    if closed is not None or allowed is not None:
        if closed != allowed:
            yield place, f"is one of {closed} in the Lexicon, of {allowed} in the view"
        return
    if (get_origin(kind) or kind) is not _PYTHON.get(type(wanted)):
        yield place, f"is {_name(type(wanted))} in the Lexicon, {_name(kind)} in the view"
        return
    match wanted:
        case schema.String():
            format_ = next((mark.name for mark in marks if isinstance(mark, Format)), None)
            if format_ != wanted.format:
                yield place, f"has the format {wanted.format} in the Lexicon, {format_} in the view"
            yield from _limits(marks, wanted.min_length, wanted.max_length, place)
        case schema.Integer():
            yield from _bounds(marks, wanted, place)
        case _:
            pass


def _closed(wanted: Schema) -> tuple[object, ...] | None:
    """The only values that the schema takes, when it names them."""
    const = getattr(wanted, "const", None)
    return getattr(wanted, "enum", None) if const is None else (const,)


def _bounds(marks: list[object], wanted: schema.Integer, place: Place) -> Found:
    low = next((mark.ge for mark in marks if isinstance(mark, Ge)), None)
    high = next((mark.le for mark in marks if isinstance(mark, Le)), None)
    if (low, high) != (wanted.minimum, wanted.maximum):
        yield (
            place,
            (
                f"goes from {wanted.minimum} to {wanted.maximum} in the Lexicon,"
                f" from {low} to {high} in the view"
            ),
        )


def _limits(marks: list[object], low: int | None, high: int | None, place: Place) -> Found:
    shortest = next((mark.min_length for mark in marks if isinstance(mark, MinLen)), None)
    longest = next((mark.max_length for mark in marks if isinstance(mark, MaxLen)), None)
    if (shortest or None, longest) != (low or None, high):
        yield (
            place,
            (
                f"has a length from {low} to {high} in the Lexicon,"
                f" from {shortest} to {longest} in the view"
            ),
        )


def _annotation(info: FieldInfo) -> object:
    """The field's type with the marks that Pydantic took off it."""
    return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation


def _bare(annotation: object) -> tuple[object, list[object]]:
    """A type without `Annotated` and without None, and the marks that stood on it."""
    marks: list[object] = []
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            marks += (inner for mark in more for inner in _inner(mark))
            continue
        members = [one for one in get_args(annotation) if one is not NoneType]
        if get_origin(annotation) in {Union, UnionType} and len(members) == 1:
            annotation = members[0]
            continue
        return annotation, marks


def _inner(mark: object) -> list[object]:
    """What a mark says; `Field(ge=1)` holds its bounds inside."""
    return list(mark.metadata) if isinstance(mark, FieldInfo) else [mark]


def _name(kind: object) -> str:
    return str(getattr(kind, "__name__", kind)).lower()


def _type_name(target: str) -> str:
    """How `$type` names a definition: the main one by its NSID alone."""
    return target.removesuffix("#main")

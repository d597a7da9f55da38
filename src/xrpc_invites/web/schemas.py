"""JSON Schema, as OpenAPI 3.1 has it, from the schemas of Lexicon documents."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

_FORMATS = {"datetime": "date-time", "uri": "uri"}
"""The formats that JSON Schema has too; others keep their own names, which it lets pass."""

_SAME = {
    "minimum": "minimum",
    "maximum": "maximum",
    "enum": "enum",
    "const": "const",
    "default": "default",
    "description": "description",
}
_OF_ARRAYS = {"minLength": "minItems", "maxLength": "maxItems"}
_LINK: Json = {
    "type": "object",
    "required": ["$link"],
    "properties": {"$link": {"type": "string"}},
}
_BYTES: Json = {
    "type": "object",
    "required": ["$bytes"],
    "properties": {"$bytes": {"type": "string", "contentEncoding": "base64"}},
}
_BLOB: Json = {
    "type": "object",
    "required": ["$type", "ref", "mimeType", "size"],
    "properties": {
        "$type": {"const": "blob"},
        "ref": _LINK,
        "mimeType": {"type": "string"},
        "size": {"type": "integer", "minimum": 0},
    },
}
_WHOLE: Mapping[str, Json] = {
    "unknown": {"type": "object"},
    "null": {"type": "null"},
    "bytes": _BYTES,
    "cid-link": _LINK,
    "blob": _BLOB,
    "token": {"type": "string"},
}


def component(target: str) -> str:
    """The name of a definition among the components."""
    return target.removesuffix("#main").replace("#", ".")


def schema(wanted: Json, base: str) -> dict[str, Any]:
    """What a schema of the document `base` is in JSON Schema."""
    said = {ours: wanted[theirs] for theirs, ours in _SAME.items() if theirs in wanted}
    match wanted["type"]:
        case "object":
            return _object(wanted, base) | said
        case "ref":
            return {"$ref": _pointer(wanted["ref"], base)} | said
        case "array":
            limits = {
                ours: wanted[theirs] for theirs, ours in _OF_ARRAYS.items() if theirs in wanted
            }
            return {"type": "array", "items": schema(wanted["items"], base), **limits} | said
        case "union":
            return _union(wanted, base) | said
        case "string":
            return _string(wanted) | said
        case name:
            return dict(_WHOLE.get(name, {"type": name})) | said


def _string(wanted: Json) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "string"}
    if "format" in wanted:
        made["format"] = _FORMATS.get(wanted["format"], wanted["format"])
    if "knownValues" in wanted:
        # Other values may come as well, so an enum would say too much.
        made["examples"] = wanted["knownValues"]
    return made


def _object(wanted: Json, base: str) -> dict[str, Any]:
    properties = wanted.get("properties", {})
    nullable = wanted.get("nullable", ())
    made: dict[str, Any] = {
        "type": "object",
        "properties": {
            name: _or_null(schema(inside, base)) if name in nullable else schema(inside, base)
            for name, inside in properties.items()
        },
    }
    # What has a default may be left out.
    required = [n for n in wanted.get("required", ()) if "default" not in properties[n]]
    return made | ({"required": required} if required else {})


def _or_null(made: Json) -> dict[str, Any]:
    return {"anyOf": [made, {"type": "null"}]}


def _union(wanted: Json, base: str) -> dict[str, Any]:
    members = [_member(ref, base) for ref in wanted["refs"]]
    other = {"type": "object", "required": ["$type"], "properties": {"$type": {"type": "string"}}}
    return {"anyOf": members if wanted.get("closed") else [*members, other]}


def _member(ref: str, base: str) -> Json:
    """A member of a union says which it is."""
    name = _absolute(ref, base).removesuffix("#main")
    marked = {"type": "object", "required": ["$type"], "properties": {"$type": {"const": name}}}
    return {"allOf": [{"$ref": _pointer(ref, base)}, marked]}


def _pointer(ref: str, base: str) -> str:
    return f"#/components/schemas/{component(_absolute(ref, base))}"


def _absolute(ref: str, base: str) -> str:
    nsid, _, name = ref.partition("#")
    return f"{nsid or base}#{name or 'main'}"

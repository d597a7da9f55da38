"""Documents in a short notation for people: `{ useCount!: integer, forAccount: string:did }`.

`name!` is required, `?null` may be null, `->x` refers to x, constraints stand in brackets.
"""

import json
from collections.abc import Iterator
from dataclasses import fields

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.constraints import camel
from xrpc_invites.lexicon.load import Lexicons
from xrpc_invites.lexicon.schema import Body, Definition, Document, Object, Params, Schema

_UNSHOWN = {"format", "items", "properties", "required", "nullable", "ref", "refs", "closed"}
_TYPE = {schema.CidLink: "cid-link", schema.PermissionSet: "permission-set"}


HEAD = """# Methods

What a server answers, made from its Lexicon documents. `name!` is required; `string:did` is a
string of that format; `->x` refers to x; constraints stand in brackets.
"""


def page(lexicons: Lexicons) -> str:
    """All documents, one after another; Markdown."""
    sections = [HEAD]
    for nsid in sorted(lexicons):
        document = lexicons[nsid]
        main = document.source["defs"].get("main", {})
        described = f"{main['description']}\n\n" if "description" in main else ""
        sections.append(f"## `{nsid}`\n\n{described}" + "\n".join(lines(document)) + "\n")
    return "\n".join(sections)


def lines(document: Document) -> Iterator[str]:
    """The document, a line for each thing that it says; Markdown."""
    for name, definition in document.defs.items():
        match definition:
            case schema.Query() | schema.Procedure() | schema.Subscription():
                yield from _method(definition)
            case schema.Record(key=key, record=record):
                yield f"- **record**, key {key}: `{_schema(record)}`"
            case schema.PermissionSet(permissions=permissions):
                yield f"- **permission-set** of {len(permissions)}"
            case _:
                yield f"- `#{name}`: `{_definition(definition)}`"


def _method(method: schema.Query | schema.Procedure | schema.Subscription) -> Iterator[str]:
    yield f"- **{_type(method)}**"
    if method.parameters.properties:
        yield f"  - params: `{_schema(method.parameters)}`"
    bodies = {"input": getattr(method, "input", None), "output": getattr(method, "output", None)}
    for name, body in bodies.items():
        if body is not None:
            yield f"  - {name}: `{_body(body)}`"
    if isinstance(method, schema.Subscription) and method.message is not None:
        yield f"  - message: `{_schema(method.message.schema)}`"
    if method.errors:
        yield f"  - errors: {', '.join(method.errors)}"


def _body(body: Body) -> str:
    return body.encoding if body.schema is None else f"{body.encoding} {_schema(body.schema)}"


def _definition(definition: Definition) -> str:
    # Methods, records and permission sets stand under main alone, and have lines of their own.
    return _schema(definition)  # type: ignore[arg-type]


def _schema(wanted: Schema) -> str:
    match wanted:
        case schema.Object() | schema.Params():
            return _object(wanted)
        case schema.Ref(ref=ref):
            return f"->{ref}"
        case schema.Array(items=items):
            return f"array<{_schema(items)}>{_constraints(wanted)}"
        case schema.Union(refs=refs, closed=closed):
            return f"{'closed ' if closed else ''}union({' | '.join(refs)})"
        case schema.String(format=str() as name):
            return f"string:{name}{_constraints(wanted)}"
        case _:
            return f"{_type(wanted)}{_constraints(wanted)}"


def _object(wanted: Object | Params) -> str:
    nullable = wanted.nullable if isinstance(wanted, Object) else ()
    parts = [
        f"{name}{'!' if name in wanted.required else ''}: {_schema(property_)}"
        f"{'?null' if name in nullable else ''}"
        for name, property_ in wanted.properties.items()
    ]
    return f"{{ {', '.join(parts)} }}"


def _constraints(wanted: Schema) -> str:
    # Known values bind nobody, so they stand last.
    rules = sorted(fields(wanted), key=lambda rule: rule.name == "known_values")
    said = [
        f"{camel(rule.name)}={_value(value)}"
        for rule in rules
        if rule.name not in _UNSHOWN and (value := getattr(wanted, rule.name)) is not None
    ]
    return f"({', '.join(said)})" if said else ""


def _value(value: object) -> str:
    return "/".join(map(str, value)) if isinstance(value, tuple) else json.dumps(value)


def _type(wanted: object) -> str:
    return _TYPE.get(type(wanted), type(wanted).__name__.lower())

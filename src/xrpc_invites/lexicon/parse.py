"""From JSON to the document it says, with every fault and where it is."""

from collections.abc import Callable, Mapping

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.parse_schema import parse_schema
from xrpc_invites.lexicon.permissions import parse_permission
from xrpc_invites.lexicon.reading import Faults, Json, Place, a_list, an_object, typed
from xrpc_invites.lexicon.schema import Definition, Document
from xrpc_invites.lexicon.syntax import is_nsid, is_record_key

_KEYS = {"tid", "nsid", "any"}
_NEVER_NAMED = {"params", "ref", "union", "unknown"}


def parse(value: object, faults: Faults) -> Document:
    """The document that a JSON value says. What it means is only sure while `faults` is empty."""
    top = an_object(value, (), faults)
    if top.get("lexicon") != 1 or isinstance(top.get("lexicon"), bool):
        faults.add(("lexicon",), "must be 1")
    nsid = typed(top, "id", str, (), faults) or ""
    if not is_nsid(nsid):
        faults.add(("id",), "must be an NSID")
    definitions = an_object(top.get("defs"), ("defs",), faults)
    if not definitions:
        faults.add(("defs",), "must have a definition")
    defs = {name: _definition(item, ("defs", name), faults) for name, item in definitions.items()}
    return Document(id=nsid, defs=defs, source=top)


def _definition(value: object, place: Place, faults: Faults) -> Definition:
    given = an_object(value, place, faults)
    name = str(given.get("type"))
    if "#" in str(place[-1]):
        faults.add(place, "must have a name without #")
    if name in _NEVER_NAMED:
        # Without named references there is no circle of references that holds no value.
        faults.add((*place, "type"), f"{name} may not be a definition of its own")
    if name not in _PRIMARY:
        return parse_schema(given, place, faults)
    if place[-1] != "main":
        faults.add((*place, "type"), f"{name} may only be the main definition")
    return _PRIMARY[name](given, place, faults)


def _query(given: Json, place: Place, faults: Faults) -> schema.Query:
    return schema.Query(
        parameters=_parameters(given, place, faults),
        output=_body(given, "output", place, faults),
        errors=_errors(given, place, faults),
    )


def _procedure(given: Json, place: Place, faults: Faults) -> schema.Procedure:
    return schema.Procedure(
        parameters=_parameters(given, place, faults),
        input=_body(given, "input", place, faults),
        output=_body(given, "output", place, faults),
        errors=_errors(given, place, faults),
    )


def _subscription(given: Json, place: Place, faults: Faults) -> schema.Subscription:
    return schema.Subscription(
        parameters=_parameters(given, place, faults),
        message=_message(given, (*place, "message"), faults),
        errors=_errors(given, place, faults),
    )


def _message(given: Json, place: Place, faults: Faults) -> schema.Message | None:
    if "message" not in given:
        return None
    message = an_object(given["message"], place, faults)
    parsed = parse_schema(message.get("schema"), (*place, "schema"), faults)
    if isinstance(parsed, schema.Union):
        return schema.Message(schema=parsed)
    faults.add((*place, "schema"), "must be a union")
    return None


def _record(given: Json, place: Place, faults: Faults) -> schema.Record:
    key = typed(given, "key", str, place, faults) or ""
    word, _, literal = key.partition(":")
    if key not in _KEYS and not (word == "literal" and is_record_key(literal)):
        faults.add((*place, "key"), "must be tid, nsid, any or literal: and a record key")
    record = parse_schema(given.get("record"), (*place, "record"), faults)
    if not isinstance(record, schema.Object):
        faults.add((*place, "record"), "must be of type object")
        record = schema.Object()
    return schema.Record(key=key, record=record)


def _permission_set(given: Json, place: Place, faults: Faults) -> schema.PermissionSet:
    inside = (*place, "permissions")
    listed = a_list(given.get("permissions"), inside, faults)
    permissions = (
        parse_permission(item, (*inside, number), faults) for number, item in enumerate(listed)
    )
    return schema.PermissionSet(permissions=tuple(permissions))


def _parameters(given: Json, place: Place, faults: Faults) -> schema.Params:
    if "parameters" not in given:
        return schema.Params()
    parsed = parse_schema(given["parameters"], (*place, "parameters"), faults)
    if isinstance(parsed, schema.Params):
        return parsed
    faults.add((*place, "parameters"), "must be of type params")
    return schema.Params()


def _body(given: Json, name: str, place: Place, faults: Faults) -> schema.Body | None:
    if name not in given:
        return None
    inside = (*place, name)
    body = an_object(given[name], inside, faults)
    encoding = typed(body, "encoding", str, inside, faults) or ""
    if "schema" not in body:
        return schema.Body(encoding=encoding)
    parsed = parse_schema(body["schema"], (*inside, "schema"), faults)
    if isinstance(parsed, schema.Object | schema.Ref | schema.Union):
        return schema.Body(encoding=encoding, schema=parsed)
    faults.add((*inside, "schema"), "must be an object, a ref or a union")
    return schema.Body(encoding=encoding)


def _errors(given: Json, place: Place, faults: Faults) -> tuple[str, ...]:
    listed = a_list(given.get("errors", []), (*place, "errors"), faults)
    names = []
    for number, item in enumerate(listed):
        inside = (*place, "errors", number)
        name = typed(an_object(item, inside, faults), "name", str, inside, faults) or ""
        if not name or any(blank in name for blank in " \t\n"):
            faults.add((*inside, "name"), "must be a name without blanks")
        names.append(name)
    return tuple(names)


_ONLY_INSIDE = {"params", "ref", "union", "unknown"}
_PRIMARY: Mapping[str, Callable[[Json, Place, Faults], Definition]] = {
    "query": _query,
    "procedure": _procedure,
    "subscription": _subscription,
    "record": _record,
    "permission-set": _permission_set,
}

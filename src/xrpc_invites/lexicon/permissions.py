"""The permissions of a permission set: what each kind of resource must say."""

from collections.abc import Callable, Mapping

from xrpc_invites.lexicon.reading import Faults, Json, Place, an_object, strings, typed_if_there
from xrpc_invites.lexicon.syntax import is_nsid

_ACTIONS = {"create", "update", "delete"}


def parse_permission(value: object, place: Place, faults: Faults) -> Json:
    """One permission; of resources that nobody knows yet, only that they have a name."""
    given = an_object(value, place, faults)
    if given.get("type") != "permission":
        faults.add((*place, "type"), "must be permission")
    resource = given.get("resource")
    if not isinstance(resource, str):
        faults.add((*place, "resource"), "must be a string")
    elif resource in _RESOURCES:
        _RESOURCES[resource](given, place, faults)
    return given


def _repo(given: Json, place: Place, faults: Faults) -> None:
    names = _named(given, "collection", place, faults)
    for number, name in enumerate(names):
        if not is_nsid(name):
            faults.add((*place, "collection", number), "must be an NSID")
    actions = strings(given.get("action", []), (*place, "action"), faults)
    if not set(actions) <= _ACTIONS:
        faults.add((*place, "action"), "must be of create, update and delete")


def _rpc(given: Json, place: Place, faults: Faults) -> None:
    for number, name in enumerate(_named(given, "lxm", place, faults)):
        if name != "*" and not is_nsid(name):
            faults.add((*place, "lxm", number), "must be an NSID or *")
    inherits = typed_if_there(given, "inheritAud", bool, place, faults)
    if "aud" not in given and not inherits:
        faults.add((*place, "aud"), "must be there unless inheritAud is true")
    if given.get("aud", "*") != "*":
        faults.add((*place, "aud"), "must be *")


def _named(given: Json, name: str, place: Place, faults: Faults) -> tuple[str, ...]:
    names = strings(given.get(name), (*place, name), faults)
    if not names:
        faults.add((*place, name), "must name something")
    if len(set(names)) < len(names):
        faults.add((*place, name), "must name nothing twice")
    return names


_RESOURCES: Mapping[str, Callable[[Json, Place, Faults], None]] = {"repo": _repo, "rpc": _rpc}

"""Values held against schemas: each schema is compiled once into nested functions.

The functions know their place only when something is wrong: a container that sees a fault
come up puts its own step in front. A value that fits pays nothing for it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

from xrpc_invites.lexicon import scalars, schema
from xrpc_invites.lexicon.data import MAX_DEPTH
from xrpc_invites.lexicon.faults import InvalidValue, kind, shown
from xrpc_invites.lexicon.load import Lexicons, absolute
from xrpc_invites.lexicon.params import decode
from xrpc_invites.lexicon.scalars import Check
from xrpc_invites.lexicon.schema import Body, Definition, Object, Params, Schema
from xrpc_invites.lexicon.syntax import FORMATS

_ABSENT: Any = object()

Read = Callable[[Sequence[tuple[str, str]]], dict[str, object]]
"""From the pairs of a query string to values, checked and with defaults filled in."""


class Checks:
    """The checks of a set of Lexicons, each made when it is first asked for."""

    def __init__(self, lexicons: Lexicons) -> None:
        self._lexicons = lexicons
        self._made: dict[str, Check] = {}

    def definition(self, ref: str) -> Check:
        """The check of `nsid` or `nsid#name`.

        Raises:
            KeyError: There is no such definition.
        """
        return _guarded(self._definition(absolute(ref, ref.partition("#")[0])))

    def body(self, nsid: str, body: Body | None) -> Check | None:
        """The check of what a method of the document `nsid` takes or gives, if anything."""
        if body is None or body.schema is None:
            return None
        return _guarded(self._check(body.schema, nsid))

    def parameters(self, nsid: str, params: Params) -> Read:
        """Reads the query string of a method of the document `nsid`."""
        check = self._fields(params, nsid)
        defaults = {
            name: default
            for name, property_ in params.properties.items()
            if (default := getattr(property_, "default", None)) is not None
        }

        def read(pairs: Sequence[tuple[str, str]]) -> dict[str, object]:
            given = defaults | decode(params, pairs)
            check(given)
            return given

        return read

    def record(self, nsid: str) -> Callable[[object, str], None]:
        """The check of a record of a collection and of its record key."""
        definition = self._lexicons[nsid].defs["main"]
        if not isinstance(definition, schema.Record):
            raise TypeError(f"{nsid} is no record")
        check_value, wanted = self.definition(nsid), definition.key

        def check(value: object, key: str) -> None:
            if not _fits_key(key, wanted):
                raise InvalidValue((), f"must have a record key of type {wanted}")
            check_value(value)

        return check

    def _definition(self, target: str) -> Check:
        if target not in self._made:
            nsid, _, name = target.partition("#")

            def later(value: object) -> None:
                # A definition may contain itself: by the time that a value comes, it is made.
                self._made[target](value)

            self._made[target] = later
            self._made[target] = self._of_definition(self._lexicons[nsid].defs[name], target)
        return self._made[target]

    def _of_definition(self, definition: Definition, target: str) -> Check:
        nsid = target.partition("#")[0]
        match definition:
            case schema.Record(record=record):
                return _typed(nsid, self._check(record, nsid))
            case schema.Token():
                return _token(_type_name(target))
            case (
                schema.Query()
                | schema.Procedure()
                | schema.Subscription()
                | schema.PermissionSet()
                | schema.Message()
            ):
                raise TypeError(f"{target} describes no value")
            case _:
                return self._check(definition, nsid)

    def _check(self, wanted: Schema, base: str) -> Check:  # noqa: C901, PLR0911, PLR0912  # one case for each type
        match wanted:
            case schema.String():
                return scalars.string(wanted)
            case schema.Integer():
                return scalars.integer(wanted)
            case schema.Boolean():
                return scalars.boolean(wanted)
            case schema.Array():
                return self._array(wanted, base)
            case schema.Object() | schema.Params():
                return self._fields(wanted, base)
            case schema.Ref(ref=ref):
                return self._definition(absolute(ref, base))
            case schema.Union():
                return self._union(wanted, base)
            case schema.Unknown():
                return scalars.check_unknown
            case schema.Bytes():
                return scalars.raw_bytes(wanted)
            case schema.CidLink():
                return scalars.check_link
            case schema.Blob():
                return scalars.blob(wanted)
            case schema.Null():
                return scalars.check_null
            case schema.Token():
                return scalars.string(schema.String())
            case unreachable:
                assert_never(unreachable)

    def _array(self, wanted: schema.Array, base: str) -> Check:
        check_item = self._check(wanted.items, base)
        low = wanted.min_length or 0
        high = wanted.max_length

        def check(value: Any) -> None:  # noqa: ANN401  # checked right here
            if type(value) is not list:
                raise InvalidValue((), f"must be an array, got {kind(value)}")
            if len(value) < low:
                raise InvalidValue((), f"must have at least {low} items, got {len(value)}")
            if high is not None and len(value) > high:
                raise InvalidValue((), f"must have at most {high} items, got {len(value)}")
            number = 0
            try:
                for number, item in enumerate(value):  # noqa: B007  # the handler needs it
                    check_item(item)
            except InvalidValue as fault:
                raise InvalidValue((number, *fault.place), fault.reason) from None

        return check

    def _fields(self, wanted: Object | Params, base: str) -> Check:
        nullable = wanted.nullable if isinstance(wanted, Object) else ()
        fields = [
            (
                name,
                self._field(property_, base, nullable=name in nullable),
                # What has a default is never missing.
                name in wanted.required and getattr(property_, "default", None) is None,
            )
            for name, property_ in wanted.properties.items()
        ]

        def check(value: Any) -> None:  # noqa: ANN401  # checked right here
            if type(value) is not dict:
                raise InvalidValue((), f"must be an object, got {kind(value)}")
            name, get = "", value.get
            try:
                for name, check_field, required in fields:
                    item = get(name, _ABSENT)
                    if item is not _ABSENT:
                        check_field(item)
                    elif required:
                        _refuse_absence()
            except InvalidValue as fault:
                raise InvalidValue((name, *fault.place), fault.reason) from None

        return check

    def _field(self, property_: Schema, base: str, *, nullable: bool) -> Check:
        check_value = self._check(property_, base)
        if not nullable:
            return check_value

        def check(value: object) -> None:
            if value is not None:
                check_value(value)

        return check

    def _union(self, wanted: schema.Union, base: str) -> Check:
        members = {
            _type_name(target): self._definition(target)
            for target in (absolute(ref, base) for ref in wanted.refs)
        }

        def check(value: Any) -> None:  # noqa: ANN401  # checked right here
            if type(value) is not dict:
                raise InvalidValue((), f"must be an object, got {kind(value)}")
            name = value.get("$type")
            if type(name) is not str:
                raise InvalidValue(("$type",), "is required, to tell the members of a union apart")
            member = members.get(name)
            if member is not None:
                member(value)
            elif wanted.closed:
                raise InvalidValue(("$type",), f"must be {_either(members)}, got {shown(name)}")

        return check


def _refuse_absence() -> None:
    raise InvalidValue((), "is required")


def _guarded(check: Check) -> Check:
    """A check that is total, however deep the value."""

    def guarded(value: object) -> None:
        try:
            check(value)
        except RecursionError:
            raise InvalidValue((), f"must nest at most {MAX_DEPTH} levels deep") from None

    return guarded


def _typed(nsid: str, check_value: Check) -> Check:
    """A record says what it is."""

    def check(value: Any) -> None:  # noqa: ANN401  # checked by the check behind it
        check_value(value)
        if value.get("$type") != nsid:
            raise InvalidValue(("$type",), f"must be {shown(nsid)}")

    return check


def _token(name: str) -> Check:
    return scalars.string(schema.String(const=name))


def _type_name(target: str) -> str:
    """How `$type` names a definition: the main one by its NSID alone."""
    return target.removesuffix("#main")


def _either(members: Mapping[str, Check]) -> str:
    return " or ".join(shown(name) for name in members)


def _fits_key(key: str, wanted: str) -> bool:
    match wanted:
        case "tid" | "nsid":
            fits = FORMATS[wanted]
        case "any":
            fits = FORMATS["record-key"]
        case _:
            return key == wanted.removeprefix("literal:")
    return fits(key)

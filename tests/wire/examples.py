"""The smallest request that a Lexicon lets pass, made from the Lexicon itself."""

from collections.abc import Mapping
from typing import Any

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.load import Lexicons, absolute
from xrpc_invites.lexicon.schema import Definition

FORMATS: Mapping[str | None, str] = {
    None: "x",
    "at-identifier": "did:web:nobody.example",
    "at-uri": "at://did:web:nobody.example/com.example.record/1",
    "cid": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a",
    "datetime": "2999-01-01T00:00:00Z",
    "did": "did:web:nobody.example",
    "handle": "nobody.test",
    "language": "en",
    "nsid": "com.example.method",
    "record-key": "1",
    "tid": "3jzfcijpj2z2a",
    "uri": "https://example.org/",
}


class Examples:
    """Makes requests; fields whose value must mean something have it by their name."""

    def __init__(self, lexicons: Lexicons, meant: Mapping[str, object]) -> None:
        self._lexicons = lexicons
        self._meant = meant

    def of(self, nsid: str) -> dict[str, Any]:
        """The parameters of a query, or the body of a procedure; empty where it has none."""
        main = self._lexicons[nsid].defs["main"]
        match main:
            case schema.Query():
                return self._object(main.parameters, nsid)
            case schema.Procedure(input=schema.Body(schema=schema.Object() | schema.Ref() as body)):
                made: dict[str, Any] = self._value(body, nsid)
                return made
            case _:
                return {}

    def _object(self, wanted: schema.Object | schema.Params, base: str) -> dict[str, Any]:
        return {
            name: self._meant.get(name) or self._value(wanted.properties[name], base)
            for name in wanted.required
        }

    def _value(self, wanted: Definition, base: str) -> Any:
        match wanted:
            case schema.Object():
                return self._object(wanted, base)
            case schema.Ref(ref=ref):
                return self._referred(ref, base)
            case schema.Union(refs=refs):
                return {"$type": absolute(refs[0], base), **self._referred(refs[0], base)}
            case schema.Array():
                return [self._value(wanted.items, base)] * max(1, wanted.min_length or 1)
            case _:
                return _scalar(wanted)

    def _referred(self, ref: str, base: str) -> Any:
        target = self._lexicons.resolve(ref, base)
        assert target is not None
        return self._value(target, absolute(ref, base).partition("#")[0])


def _scalar(wanted: Definition) -> Any:
    match wanted:
        case schema.String():
            return _text(wanted)
        case schema.Integer():
            return max(1, wanted.minimum or 1)
        case schema.Boolean():
            return False
        case _:
            return {}


def _text(wanted: schema.String) -> str:
    known = wanted.enum or wanted.known_values
    text = known[0] if known else FORMATS[wanted.format]
    return text.ljust(wanted.min_length or 0, "x")

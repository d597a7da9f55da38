"""The methods of a server, held against the Lexicons that name them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from xrpc_invites.lexicon.agreement import differences
from xrpc_invites.lexicon.check import Checks, Read
from xrpc_invites.lexicon.load import Lexicons, absolute
from xrpc_invites.lexicon.scalars import Check
from xrpc_invites.lexicon.schema import Body, Definition, Object, Ref
from xrpc_invites.lexicon.schema import Procedure as ProcedureDocument
from xrpc_invites.lexicon.schema import Query as QueryDocument
from xrpc_invites.lexicon.views import View
from xrpc_invites.xrpc.method import Method, Nothing, Procedure, Query

MethodDocument = QueryDocument | ProcedureDocument


class RegistryFaults(Exception):
    """Methods and Lexicons tell two stories; the text lists every difference."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What the Lexicon asks of a method's requests and answers, compiled."""

    read: Read
    """Reads the parameters."""
    check_input: Check | None
    check_output: Check | None


class Registry(Mapping[str, Method]):
    """Methods by NSID. Making one compares and compiles everything, once, at the start."""

    def __init__(
        self, methods: Iterable[Method], lexicons: Lexicons, *, overlaid: Collection[str] = ()
    ) -> None:
        """`overlaid` names documents of the operator's own, which need no handler."""
        self._methods = {method.nsid: method for method in methods}
        if faults := list(_faults(self._methods, lexicons, overlaid)):
            raise RegistryFaults("\n".join(faults))
        documents, checks = _documents(lexicons), Checks(lexicons)
        self._contracts = {nsid: _contract(nsid, documents[nsid], checks) for nsid in self._methods}

    def __getitem__(self, nsid: str) -> Method:
        return self._methods[nsid]

    def __iter__(self) -> Iterator[str]:
        return iter(self._methods)

    def __len__(self) -> int:
        return len(self._methods)

    def contract(self, nsid: str) -> Contract:
        """What the method's Lexicon asks."""
        return self._contracts[nsid]


def _contract(nsid: str, document: MethodDocument, checks: Checks) -> Contract:
    body = document.input if isinstance(document, ProcedureDocument) else None
    return Contract(
        read=checks.parameters(nsid, document.parameters),
        check_input=checks.body(nsid, body),
        check_output=checks.body(nsid, document.output),
    )


def _documents(lexicons: Lexicons) -> Mapping[str, MethodDocument]:
    """The documents that describe methods."""
    return {
        nsid: main
        for nsid, document in lexicons.items()
        if isinstance(main := document.defs.get("main"), QueryDocument | ProcedureDocument)
    }


def _faults(
    methods: Mapping[str, Method], lexicons: Lexicons, overlaid: Collection[str]
) -> Iterator[str]:
    documents = _documents(lexicons)
    for nsid in sorted(documents.keys() - methods.keys() - set(overlaid)):
        yield f"{_file(nsid)}: the Lexicon has no handler"
    for nsid in sorted(methods.keys() - documents.keys()):
        yield f"{_file(nsid)}: the handler of {nsid} has no Lexicon here"
    for nsid in sorted(documents.keys() & methods.keys()):
        yield from _method_faults(methods[nsid], documents[nsid], lexicons)


def _method_faults(method: Method, document: MethodDocument, lexicons: Lexicons) -> Iterator[str]:
    nsid, file = method.nsid, _file(method.nsid)
    match method, document:
        case Query(), QueryDocument():
            for fault in differences(method.params, document.parameters, lexicons, nsid):
                yield f"{file}:defs.main.parameters: {fault}"
        case Procedure(), ProcedureDocument():
            for fault in _body_faults(method.input, document.input, lexicons, nsid):
                yield f"{file}:defs.main.input: {fault}"
        case _:
            yield f"{file}:defs.main.type: the Lexicon and the handler are of different kinds"
    for fault in _body_faults(method.output, document.output, lexicons, nsid):
        yield f"{file}:defs.main.output: {fault}"


def _body_faults(
    view: type[View], body: Body | None, lexicons: Lexicons, nsid: str
) -> Iterator[str]:
    found: Definition | None = body.schema if body else None
    base = nsid
    if isinstance(found, Ref):
        base = absolute(found.ref, nsid).partition("#")[0]
        found = lexicons.resolve(found.ref, nsid)
    if isinstance(found, Object):
        yield from differences(view, found, lexicons, base)
    elif view is not Nothing:
        yield "the Lexicon has none, and the handler has"


def _file(nsid: str) -> str:
    """Where a document is, below the folder of the Lexicons."""
    return f"{nsid.replace('.', '/')}.json"

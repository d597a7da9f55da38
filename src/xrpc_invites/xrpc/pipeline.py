"""From a request to an answer, in the one order in which everything is checked.

HTTP method, parameters, limits of the address, credentials, limits of the account, body,
handler, output: the order is the reference server's, and clients can see it, since the first
thing that is wrong names the error.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from types import MappingProxyType

from pydantic import ValidationError

from xrpc_invites.lexicon.data import parse_json
from xrpc_invites.lexicon.faults import InvalidValue, explain
from xrpc_invites.lexicon.syntax import is_nsid
from xrpc_invites.lexicon.views import View, to_json
from xrpc_invites.xrpc.body import read_json, refuse_body
from xrpc_invites.xrpc.errors import NO_HEADERS, XrpcError, invalid_request, wrong_method
from xrpc_invites.xrpc.failures import failure
from xrpc_invites.xrpc.limits import Limits, Rule
from xrpc_invites.xrpc.local import Callers
from xrpc_invites.xrpc.messages import TYPED, Answer, Request, error_answer
from xrpc_invites.xrpc.meter import Meter
from xrpc_invites.xrpc.method import NOTHING, Call, Encoded, Method, Nothing, Procedure, Query
from xrpc_invites.xrpc.pairs import pairs
from xrpc_invites.xrpc.registry import Registry
from xrpc_invites.xrpc.revalidation import revalidated
from xrpc_invites.xrpc.roles import Caller, Public

_PRIVATE: Mapping[str, str] = MappingProxyType(
    {"Cache-Control": "private", "Vary": "Authorization"}
)
_SECRET: Mapping[str, str] = MappingProxyType({**_PRIVATE, "Cache-Control": "no-store"})


class Pipeline:
    """Answers every request under `/xrpc/`."""

    def __init__(  # noqa: PLR0913  # the parts of a server, each by its name
        self,
        registry: Registry,
        credentials: Callers,
        *,
        limits: Limits | None = None,
        trace: Callable[[str], str] = str,
        busy: tuple[type[Exception], ...] = (),
        validate_output: bool = False,
    ) -> None:
        """Make a pipeline of methods.

        Args:
            registry: The methods.
            credentials: Tells who calls.
            limits: Count requests; without them everybody may ask as often as he likes.
            trace: Hashes an address, so that operators' changes can be told apart by it.
            busy: The exceptions by which a handler says: try again later.
            validate_output: Whether answers are held against their Lexicons.
        """
        self._registry = registry
        self._methods = dict(registry)
        self._keeping = {nsid: _keeping(method) for nsid, method in registry.items()}
        self._typed = {nsid: {**kept, **TYPED} for nsid, kept in self._keeping.items()}
        self._credentials = credentials
        self._limits = limits
        self._trace = trace
        self._busy = busy
        self._validate_output = validate_output

    async def answer(self, request: Request) -> Answer:
        """The answer; errors are answers too, and nothing is raised."""
        method = self._methods.get(request.nsid)
        if method is None:
            return error_answer(_unknown(request.nsid))
        if self._limits is None:
            return await self._answered(method, request, None)
        meter = Meter(self._limits, method, request.address)
        answered = await self._answered(method, request, meter)
        return Answer(answered.status, answered.body, {**meter.headers, **answered.headers})

    async def _answered(self, method: Method, request: Request, meter: Meter | None) -> Answer:
        try:
            body = await self._body(method, request, meter)
        except Exception as error:  # noqa: BLE001  # a caller learns nothing of our faults
            # Not by a name: an error that its own frame holds is left to the collector of garbage.
            return error_answer(
                failure(error, request, busy=self._busy), self._keeping[method.nsid]
            )
        if body is None:
            return Answer(200, b"", self._keeping[method.nsid])
        if isinstance(method, Query) and method.revalidates:
            return revalidated(request, body)
        return Answer(200, body, self._typed[method.nsid])

    async def _body(self, method: Method, request: Request, meter: Meter | None) -> bytes | None:
        """The JSON of the answer; None where there is no output."""
        if isinstance(method, Query):
            asked, caller = await self._of_query(method, request, meter)
        else:
            asked, caller = await self._of_procedure(method, request, meter)
        output = await _handled(method, asked, self._call(method, request, caller), meter)
        if isinstance(output, Nothing):
            return None
        body = output.json if isinstance(output, Encoded) else to_json(output)
        if self._validate_output:
            check = self._registry.contract(method.nsid).check_output
            if check is not None:
                check(parse_json(body))
        return body

    def _call(self, method: Method, request: Request, caller: Caller) -> Call:
        origin = self._trace(request.address) if caller.role else ""
        return Call(caller, method.nsid, request.id, request.address, origin)

    async def _of_query(
        self, method: Query[View, View], request: Request, meter: Meter | None
    ) -> tuple[View, Caller]:
        if request.http_method not in {"GET", "HEAD"}:
            raise wrong_method(f"{method.nsid} is called by GET", "GET", "HEAD")
        asked = self._parameters(method, request.query)
        caller = await self._caller(method, request, meter)
        refuse_body(request)
        return asked, caller

    async def _of_procedure(
        self, method: Procedure[View, View], request: Request, meter: Meter | None
    ) -> tuple[View, Caller]:
        if request.http_method != "POST":
            raise wrong_method(f"{method.nsid} is called by POST", "POST")
        # A procedure has no parameters here; what cannot even be read is refused all the same.
        pairs(request.query, of="query string")
        caller = await self._caller(method, request, meter)
        asked, body = await self._input(method, request)
        return asked, _with(body, caller)

    def _caller(self, method: Method, request: Request, meter: Meter | None) -> Awaitable[Caller]:
        authorization = request.headers.get("authorization")
        if meter is None:
            return self._credentials.caller(method.needs, authorization, nsid=method.nsid)
        return meter.caller(self._credentials, authorization)

    def _parameters(self, method: Query[View, View], query: bytes) -> View:
        if not query and method.params is Nothing:
            return NOTHING
        try:
            read = self._registry.contract(method.nsid).read
            return _view(method.params, read(pairs(query, of="query string")))
        except InvalidValue as fault:
            raise invalid_request(f"{_short(method.nsid)} parameters: {fault}") from None

    async def _input(self, method: Procedure[View, View], request: Request) -> tuple[View, bytes]:
        """What is asked, and the bytes that say it."""
        check = self._registry.contract(method.nsid).check_input
        if check is None:
            refuse_body(request)
            return Nothing(), b""
        body = await read_json(request, method.body_limit)
        try:
            value = parse_json(body)
            check(value)
            return _view(method.input, value), body
        except InvalidValue as fault:
            raise invalid_request(f"{_short(method.nsid)} input: {fault}") from None


def _handled(
    method: Method, asked: View, call: Call, meter: Meter | None
) -> Awaitable[View | Encoded[View]]:
    # An operator is known by name, and asks for many people at one address.
    if meter is None or method.guesses is None or call.caller.role is not None:
        return method.handle(asked, call)
    return _guessed(method, asked, call, meter, method.guesses)


async def _guessed(
    method: Method, asked: View, call: Call, meter: Meter, guesses: Rule
) -> View | Encoded[View]:
    async with meter.guess(guesses) as miss:
        guessed: View | Encoded[View] = await method.handle(asked, call._replace(missed=miss))
        return guessed


def _with(body: bytes, caller: Caller) -> Caller:
    """The caller, whose proof, where there is one, counts for this body."""
    if caller.proof is None:
        return caller
    return replace(caller, proof=replace(caller.proof, body=sha256(body).hexdigest()))


def _view(view: type[View], value: object) -> View:
    try:
        return view.model_validate(value)
    except ValidationError as error:
        raise explain(error) from None


def _unknown(nsid: str) -> XrpcError:
    if is_nsid(nsid):
        return XrpcError("MethodNotImplemented", f"{nsid} is not a method of this server")
    return invalid_request("A path under /xrpc/ must be the NSID of a method")


def _keeping(method: Method) -> Mapping[str, str]:
    """Who may keep an answer."""
    if isinstance(method.needs, Public):
        return NO_HEADERS
    return _SECRET if isinstance(method, Procedure) and method.reveals else _PRIVATE


def _short(nsid: str) -> str:
    return nsid.rpartition(".")[2]

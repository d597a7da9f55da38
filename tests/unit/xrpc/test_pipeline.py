"""What a caller hears when a handler fails: something, and nothing of ours."""

import gc
import gzip
import hashlib
import json
import logging
import warnings
from datetime import UTC, datetime
from typing import Any
from weakref import WeakSet

import pytest

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.load import Lexicons
from xrpc_invites.lexicon.schema import Document
from xrpc_invites.xrpc.credentials import Credentials
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.messages import Answer, Request, whole
from xrpc_invites.xrpc.method import Call, Handler, Nothing, Procedure, Query
from xrpc_invites.xrpc.pipeline import Pipeline
from xrpc_invites.xrpc.registry import Registry
from xrpc_invites.xrpc.roles import Caller, Proof, Public, SignUp
from xrpc_invites.xrpc.views import View

pytestmark = pytest.mark.anyio

NSID = "com.example.get"


class BusyError(Exception):
    """Try again."""


class NoSessions:
    def verify_access(self, _token: str, /, *, now: datetime) -> str:
        raise XrpcError("InvalidToken", str(now))

    def verify_refresh(self, _token: str, /, *, now: datetime, expired_ok: bool) -> Any:
        raise XrpcError("InvalidToken", f"{now} {expired_ok}")


class NoOperators:
    def issued(self, _token: str, /) -> bool:
        return False

    async def verify(self, token: str, /) -> Caller:
        raise XrpcError("AuthenticationRequired", token)


class NoSpeakers:
    def moderates(self, _token: str, /) -> bool:
        return False

    async def verify(self, _token: str, /, *, nsid: str) -> Proof:
        raise XrpcError("BadJwt", nsid)


CREDENTIALS = Credentials(
    admin_password="pw",
    sessions=NoSessions(),
    operators=NoOperators(),
    speakers=NoSpeakers(),
    now=lambda: datetime.now(UTC),
)


def pipeline(error: Exception) -> Pipeline:
    async def handle(_asked: Nothing, _call: Call) -> Nothing:
        raise error

    return pipeline_of(handle)


def pipeline_of(handle: Handler[Nothing, Nothing]) -> Pipeline:
    method = Query(nsid=NSID, params=Nothing, output=Nothing, needs=Public(), handle=handle)
    lexicons = Lexicons([Document(id=NSID, defs={"main": schema.Query()})])
    return Pipeline(Registry([method], lexicons), CREDENTIALS, busy=(BusyError,))


REQUEST = Request("GET", NSID, b"", {}, whole(b""), "192.0.2.1", "1")


async def answer(error: Exception) -> tuple[Answer, dict[str, Any]]:
    answered = await pipeline(error).answer(REQUEST)
    body: dict[str, Any] = json.loads(answered.body)
    return answered, body


async def test_an_unforeseen_error_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answered, body = await answer(ValueError("the password is hunter2"))

    assert (answered.status, body["error"]) == (500, "InternalServerError")
    assert "hunter2" not in answered.body.decode() + caplog.text
    assert "error=ValueError" in caplog.text
    assert f"nsid={NSID} request=1 " in caplog.text


async def test_a_busy_store_asks_to_come_again() -> None:
    answered, body = await answer(BusyError())

    assert (answered.status, body["error"]) == (503, "ServiceUnavailable")
    assert answered.headers["Retry-After"] == "1"


class Output(View):
    limit: int


async def test_an_error_that_was_told_is_gone() -> None:
    """Else each refusal were left to the collector of garbage, which stops everybody."""
    raised: WeakSet[XrpcError] = WeakSet()

    class Refused(XrpcError):
        def __init__(self) -> None:
            super().__init__("Refused", "no")
            raised.add(self)

    async def handle(_asked: Nothing, _call: Call) -> Nothing:
        raise Refused

    refusing = pipeline_of(handle)
    gc.disable()
    try:
        answered = await refusing.answer(REQUEST)
        assert (answered.status, len(raised)) == (400, 0)
    finally:
        gc.enable()


def limited(handle: Handler[Nothing, Output], *, validate: bool) -> Pipeline:
    """A method whose output has a limit, by its Lexicon."""
    method = Query(nsid=NSID, params=Nothing, output=Output, needs=Public(), handle=handle)
    inside = schema.Object(properties={"limit": schema.Integer()}, required=("limit",))
    body = schema.Body(encoding="application/json", schema=inside)
    lexicons = Lexicons([Document(id=NSID, defs={"main": schema.Query(output=body)})])
    return Pipeline(Registry([method], lexicons), CREDENTIALS, validate_output=validate)


@pytest.mark.parametrize(("validate", "status"), [(True, 500), (False, 200)])
async def test_an_answer_that_breaks_its_lexicon_is_not_sent(
    validate: bool,  # noqa: FBT001  # as pytest calls it
    status: int,
) -> None:
    async def handle(_asked: Nothing, _call: Call) -> Output:
        unfit: dict[str, Any] = {"limit": "too many"}
        return Output.model_construct(**unfit)

    with warnings.catch_warnings():
        # Pydantic notices too, and only warns.
        warnings.simplefilter("ignore")
        answered = await limited(handle, validate=validate).answer(REQUEST)

    assert answered.status == status


async def test_an_answer_says_its_type_where_it_has_one() -> None:
    async def limit(_asked: Nothing, _call: Call) -> Output:
        return Output(limit=1)

    async def nothing(_asked: Nothing, _call: Call) -> Nothing:
        return Nothing()

    full = await limited(limit, validate=True).answer(REQUEST)
    empty = await pipeline_of(nothing).answer(REQUEST)

    assert (full.body, full.headers) == (b'{"limit":1}', {"Content-Type": "application/json"})
    assert (empty.status, empty.body, empty.headers) == (200, b"", {})


class Speaker(NoSpeakers):
    async def verify(self, _token: str, /, *, nsid: str) -> Proof:
        return Proof("did:web:ada.test", nsid, datetime.max.replace(tzinfo=UTC))


class Anything(View):
    """A body."""


async def proof_of(body: bytes, **headers: str) -> Proof | None:
    """The proof that a handler sees."""
    seen: list[Proof | None] = []

    async def handle(_asked: Anything, call: Call) -> Nothing:
        seen.append(call.caller.proof)
        return Nothing()

    document = schema.Procedure(
        input=schema.Body(encoding="application/json", schema=schema.Object())
    )
    credentials = Credentials(
        admin_password=None,
        sessions=NoSessions(),
        operators=NoOperators(),
        speakers=Speaker(),
        now=lambda: datetime.now(UTC),
    )
    method = Procedure(nsid=NSID, input=Anything, output=Nothing, needs=SignUp(), handle=handle)
    line = Pipeline(
        Registry([method], Lexicons([Document(id=NSID, defs={"main": document})])), credentials
    )
    request = Request(
        http_method="POST",
        nsid=NSID,
        query=b"",
        headers={"content-type": "application/json", "content-length": "1"} | headers,
        body=whole(body),
        address="",
        id="1",
    )
    answer = await line.answer(request)
    assert answer.status == 200, answer.body
    return seen[0]


async def test_a_proof_is_bound_to_the_body_that_came_with_it() -> None:
    signed = {"authorization": "Bearer x"}
    plain = await proof_of(b"{}", **signed)
    compressed = await proof_of(gzip.compress(b"{}"), **signed, **{"content-encoding": "gzip"})
    other = await proof_of(b"{ }", **signed)

    assert plain is not None
    assert plain.body == hashlib.sha256(b"{}").hexdigest()
    assert compressed == plain
    assert other is not None
    assert other.body != plain.body
    assert await proof_of(b"{}") is None

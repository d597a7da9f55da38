"""What a caller hears when a handler fails: something, and nothing of ours."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.load import Lexicons
from xrpc_invites.lexicon.schema import Document
from xrpc_invites.xrpc.credentials import Credentials
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.messages import Answer, Request
from xrpc_invites.xrpc.method import Call, Nothing, Query
from xrpc_invites.xrpc.pipeline import Pipeline
from xrpc_invites.xrpc.registry import Registry
from xrpc_invites.xrpc.roles import Public

pytestmark = pytest.mark.anyio

NSID = "com.example.get"


class BusyError(Exception):
    """Try again."""


class NoSessions:
    def verify_access(self, _token: str, /, *, now: datetime) -> str:
        raise XrpcError("InvalidToken", str(now))

    def verify_refresh(self, _token: str, /, *, now: datetime, expired_ok: bool) -> Any:
        raise XrpcError("InvalidToken", f"{now} {expired_ok}")


async def nobody() -> AsyncIterator[bytes]:
    yield b""


def pipeline(error: Exception) -> Pipeline:
    async def handle(_asked: Nothing, _call: Call) -> Nothing:
        raise error

    method = Query(nsid=NSID, params=Nothing, output=Nothing, needs=Public(), handle=handle)
    lexicons = Lexicons([Document(id=NSID, defs={"main": schema.Query()})])
    refuse: Callable[[str], XrpcError] = lambda _: XrpcError("BadJwt", "no")  # noqa: E731
    credentials = Credentials(
        admin_password="pw",
        sessions=NoSessions(),
        refuse_service=refuse,
        now=lambda: datetime.now(UTC),
    )
    return Pipeline(Registry([method], lexicons), credentials, busy=(BusyError,))


async def answer(error: Exception) -> tuple[Answer, dict[str, Any]]:
    request = Request("GET", NSID, b"", {}, nobody(), "192.0.2.1")
    answered = await pipeline(error).answer(request)
    body: dict[str, Any] = json.loads(answered.body)
    return answered, body


async def test_an_unforeseen_error_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answered, body = await answer(ValueError("the password is hunter2"))

    assert (answered.status, body["error"]) == (500, "InternalServerError")
    assert "hunter2" not in answered.body.decode() + caplog.text
    assert "error=ValueError" in caplog.text
    assert f"nsid={NSID}" in caplog.text


async def test_a_busy_store_asks_to_come_again() -> None:
    answered, body = await answer(BusyError())

    assert (answered.status, body["error"]) == (503, "ServiceUnavailable")
    assert answered.headers["Retry-After"] == "1"

"""What is served beside the methods is received by their rules, and nothing is raised."""

import logging
from collections.abc import Mapping

import pytest

from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.fields import FORM, checked, read_fields
from xrpc_invites.xrpc.local import AtThisMachine
from xrpc_invites.xrpc.messages import Part, Parts, Request
from xrpc_invites.xrpc.method import Call
from xrpc_invites.xrpc.reception import Endpoint, Reception
from xrpc_invites.xrpc.roles import Operator, Role

pytestmark = pytest.mark.anyio

PAGE = Endpoint(nsid="a.page", needs=Operator(Role.VIEWER))


class TooBusy(Exception):
    """Says: try again later."""


RECEPTION = Reception(
    credentials=AtThisMachine("ada"), limits=None, trace=str.upper, busy=(TooBusy,)
)


def _in_parts(body: bytes) -> Parts:
    left = [body[place : place + 7] for place in range(0, len(body), 7)] or [b""]

    async def part() -> Part:
        return Part(left.pop(0), more=bool(left))

    return part


def request(body: bytes = b"", headers: Mapping[str, str] | None = None) -> Request:
    return Request(
        http_method="POST",
        nsid="a.page",
        query=b"",
        headers={"content-length": str(len(body)), **(headers or {})},
        body=_in_parts(body),
        address="here",
        id="0123",
    )


async def test_a_handler_knows_who_calls_and_from_where() -> None:
    async def handle(call: Call) -> str:
        call.missed()
        return f"{call.caller.name} {call.origin} {call.request}"

    received = await RECEPTION.receive(PAGE, request(), handle)

    assert (received.outcome, received.headers) == ("local:ada HERE 0123", {})


async def test_a_store_that_is_busy_is_worth_another_try() -> None:
    async def handle(_call: Call) -> str:
        raise TooBusy

    received = await RECEPTION.receive(PAGE, request(), handle)

    assert isinstance(received.outcome, XrpcError)
    assert received.outcome.status == 503
    assert received.headers == {"Retry-After": "1"}


async def test_a_fault_is_told_to_the_log_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = "code".upper()

    async def handle(_call: Call) -> str:
        raise ValueError(secret)

    received = await RECEPTION.receive(PAGE, request(), handle)

    assert isinstance(received.outcome, XrpcError)
    assert received.outcome.status == 500
    [told] = caplog.records
    assert told.levelno == logging.ERROR
    assert "request_failed nsid=a.page request=0123 error=ValueError" in caplog.text
    assert secret not in caplog.text


@pytest.mark.parametrize(
    ("body", "kind", "fields"),
    [
        (b'{"a": 1, "b": null}', "application/json", {"a": 1, "b": None}),
        (b'{"a": "\xc3\xa9"}', "Application/JSON; charset=UTF-8", {"a": "é"}),
        (b"a=1&b=%C3%A9+%2B&a=2", FORM, {"a": "2", "b": "é +"}),
        (b"a", FORM, {"a": ""}),
    ],
)
async def test_fields_come_as_json_or_as_a_form(
    body: bytes, kind: str, fields: Mapping[str, object]
) -> None:
    assert await read_fields(request(body, {"content-type": kind}), 100) == fields


@pytest.mark.parametrize(
    ("body", "headers", "name"),
    [
        (b"", {"content-type": FORM}, "InvalidRequest"),
        (b"[1]", {"content-type": "application/json"}, "InvalidRequest"),
        (b"a=%00", {"content-type": FORM}, "InvalidRequest"),
        (b"a=1", {}, "UnsupportedMediaType"),
        (b"a=1", {"content-type": "text/plain"}, "UnsupportedMediaType"),
        (b"a=1", {"content-type": FORM, "content-encoding": "br"}, "UnsupportedMediaType"),
        (b"a=" + b"x" * 100, {"content-type": FORM}, "PayloadTooLarge"),
        (b"a=" + b"x" * 100, {"content-type": FORM, "content-length": "3"}, "PayloadTooLarge"),
    ],
)
async def test_what_holds_no_fields_is_refused(
    body: bytes, headers: Mapping[str, str], name: str
) -> None:
    with pytest.raises(XrpcError) as refused:
        await read_fields(request(body, headers), 100)

    assert refused.value.name == name


@pytest.mark.parametrize("text", ["x" * 11, "a\0", "\ud800"])
def test_a_text_that_no_store_could_hold_is_refused(text: str) -> None:
    assert checked("x" * 10, of="it", longest=10) == "x" * 10
    with pytest.raises(XrpcError):
        checked(text, of="it", longest=10)

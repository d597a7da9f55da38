"""What both clients send, when they ask again, and what each kind of answer is to them."""

import json

import httpx
import pytest

from tests.unit.client.asking import (
    ADA,
    CALLS,
    CODE,
    GRANT,
    ORIGIN,
    REDEMPTION,
    TOKEN,
    Outcome,
    Script,
    Use,
    of_async,
    of_sync,
)
from xrpc_invites import client
from xrpc_invites.app import shipped
from xrpc_invites.client import Patience
from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.load import load

both = pytest.mark.parametrize("outcome", [of_sync, of_async], ids=["sync", "async"])
every_call = pytest.mark.parametrize("name", CALLS)
PREFIX = "org.xrpcinvites"


def ok(body: object, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=body, headers=headers)


def said(status: int, name: str, message: str = "", **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error": name, "message": message}, headers=headers)


@both
@every_call
def test_a_call_goes_out_as_the_protocol_has_it(outcome: Outcome, name: str) -> None:
    use, answer = CALLS[name]
    script = Script([ok(answer)])

    outcome(script, use)

    [request] = script.seen
    method = "GET" if name in {"checkAccess", "previewCode"} else "POST"
    assert request.method == method
    assert str(request.url).startswith(f"{ORIGIN}/xrpc/{PREFIX}.{name}")
    assert request.headers["host"] == "invites.example.org"
    assert request.headers["user-agent"].startswith("xrpc-invites/")
    assert request.extensions["timeout"]["read"] == Patience().timeout
    proven = request.headers.get("authorization") == f"Bearer {TOKEN}"
    assert proven is (name != "previewCode")


@both
def test_what_is_not_given_is_not_sent(outcome: Outcome) -> None:
    script = Script([ok(REDEMPTION)])

    outcome(script, lambda one: one.reserve(CODE, idempotency_key="mine", lease_seconds=60))

    sent = json.loads(script.seen[0].content)
    assert sent == {"code": CODE, "idempotencyKey": "mine", "leaseSeconds": 60}


@both
def test_results_are_values(outcome: Outcome) -> None:
    granted = outcome(Script([ok(GRANT)]), CALLS["redeemCode"][0])
    held = outcome(Script([ok(REDEMPTION)]), CALLS["reserveCode"][0])
    look = outcome(Script([ok(CALLS["previewCode"][1])]), CALLS["previewCode"][0])

    assert (granted.did, granted.role, granted.tags) == (ADA, "editor", ("beta",))
    assert granted.in_force
    assert granted.granted_at.isoformat() == "2026-01-01T12:00:00+00:00"
    assert (held.id, held.state, held.settled_at) == ("r1", "reserved", None)
    assert (look.usable, look.inviter, look.host) == (True, None, "a.example")


@both
def test_a_grant_that_was_taken_back_is_not_in_force(outcome: Outcome) -> None:
    revoked = GRANT | {"revokedAt": "2026-01-02T12:00:00.000Z"}

    assert not outcome(Script([ok(revoked)]), CALLS["redeemCode"][0]).in_force


@both
@every_call
@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError(""),
        httpx.ReadTimeout(""),
        httpx.RemoteProtocolError(""),
        httpx.DecodingError(""),
        httpx.Response(502, text="<h1>Bad gateway</h1>"),
        httpx.Response(503, json={"error": "ServiceUnavailable"}),
        httpx.Response(504),
        httpx.Response(429, json={"error": "RateLimitExceeded"}),
    ],
    ids=repr,
)
def test_every_call_is_made_again_when_no_answer_came(
    outcome: Outcome, name: str, fault: httpx.Response | httpx.RequestError
) -> None:
    use, answer = CALLS[name]
    script = Script([fault, fault, ok(answer)])

    got = outcome(script, use)

    assert not isinstance(got, Exception)
    assert script.waited == [0.1, 0.2]
    # The very same request, so that the server knows it for the same.
    assert len({(request.url, request.content) for request in script.seen}) == 1


@both
def test_two_reservations_have_two_keys(outcome: Outcome) -> None:
    script = Script([ok(REDEMPTION)])

    outcome(script, CALLS["reserveCode"][0])
    outcome(script, CALLS["reserveCode"][0])

    first, second = (json.loads(request.content)["idempotencyKey"] for request in script.seen)
    assert first != second


@both
def test_patience_ends(outcome: Outcome) -> None:
    script = Script([httpx.ConnectError("Connection refused")])

    failure = outcome(script, CALLS["redeemCode"][0])

    assert isinstance(failure, client.Unavailable)
    assert str(failure) == "the server is not there now (ConnectError: Connection refused)"
    assert (len(script.seen), script.waited) == (5, [0.1, 0.2, 0.4, 0.8])


@both
def test_waits_do_not_grow_for_ever(outcome: Outcome) -> None:
    script = Script([httpx.ReadTimeout("")])

    outcome(script, CALLS["redeemCode"][0], Patience(tries=100, first_wait=1, longest_wait=5))

    assert script.waited == [1, 2, 4] + [5] * 96


def test_those_who_were_turned_away_together_come_back_apart() -> None:
    script = Script([httpx.Response(503)])
    rolls = iter([0.0, 0.5, 0.25, 1.0, 0.0])

    with script.sync(dice=lambda: next(rolls)) as one, pytest.raises(client.Unavailable):
        one.release("r1")

    assert script.waited == [0.1, 0.1, 0.8]  # none before the second try


@both
@pytest.mark.parametrize(("status", "kind"), [(429, client.RateLimited), (503, client.Unavailable)])
def test_a_server_that_asks_for_a_little_patience_has_it(
    outcome: Outcome, status: int, kind: type[Exception]
) -> None:
    busy = said(status, "Busy", **{"Retry-After": "3"})
    script = Script([busy, ok(GRANT)])

    assert not isinstance(outcome(script, CALLS["redeemCode"][0]), kind)
    assert script.waited == [3.1]


@both
@pytest.mark.parametrize(("status", "kind"), [(429, client.RateLimited), (503, client.Unavailable)])
def test_a_server_that_asks_for_too_much_is_left_alone(
    outcome: Outcome, status: int, kind: type[client.RateLimited | client.Unavailable]
) -> None:
    script = Script([said(status, "Busy", **{"Retry-After": "300"})])

    failure = outcome(script, CALLS["redeemCode"][0])

    assert isinstance(failure, kind)
    assert failure.retry_after == 300
    assert str(failure).endswith("come again in 300 s")
    assert (len(script.seen), script.waited) == (1, [])


@both
@pytest.mark.parametrize("unread", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1.5", "²", ""])
def test_what_is_no_number_of_seconds_asks_for_nothing(outcome: Outcome, unread: str) -> None:
    header = {b"Retry-After": unread.encode()}
    script = Script([httpx.Response(503, headers=header), ok(GRANT)])

    outcome(script, CALLS["redeemCode"][0])

    assert script.waited == [0.1]


@both
@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "InvalidInviteCode"),
        (400, "IdempotencyMismatch"),
        (400, "RedemptionNotFound"),
        (400, "RedemptionSettled"),
        (400, "LeaseExpired"),
        (400, "InvalidRequest"),
        (401, "AuthenticationRequired"),
        (403, "Forbidden"),
    ],
)
def test_a_refusal_has_the_class_of_its_name(outcome: Outcome, status: int, name: str) -> None:
    script = Script([said(status, name, "because")])

    refused = outcome(script, CALLS["redeemCode"][0])

    assert type(refused) is getattr(client, name)
    assert (refused.name, refused.message, refused.status) == (name, "because", status)
    assert str(refused) == f"{name}: because"
    assert len(script.seen) == 1


@both
@pytest.mark.parametrize("status", [400, 501])
def test_a_refusal_without_a_class_is_still_one(outcome: Outcome, status: int) -> None:
    refused = outcome(Script([said(status, "SomethingNew")]), CALLS["redeemCode"][0])

    assert type(refused) is client.Refused
    assert (refused.name, str(refused)) == ("SomethingNew", "SomethingNew")


@both
def test_a_fault_of_the_server_is_not_asked_for_again(outcome: Outcome) -> None:
    script = Script([said(500, "InternalServerError", "Internal server error")])

    assert isinstance(outcome(script, CALLS["redeemCode"][0]), client.Unavailable)
    assert len(script.seen) == 1


@both
@every_call
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<h1>Hello</h1>"),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, json=["a"]),
        httpx.Response(200, json={}),
        httpx.Response(304),
        httpx.Response(307, headers={"Location": "https://elsewhere.example"}),
        httpx.Response(302, json={"error": "InvalidInviteCode"}),
        httpx.Response(400, json={"message": "x"}),
        httpx.Response(404, text="Not here"),
    ],
    ids=lambda answer: f"{answer.status_code}-{answer.text[:10]}",
)
def test_whatever_else_answers_is_no_such_server(
    outcome: Outcome, name: str, answer: httpx.Response
) -> None:
    script = Script([answer])

    assert isinstance(outcome(script, CALLS[name][0]), client.UnexpectedAnswer)
    assert len(script.seen) == 1


@both
@pytest.mark.parametrize(
    "change",
    [
        {"did": None},
        {"code": 5},
        {"role": 1},
        {"tags": None},
        {"tags": [1]},
        {"grantedAt": "yesterday"},
        {"grantedAt": "2026-01-01T12:00:00"},
        {"revokedAt": 7},
    ],
    ids=str,
)
def test_an_answer_of_another_shape_is_not_believed(
    outcome: Outcome, change: dict[str, object]
) -> None:
    got = outcome(Script([ok(GRANT | change)]), CALLS["redeemCode"][0])

    assert isinstance(got, client.UnexpectedAnswer)
    assert got.__context__ is None


@both
def test_a_preview_that_is_neither_yes_nor_no_is_not_believed(outcome: Outcome) -> None:
    got = outcome(Script([ok({"usable": "no", "host": "x"})]), CALLS["previewCode"][0])

    assert isinstance(got, client.UnexpectedAnswer)


@both
@pytest.mark.parametrize(
    "use",
    [
        lambda one: one.reserve("\ud800"),
        lambda one: one.preview("\ud800"),
        lambda one: one.check_access(["\ud800"]),
    ],
    ids=["reserve", "preview", "check_access"],
)
def test_text_that_no_encoding_has_is_left_to_the_server(outcome: Outcome, use: Use) -> None:
    script = Script([said(400, "InvalidRequest")])

    assert isinstance(outcome(script, use), client.InvalidRequest)


def test_every_error_of_the_lexicons_has_a_class() -> None:
    documents = load(shipped("lexicons"))
    declared = set()
    for name in CALLS:
        main = documents[f"{PREFIX}.{name}"].defs["main"]
        assert isinstance(main, schema.Query | schema.Procedure)
        declared |= set(main.errors)

    assert "InvalidInviteCode" in declared
    assert {getattr(client, name).__name__ for name in declared} == declared


@pytest.mark.parametrize("bounds", [{"tries": 0}, {"timeout": 0}, {"first_wait": -1}])
def test_patience_that_is_none_is_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one try"):
        Patience(**bounds)

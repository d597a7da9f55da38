"""No text that a client makes holds the token, nor a code; and it brings nothing of ours along."""

import json
import logging
import pickle
import subprocess
import sys
import traceback

import httpx
import pytest

from tests.unit.client.asking import CALLS, CODE, ORIGIN, TOKEN, Outcome, Script, of_async, of_sync
from xrpc_invites.client import InvitesClient, RateLimited, Refused, SyncInvitesClient, Unavailable

both = pytest.mark.parametrize("outcome", [of_sync, of_async], ids=["sync", "async"])
kinds = pytest.mark.parametrize("kind", [InvitesClient, SyncInvitesClient])
Kind = type[InvitesClient] | type[SyncInvitesClient]


@kinds
def test_a_client_shows_its_server_alone(kind: Kind) -> None:
    client = kind(f"{ORIGIN}/", TOKEN)

    assert repr(client) == f"{kind.__name__}('{ORIGIN}')"
    assert TOKEN not in repr(vars(client._protocol))


@kinds
@pytest.mark.parametrize("token", ["", "two words", f"{TOKEN}\n", "xit_ä", "xit_\x00"])
def test_what_is_no_token_is_refused_without_saying_it(kind: Kind, token: str) -> None:
    with pytest.raises(ValueError, match="the token must be one word") as refused:
        kind(ORIGIN, token)

    assert token.strip() == "" or token.strip() not in str(refused.value)


@kinds
def test_a_token_is_never_sent_in_the_clear(kind: Kind) -> None:
    with pytest.raises(ValueError, match="https://"):
        kind("http://invites.example.org", TOKEN)


@both
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "heard",
    [
        httpx.ReadError(f"wrote {TOKEN} and {CODE}"),
        httpx.Response(429),
        httpx.Response(200, json={"id": CODE}),
        httpx.Response(400, json={"error": "InvalidInviteCode", "message": "no"}),
    ],
    ids=str,
)
def test_neither_exceptions_nor_logs_hold_a_secret(
    outcome: Outcome,
    name: str,
    heard: httpx.Response | httpx.RequestError,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)

    failure = outcome(Script([heard]), CALLS[name][0])

    told = "".join(traceback.format_exception(failure)) + repr(failure) + caplog.text
    assert TOKEN not in told
    assert CODE not in told


@both
def test_values_do_not_show_their_codes(outcome: Outcome) -> None:
    for name in ("reserveCode", "redeemCode", "checkAccess"):
        use, answer = CALLS[name]

        assert CODE not in repr(outcome(Script([httpx.Response(200, json=answer)]), use))


@pytest.mark.parametrize(
    "error", [Refused("A", "b", 403), RateLimited(5), Unavailable("status 503", 1)], ids=str
)
def test_exceptions_travel_between_processes(error: Exception) -> None:
    there = pickle.loads(pickle.dumps(error))  # noqa: S301  # made a moment ago

    assert (str(there), vars(there)) == (str(error), vars(error))


def test_the_client_brings_httpx_along_and_nothing_else() -> None:
    program = (
        "import json, sys, httpx; before = set(sys.modules); import xrpc_invites.client; "
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    brought = {name for name in json.loads(ended.stdout) if name != "xrpc_invites"}
    ours = {name for name in brought if f"{name}.".startswith("xrpc_invites.client.")}
    assert ours
    assert {name.split(".")[0] for name in brought - ours} <= sys.stdlib_module_names

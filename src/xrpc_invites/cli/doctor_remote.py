"""Looking at a running server from outside."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from json import loads

from xrpc_invites import __version__
from xrpc_invites.cli.calls import CallFailed, Calls
from xrpc_invites.cli.findings import Finding, Findings, clocks, skipped
from xrpc_invites.cli.remote import remote
from xrpc_invites.cli.target import TOKEN, secret

PROBE = "com.atproto.admin.getInviteCodes"
"""What every operator may ask; only a token of an app may not."""


def examine(origin: str) -> Findings:
    """Whether it is there, what time it has, and whether it takes the token."""
    try:
        with remote(origin, None) as carry:
            health = carry("GET", "_health", None, once=False)
    except CallFailed as failure:
        yield Finding("server", str(failure), "look at the address, and at the server itself")
        yield from skipped("clock", "token", until="the server")
        return
    yield _server(origin, loads(health.body or b"{}").get("version"))
    yield _clock(health.headers.get("date"))
    yield _token(origin)


def _server(origin: str, version: str | None) -> Finding:
    if version is None:
        return Finding("server", f"{origin} does not say its version", "look at the address")
    return Finding("server", f"{origin} runs version {version}, this program is {__version__}")


def _clock(date: str | None) -> Finding:
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return Finding("clock", "the server does not say what time it has")
    return clocks("the server", theirs, datetime.now(UTC))


def _token(origin: str) -> Finding:
    try:
        with remote(origin, secret()) as carry:
            Calls(carry).query(PROBE, limit=1)
    except CallFailed as failure:
        if failure.name == "Forbidden":
            return Finding("token", "is accepted, and may only redeem codes")
        return Finding("token", str(failure), f"set {TOKEN} to a token that is in force")
    return Finding("token", "is accepted")

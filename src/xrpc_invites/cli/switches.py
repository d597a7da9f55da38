"""`xrpc-invites codes disable` and `enable`."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated

import typer

from xrpc_invites.cli.calls import OURS, given
from xrpc_invites.cli.calls import Json as Object
from xrpc_invites.cli.code_options import Codes, Reason, read_codes
from xrpc_invites.cli.people import dids
from xrpc_invites.cli.tables import Json, print_json
from xrpc_invites.cli.target import Server, connected

BATCH_BYTES = 100_000
"""Codes of one request have at most so many bytes, which every server takes."""

Accounts = Annotated[
    list[str] | None, typer.Option("--account", help="All codes of this DID or handle.")
]


def disable(
    codes: Codes = None,
    *,
    account: Accounts = None,
    reason: Reason = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Disable codes, so that nobody can use them until they are enabled again."""
    changed = _switched(server, "disableCodes", codes, account, reason)
    _print_changed(changed, "disabled", as_json=as_json)


def enable(
    codes: Codes = None,
    *,
    account: Accounts = None,
    reason: Reason = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Enable codes that were disabled."""
    changed = _switched(server, "enableCodes", codes, account, reason)
    _print_changed(changed, "enabled", as_json=as_json)


def _switched(
    server: str | None,
    method: str,
    codes: Sequence[str] | None,
    accounts: Sequence[str] | None,
    reason: str | None,
) -> int:
    """How many codes were switched."""
    texts = read_codes(codes or [])
    if not (texts or accounts):
        raise typer.BadParameter("name codes, or an account with --account")
    with connected(server) as calls:
        asked: list[Object] = [{"codes": chunk} for chunk in _chunks(texts)]
        if accounts:
            asked.append({"accounts": dids(calls, accounts)})
        return sum(
            calls.procedure(f"{OURS}.{method}", part | given(reason=reason))["changed"]
            for part in asked
        )


def _chunks(texts: Sequence[str]) -> Iterator[list[str]]:
    """Parts of a long list that each fit one request."""
    size, places = 0, []
    for text in texts:
        size += len(text.encode()) + 4
        places.append(size // BATCH_BYTES)
    for _, chunk in groupby(zip(places, texts, strict=True), key=lambda pair: pair[0]):
        yield [text for _, text in chunk]


def _print_changed(changed: int, how: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"changed": changed})
    else:
        typer.echo(f"{changed} {how}")

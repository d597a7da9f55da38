"""`xrpc-invites stats`: numbers over all codes, and what happened when."""

from typing import Annotated

import typer

from xrpc_invites.cli import moments
from xrpc_invites.cli.calls import OURS, Json, given
from xrpc_invites.cli.tables import Json as AsJson
from xrpc_invites.cli.tables import print_fields, print_json, print_rows
from xrpc_invites.cli.target import Server, connected
from xrpc_invites.invites.buckets import Bucket

_PART = ("at", "created", "used", "disabled")


def stats(
    *,
    since: Annotated[str | None, typer.Option(help=f"From then on: {moments.HELP}.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to then; now without it.")] = None,
    bucket: Annotated[Bucket, typer.Option(help="What one line is about.")] = Bucket.DAY,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Show numbers over all codes, and what happened in each hour, day or week."""
    within = given(
        since=moments.understood("since", since),
        until=moments.understood("until", until),
        bucket=bucket,
    )
    with connected(server) as calls:
        numbers = calls.query(f"{OURS}.getStats", **within)
    if as_json:
        print_json(numbers)
    else:
        _print(numbers)


def _print(numbers: Json) -> None:
    # A total of 0 says something, and only text is sure to be shown.
    print_fields([(name, str(count)) for name, count in numbers["totals"].items()])
    typer.echo()
    funnel = [f"{count} {name}" for name, count in numbers["funnel"].items()]
    print_fields([("in the span", funnel)])
    typer.echo()
    print_rows(_PART, ([part[name] for name in _PART] for part in numbers["series"]))
    if inviters := numbers["topInviters"]:
        typer.echo()
        rows = ([one["did"], one.get("handle"), one["uses"]] for one in inviters)
        print_rows(("inviter", "handle", "uses"), rows)

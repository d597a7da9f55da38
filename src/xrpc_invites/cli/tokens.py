"""`xrpc-invites tokens …`: tokens by which operators and programs are known."""

from typing import Annotated

import typer

from xrpc_invites.cli import moments
from xrpc_invites.cli.calls import OURS, Items, Json, given
from xrpc_invites.cli.exits import say
from xrpc_invites.cli.tables import Json as AsJson
from xrpc_invites.cli.tables import print_fields, print_json, print_rows
from xrpc_invites.cli.target import Server, connected
from xrpc_invites.xrpc.roles import Role

_FIELDS = {
    "id": "id",
    "name": "name",
    "role": "role",
    "created": "createdAt",
    "expires": "expiresAt",
    "last used": "lastUsedAt",
    "revoked": "revokedAt",
}

app = typer.Typer(help="Make, list and revoke operators' tokens.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who or what will hold it.")],
    *,
    role: Annotated[Role, typer.Option(help="What it may do.")],
    expires: Annotated[str | None, typer.Option(help=f"Dead from then on: {moments.HELP}.")] = None,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Make a token and print it, this once."""
    expires_at = moments.understood("expires", expires)
    asked = given(name=name, role=role, expiresAt=expires_at)
    with connected(server) as calls:
        made = calls.procedure(f"{OURS}.createToken", asked, once=True)
    say(f"keep this token, it is not shown again; revoke it by its id {made['view']['id']}")
    if as_json:
        print_json(made)
    else:
        typer.echo(made["token"])


@app.command("list")
def list_(
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many at most.")] = 1_000,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """List tokens, live and dead, the newest first."""
    with connected(server) as calls:
        tokens = Items(calls, f"{OURS}.listTokens", "tokens", limit=limit)
        if as_json:
            print_json({"tokens": list(tokens())})
        else:
            print_rows(tuple(_FIELDS), map(_row, tokens()))
    if tokens.more:
        say(f"the first {limit}: ask for more with --limit")


@app.command()
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="As tokens list shows it.")],
    *,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """End a token at once."""
    with connected(server) as calls:
        ended = calls.procedure(f"{OURS}.revokeToken", {"id": id_})
    if as_json:
        print_json(ended)
    else:
        print_fields(zip(_FIELDS, _row(ended), strict=True))


def _row(token: Json) -> list[object]:
    return [token.get(name) for name in _FIELDS.values()]

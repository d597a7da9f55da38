"""`xrpc-invites tree …`: who invited whom; stop everyone below one, and let them go on again."""

from typing import Annotated

import typer

from xrpc_invites.cli.asking import go_on_if
from xrpc_invites.cli.calls import OURS, Calls, Items, Json, given
from xrpc_invites.cli.exits import say
from xrpc_invites.cli.people import did as did_of
from xrpc_invites.cli.tables import Json as AsJson
from xrpc_invites.cli.tables import print_fields, print_json, print_rows
from xrpc_invites.cli.target import Server, connected

PAGE = 200
MAX_DEPTH = 20
_COLUMNS = {
    "depth": "depth",
    "did": "did",
    "handle": "handle",
    "joined": "usedAt",
    "code": "code",
    "children": "children",
    "descendants": "descendants",
    "frozen": "frozen",
}

app = typer.Typer(help="Show who invited whom, and stop whole branches.", no_args_is_help=True)

Root = Annotated[str, typer.Argument(metavar="DID", help="The root: a DID or a handle.")]


@app.command()
def show(
    root: Root,
    *,
    depth: Annotated[
        int, typer.Option(min=1, max=MAX_DEPTH, help="How many levels below the root.")
    ] = 3,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many at most.")] = 200,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Show a root and those below it, each before those it invited."""
    with connected(server) as calls:
        nodes = Items(calls, f"{OURS}.getInviteTree", "nodes", limit=limit, page=PAGE)
        found = list(nodes(did=did_of(calls, root), depth=depth))
    top = (nodes.first or {})["root"]
    if as_json:
        print_json({"root": top, "nodes": found})
    else:
        print_rows(tuple(_COLUMNS), map(_row, [top, *found]))
    if nodes.more:
        say(f"the first {limit}: ask for more with --limit")


@app.command()
def disable(
    root: Root,
    *,
    depth: Annotated[
        int | None, typer.Option(min=1, max=MAX_DEPTH, help="Levels below the root; else all.")
    ] = None,
    keep_root: Annotated[bool, typer.Option("--keep-root", help="Only those below it.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why; it is kept.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Disable the codes of a tree, and what its accounts earn; first tell what that is, and ask."""
    with connected(server) as calls:
        asked = given(did=did_of(calls, root), depth=depth, reason=reason)
        asked["includeRoot"] = not keep_root
        if not yes:
            _ask(calls, asked)
        done = calls.procedure(f"{OURS}.disableInviteTree", asked, once=True)
    if as_json:
        print_json(done)
        return
    print_fields(
        [
            ("batch", done.get("batchId")),
            ("codes", f"{done['codes']}"),
            ("accounts", f"{done['accounts']}"),
        ]
    )
    if batch := done.get("batchId"):
        say(f"undo it with: xrpc-invites tree enable {batch}")


@app.command()
def enable(
    batch: Annotated[str, typer.Argument(help="As tree disable printed it.")],
    *,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Undo what one tree disable did."""
    with connected(server) as calls:
        done = calls.procedure(f"{OURS}.enableInviteTree", {"batchId": batch})
    if as_json:
        print_json(done)
    else:
        print_fields([("codes", f"{done['codes']}"), ("accounts", f"{done['accounts']}")])


def _ask(calls: Calls, asked: Json) -> None:
    """Go on when the person wants what would happen."""
    wanted = calls.procedure(f"{OURS}.disableInviteTree", asked | {"dryRun": True})
    for did in wanted["sample"]:
        say(did)
    if (more := wanted["accounts"] - len(wanted["sample"])) > 0:
        say(f"and {more} more")
    question = f"Disable {wanted['codes']} codes and freeze {wanted['accounts']} accounts?"
    go_on_if(question, otherwise="nothing was changed")


def _row(node: Json) -> list[object]:
    return [node.get(name) for name in _COLUMNS.values()]

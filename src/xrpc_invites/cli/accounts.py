"""`xrpc-invites accounts …`: the accounts of a server without a PDS, as operators see them."""

from typing import Annotated

import typer

from xrpc_invites.cli.calls import Calls, Items, Json, given
from xrpc_invites.cli.exits import say
from xrpc_invites.cli.people import did as did_of
from xrpc_invites.cli.tables import Json as AsJson
from xrpc_invites.cli.tables import print_fields, print_json, print_rows
from xrpc_invites.cli.target import Server, connected

ADMIN = "com.atproto.admin"

app = typer.Typer(help="List and show accounts, stop and take them down.", no_args_is_help=True)

Account = Annotated[str, typer.Argument(help="A DID or a handle.")]
Reason = Annotated[str | None, typer.Option(help="Why; it is kept.")]


@app.command("list")
def list_(
    *,
    email: Annotated[str | None, typer.Option(help="A part of the e-mail address.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many at most.")] = 100,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """List accounts, newest first."""
    with connected(server) as calls:
        accounts = Items(calls, f"{ADMIN}.searchAccounts", "accounts", limit=limit)
        found = accounts(email=email)
        if as_json:
            print_json({"accounts": list(found)})
        else:
            print_rows(("did", "handle", "email", "joined", "invites"), map(_row, found))
    if accounts.more:
        say(f"the first {limit}: ask for more with --limit")


@app.command()
def show(account: Account, *, as_json: AsJson = False, server: Server = None) -> None:
    """Show one account, what brought it and what it may hand out."""
    with connected(server) as calls:
        _print(_shown(calls, did_of(calls, account)), as_json=as_json)


@app.command("disable-invites")
def disable_invites(
    account: Account, *, reason: Reason = None, as_json: AsJson = False, server: Server = None
) -> None:
    """Stop an account from earning codes that can be used."""
    with connected(server) as calls:
        _print(_switched(calls, "disableAccountInvites", account, reason), as_json=as_json)


@app.command("enable-invites")
def enable_invites(
    account: Account, *, reason: Reason = None, as_json: AsJson = False, server: Server = None
) -> None:
    """Let an account earn codes again."""
    with connected(server) as calls:
        _print(_switched(calls, "enableAccountInvites", account, reason), as_json=as_json)


@app.command()
def takedown(
    account: Account,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Put the account back.")] = False,
    reason: Annotated[
        str | None, typer.Option(help="The case or the cause; kept as the takedown's reference.")
    ] = None,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Take an account down: it cannot sign in, and its codes cannot be used."""
    with connected(server) as calls:
        did = did_of(calls, account)
        calls.query(f"{ADMIN}.getAccountInfo", did=did)
        subject = {"$type": f"{ADMIN}.defs#repoRef", "did": did}
        state = given(applied=not undo, ref=None if undo else reason)
        calls.procedure(f"{ADMIN}.updateSubjectStatus", {"subject": subject, "takedown": state})
        _print(_shown(calls, did), as_json=as_json)


def _switched(calls: Calls, method: str, account: str, reason: str | None) -> Json:
    did = did_of(calls, account)
    # A DID that nobody knows would be passed over in silence.
    calls.query(f"{ADMIN}.getAccountInfo", did=did)
    calls.procedure(f"{ADMIN}.{method}", given(account=did, note=reason))
    return _shown(calls, did)


def _shown(calls: Calls, did: str) -> Json:
    """The account's view, and whether it is taken down, which the view does not say."""
    view = calls.query(f"{ADMIN}.getAccountInfo", did=did)
    status = calls.query(f"{ADMIN}.getSubjectStatus", did=did)
    return view | given(takedown=status.get("takedown"))


def _row(account: Json) -> list[object]:
    switch = "disabled" if account.get("invitesDisabled") else ""
    return [*(account.get(name) for name in ("did", "handle", "email", "indexedAt")), switch]


def _print(account: Json, *, as_json: bool) -> None:
    if as_json:
        print_json(account)
        return
    takedown = account.get("takedown", {})
    brought = account.get("invitedBy", {})
    print_fields(
        [
            ("did", account["did"]),
            ("handle", account["handle"]),
            ("email", account.get("email")),
            ("joined", account["indexedAt"]),
            ("joined with", brought.get("code")),
            ("taken down", takedown.get("ref") or takedown.get("applied")),
            ("deactivated", account.get("deactivatedAt")),
            ("invites", "disabled" if account.get("invitesDisabled") else "enabled"),
            ("note", account.get("inviteNote")),
        ]
    )
    if invites := account.get("invites"):
        rows = ([i["code"], f"{len(i['uses'])}/{i['available']}", i["disabled"]] for i in invites)
        typer.echo()
        print_rows(("code", "uses", "disabled"), rows)

"""`xrpc-invites codes …`: make, find, change and stop invite codes."""

from typing import Annotated

import typer

from xrpc_invites.cli import moments
from xrpc_invites.cli.calls import OURS, Calls, Items, given
from xrpc_invites.cli.calls import Json as Object
from xrpc_invites.cli.code_options import (
    Begins,
    Code,
    Domains,
    Ends,
    Limit,
    Note,
    Role,
    Tags,
    Uses,
    read_code,
)
from xrpc_invites.cli.code_tables import print_code, print_list, print_terms
from xrpc_invites.cli.exits import say
from xrpc_invites.cli.exporting import export
from xrpc_invites.cli.importing import import_
from xrpc_invites.cli.people import owner
from xrpc_invites.cli.switches import disable, enable
from xrpc_invites.cli.tables import Json, print_json
from xrpc_invites.cli.target import Server, connected
from xrpc_invites.invites.paging import Sort
from xrpc_invites.invites.status import Status

MAX_USES = 1_000_000
MAX_BATCH = 10_000
PAGE = 500

app = typer.Typer(help="Make, find, change, stop, export and import codes.", no_args_is_help=True)


@app.command()
def create(
    *,
    uses: Uses = 1,
    count: Annotated[int, typer.Option(min=1, max=MAX_BATCH, help="How many codes.")] = 1,
    for_: Annotated[
        str | None, typer.Option("--for", help="DID or handle that may hand the codes out.")
    ] = None,
    code: Annotated[
        str | None, typer.Option(help="The text of the one code; - reads it from stdin.")
    ] = None,
    not_before: Begins = None,
    expires: Ends = None,
    note: Note = None,
    role: Role = None,
    tag: Tags = None,
    email_domain: Domains = None,
    show_inviter: Annotated[
        bool, typer.Option("--show-inviter", help="A preview names the owner.")
    ] = False,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Make codes and print them, one a line."""
    terms = given(
        count=count,
        available=uses,
        code=None if code is None else read_code(code),
        notBefore=moments.understood("not-before", not_before),
        expiresAt=moments.understood("expires", expires),
        note=note,
        role=role,
        tags=tag,
        emailDomains=email_domain,
        showInviter=show_inviter,
    )
    with connected(server) as calls:
        owned = given(forAccount=None if for_ == "admin" else owner(calls, for_))
        made = calls.procedure(f"{OURS}.createCodes", terms | owned, once=True)
    if as_json:
        print_json(made)
        return
    for one in made["codes"]:
        typer.echo(one["code"])


@app.command("list")
def list_(
    *,
    status: Annotated[Status | None, typer.Option(help="Codes that stand so now.")] = None,
    for_: Annotated[
        str | None, typer.Option("--for", help="Codes of this DID, handle, or admin.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Codes made by this DID, handle, or admin.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Codes with this tag.")] = None,
    created_after: Annotated[
        str | None, typer.Option(help=f"Made then or later: {moments.HELP}.")
    ] = None,
    created_before: Annotated[str | None, typer.Option(help="Made before that.")] = None,
    sort: Annotated[
        Sort, typer.Option(help="Newest, most used, or next to expire first.")
    ] = Sort.RECENT,
    limit: Limit = 100,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """List codes of everyone, or those that are so."""
    wanted = given(
        status=status,
        tag=tag,
        createdAfter=moments.understood("created-after", created_after),
        createdBefore=moments.understood("created-before", created_before),
        sort=sort,
    )
    with connected(server) as calls:
        owned = given(forAccount=owner(calls, for_), createdBy=owner(calls, by))
        _print_found(calls, wanted | owned, limit=limit, as_json=as_json)


@app.command()
def search(
    text: Annotated[
        str, typer.Argument(help="How the code, or words of its note, begin; - reads stdin.")
    ],
    *,
    status: Annotated[Status | None, typer.Option(help="Codes that stand so now.")] = None,
    sort: Annotated[
        Sort, typer.Option(help="Newest, most used, or next to expire first.")
    ] = Sort.RECENT,
    limit: Limit = 100,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Find codes by how they, or words of their notes, begin."""
    wanted = given(text=read_code(text), status=status, sort=sort)
    with connected(server) as calls:
        _print_found(calls, wanted, limit=limit, as_json=as_json)


@app.command()
def show(
    code: Code,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Uses at most.")] = 100,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Show one code and who used it, the newest use first."""
    asked = read_code(code)
    with connected(server) as calls:
        uses = Items(calls, f"{OURS}.getCode", "uses", limit=limit, page=1_000)
        found = list(uses(code=asked))
        shown = {**(uses.first or {}), "uses": found}
        shown.pop("cursor", None)
    if as_json:
        print_json(shown)
    else:
        print_code(shown)
    if uses.more:
        say(f"the newest {limit} uses: ask for more with --limit")


@app.command()
def update(
    code: Code,
    *,
    uses: Annotated[
        int | None, typer.Option(min=1, max=MAX_USES, help="Uses in all, those made included.")
    ] = None,
    not_before: Begins = None,
    no_not_before: Annotated[bool, typer.Option("--no-not-before", help="At once.")] = False,
    expires: Ends = None,
    no_expiry: Annotated[bool, typer.Option("--no-expiry", help="It never expires.")] = False,
    note: Note = None,
    no_note: Annotated[bool, typer.Option("--no-note", help="Without a note.")] = False,
    role: Role = None,
    no_role: Annotated[bool, typer.Option("--no-role", help="A use grants no role.")] = False,
    tag: Tags = None,
    no_tags: Annotated[bool, typer.Option("--no-tags", help="Without tags.")] = False,
    email_domain: Domains = None,
    no_email_domains: Annotated[
        bool, typer.Option("--no-email-domains", help="For every address.")
    ] = False,
    show_inviter: Annotated[
        bool | None,
        typer.Option("--show-inviter/--hide-inviter", help="Whether a preview names the owner."),
    ] = None,
    as_json: Json = False,
    server: Server = None,
) -> None:
    """Change a code: what is not given stays; lists are replaced whole."""
    clears: dict[str, tuple[bool, object, object]] = {
        "notBefore": (no_not_before, not_before, None),
        "expiresAt": (no_expiry, expires, None),
        "note": (no_note, note, None),
        "role": (no_role, role, None),
        "tags": (no_tags, tag, []),
        "emailDomains": (no_email_domains, email_domain, []),
    }
    if twice := [name for name, (clear, value, _) in clears.items() if clear and value]:
        raise typer.BadParameter(f"{twice[0]}: both given and taken away")
    change = given(
        available=uses,
        notBefore=moments.understood("not-before", not_before),
        expiresAt=moments.understood("expires", expires),
        note=note,
        role=role,
        tags=tag,
        emailDomains=email_domain,
        showInviter=show_inviter,
    )
    change |= {name: empty for name, (clear, _, empty) in clears.items() if clear}
    if not change:
        raise typer.BadParameter("nothing to change: see --help for what can be")
    with connected(server) as calls:
        changed = calls.procedure(f"{OURS}.updateCode", {"code": read_code(code), **change})
    if as_json:
        print_json(changed)
    else:
        print_terms(changed)


def _print_found(calls: Calls, wanted: Object, *, limit: int, as_json: bool) -> None:
    codes = Items(calls, f"{OURS}.searchCodes", "codes", limit=limit, page=PAGE)
    print_list(codes(**wanted), as_json=as_json)
    if codes.more:
        say(f"the first {limit}: ask for more with --limit")


app.command()(disable)
app.command()(enable)
app.command()(export)
app.command("import")(import_)

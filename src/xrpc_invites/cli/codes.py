"""`xrpc-invites codes …`: invite codes from the command line, on the database of the settings."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from getpass import getuser
from secrets import token_hex
from typing import Annotated, TypeVar

import typer

from xrpc_invites import app as composition
from xrpc_invites.cli import exits, schema, tables
from xrpc_invites.invites.audit import Author
from xrpc_invites.invites.codes import MAX_BATCH, InviteCodes, Order
from xrpc_invites.invites.model import ADMIN, InviteCode
from xrpc_invites.invites.paging import Page, Sort
from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.lexicon.syntax import is_did
from xrpc_invites.methods.views import invite_code, moment
from xrpc_invites.settings import Settings
from xrpc_invites.storage.database import Database

T = TypeVar("T")

app = typer.Typer(help="Create, list, show and disable invite codes.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def _did(text: str) -> str:
    if text != ADMIN and not is_did(text):
        raise typer.BadParameter("must be a DID, for example did:plc:…")
    return text


@app.command()
def create(
    *,
    uses: Annotated[int, typer.Option(min=1, max=2**53 - 1, help="Uses of each code.")] = 1,
    count: Annotated[int, typer.Option(min=1, max=MAX_BATCH, help="How many codes.")] = 1,
    owner: Annotated[
        str, typer.Option("--for", callback=_did, help="DID that may hand the codes out.")
    ] = ADMIN,
    as_json: Json = False,
) -> None:
    """Create codes and print them."""
    order = Order(available=uses, owners=[owner], each=count)
    made = _run(lambda codes: codes.create(order, by=_author("org.xrpcinvites.createCodes")))
    if as_json:
        tables.print_json({"codes": [as_object(code) for code in made]})
        return
    for code in made:
        typer.echo(code.code)


@app.command("list")
def list_(
    *,
    sort: Annotated[Sort, typer.Option(help="Newest first, or most used first.")] = Sort.RECENT,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many at most.")] = 100,
    as_json: Json = False,
) -> None:
    """List codes of everyone."""
    page = _run(lambda codes: codes.page(sort, after=None, limit=limit))
    if as_json:
        tables.print_json({"codes": [as_object(code) for code in page.codes]})
    else:
        _print_codes(page.codes)
        _say_more(page, limit)


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="The code; typing mistakes are forgiven.")],
    *,
    as_json: Json = False,
) -> None:
    """Show one code and who used it."""
    found = _run(lambda codes: codes.show(code))
    if found is None:
        exits.stop(exits.NOT_FOUND, "there is no such code")
    if as_json:
        tables.print_json(as_object(found))
    else:
        _print_code(found)


@app.command()
def disable(
    codes: Annotated[list[str] | None, typer.Argument(help="Codes to disable.")] = None,
    *,
    account: Annotated[
        list[str] | None, typer.Option(help="Disable all codes of this DID.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Disable codes, so that nobody can use them any more."""
    owners = [_did(owner) for owner in account or []]
    if ADMIN in owners:
        raise typer.BadParameter("must be a DID: name the codes of 'admin' instead")
    if not (codes or owners):
        raise typer.BadParameter("name codes, or an account with --account")
    changed = _run_on(
        lambda settings, database: composition.changes(settings, database).switch(
            disabled=True,
            texts=codes or [],
            owners=owners,
            by=_author("org.xrpcinvites.disableCodes"),
        )
    )
    if as_json:
        tables.print_json({"changed": changed})
    else:
        typer.echo(f"{changed} disabled")


def _author(action: str) -> Author:
    name = f"local:{getuser()}"
    return Author(
        actor=name,
        role="owner",
        credentials="local",
        address="",
        request=token_hex(8),
        action=action,
    )


def _run(use: Callable[[InviteCodes], Awaitable[T]]) -> T:
    return _run_on(lambda settings, database: use(composition.invite_codes(settings, database)))


def _run_on(use: Callable[[Settings, Database], Awaitable[T]]) -> T:
    settings = exits.settings()
    schema.require_current(settings)

    async def run() -> T:
        async with Database(settings.database) as database:
            return await use(settings, database)

    try:
        return asyncio.run(run())
    except StoreBusyError:
        exits.stop(exits.TEMPFAIL, "the database is too busy: try again in a moment")


def _say_more(page: Page, limit: int) -> None:
    if len(page.codes) == limit:
        typer.echo(f"the first {limit}: ask for more with --limit", err=True)


def as_object(code: InviteCode) -> dict[str, object]:
    """The same object that the server answers with."""
    return invite_code(code).model_dump(by_alias=True)


def _print_codes(codes: Sequence[InviteCode]) -> None:
    tables.print_rows(
        ("code", "uses", "disabled", "for", "by", "created"),
        (
            (
                code.code,
                f"{code.use_count}/{code.available}",
                code.disabled,
                code.for_account,
                code.created_by,
                moment(code.created_at),
            )
            for code in codes
        ),
    )


def _print_code(code: InviteCode) -> None:
    _print_codes([code])
    if code.uses:
        rows = ((use.used_by, moment(use.used_at)) for use in code.uses)
        tables.print_rows(("used by", "used at"), rows)

"""`xrpc-invites audit …`: what operators changed, and whether the log of it is whole."""

import json
from pathlib import Path
from typing import Annotated

import typer

from xrpc_invites.cli import moments
from xrpc_invites.cli.archives import archived_part
from xrpc_invites.cli.calls import OURS, Items, Json, given
from xrpc_invites.cli.exits import say
from xrpc_invites.cli.tables import Json as AsJson
from xrpc_invites.cli.tables import print_json, print_rows
from xrpc_invites.cli.target import Server, connected

FAULTY = 1

app = typer.Typer(help="List and verify the audit log.", no_args_is_help=True)


@app.command("list")
def list_(
    *,
    actor: Annotated[
        str | None, typer.Option(help="Changes by admin, this token's name, or this DID.")
    ] = None,
    action: Annotated[str | None, typer.Option(help="Changes by the method of this NSID.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Changes to this code, DID or token's id.")
    ] = None,
    since: Annotated[str | None, typer.Option(help=f"Then or later: {moments.HELP}.")] = None,
    until: Annotated[str | None, typer.Option(help="Before that.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many at most.")] = 100,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """List what operators changed, the newest first."""
    wanted = given(
        actor=actor,
        action=action,
        subject=subject,
        since=moments.understood("since", since),
        until=moments.understood("until", until),
    )
    with connected(server) as calls:
        entries = Items(calls, f"{OURS}.listAuditEntries", "entries", limit=limit)
        found = entries(**wanted)
        if as_json:
            print_json({"entries": list(found)})
        else:
            head = ("at", "actor", "role", "action", "subject", "reason", "detail")
            print_rows(head, map(_row, found))
    if entries.more:
        say(f"the newest {limit}: ask for more with --limit")


@app.command()
def verify(
    files: Annotated[
        list[Path] | None, typer.Argument(help="With --archive: these files, and no others.")
    ] = None,
    *,
    archive: Annotated[
        bool, typer.Option("--archive", help="Hold the archived part against its seals too.")
    ] = False,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Hold every sealed entry against its seal; status 1 if the log was tampered with."""
    if files and not archive:
        raise typer.BadParameter("files are read with --archive")
    with connected(server) as calls:
        found = calls.query(f"{OURS}.verifyAudit")
    archived = archived_part(files, found) if archive else None
    if as_json:
        print_json(found if archived is None else {**found, "archive": archived})
    else:
        typer.echo(_verdict(found))
        if archived is not None:
            typer.echo(_archive_verdict(archived))
    if not (found["ok"] and (archived is None or archived["ok"])):
        raise typer.Exit(FAULTY)


def _verdict(found: Json) -> str:
    counts = f"{found['sealed']} sealed, {found['unsealed']} waiting for their seal"
    if checkpoint := found.get("checkpoint"):
        counts += f", {checkpoint['seq']} of the sealed archived"
    if found["ok"]:
        return f"✓ the log is whole: {counts}"
    return f"✗ the log is not as it was sealed: {_where(found)}; {counts}"


def _archive_verdict(found: Json) -> str:
    counts = f"{found['sealed']} sealed"
    if found["ok"]:
        return f"✓ the archive is whole: {counts}"
    return f"✗ the archive is not as it was sealed: {_where(found)}; {counts}"


def _where(found: Json) -> str:
    fault = found.get("firstFault", {})
    return f"{fault.get('kind', 'a fault')} at place {fault.get('seq', '?')}"


def _row(entry: Json) -> list[object]:
    detail = entry.get("detail")
    told = json.dumps(detail, ensure_ascii=False) if detail else None
    names = ("at", "actor", "role", "action", "subject", "reason")
    return [*(entry.get(name) for name in names), told]

"""`xrpc-invites lexicon …`: check folders of Lexicon documents, and show what one says."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from xrpc_invites.cli import exits

app = typer.Typer(help="Check and show Lexicon documents.", no_args_is_help=True)

FAULTY = 1


@app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Folders; without any, those of the server.")
    ] = None,
) -> None:
    """Check every document below the folders; each fault is a line `file:json-path: reason`."""
    from xrpc_invites.app import shipped
    from xrpc_invites.lexicon.load import LexiconFaults, Lexicons, load

    ours = load(shipped("lexicons"))
    folders = paths or [shipped("lexicons"), *exits.settings().lexicon_dirs]
    try:
        found = load(*folders, known=ours if paths else Lexicons(()), watch=_watched)
    except LexiconFaults as faults:
        typer.echo(str(faults))
        raise typer.Exit(FAULTY) from None
    count = len(found.keys() - ours.keys()) if paths else len(found)
    typer.echo(f"{count} documents, no faults", err=True)


@app.command()
def show(
    nsid: Annotated[
        str | None, typer.Argument(help="For example com.atproto.server.defs; all without one.")
    ] = None,
) -> None:
    """Show what a document says, in a short notation."""
    from xrpc_invites.app import shipped
    from xrpc_invites.lexicon.load import load
    from xrpc_invites.lexicon.notation import lines, page

    lexicons = load(shipped("lexicons"), *exits.settings().lexicon_dirs)
    if nsid is None:
        typer.echo(page(lexicons), nl=False)
        return
    document = lexicons.get(nsid)
    if document is None:
        exits.stop(exits.NOT_FOUND, f"there is no document {nsid}")
    for line in lines(document):
        typer.echo(line)


def _watched(files: Sequence[Path]) -> Iterable[Path]:
    """The files, with a bar on stderr where somebody looks at it."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(
        files,
        description="checking",
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )

"""Options that several commands about invitations have."""

from typing import Annotated

import typer

from xrpc_invites.cli import moments

MOST_USES = 100

Uses = Annotated[int, typer.Option(min=1, max=MOST_USES, help="Uses of each code.")]
Expires = Annotated[str | None, typer.Option(help=f"Nobody can join from then on: {moments.HELP}.")]
NoSend = Annotated[
    bool, typer.Option("--no-send", help="Mail nobody: you hand the links on yourself.")
]
Again = Annotated[
    bool,
    typer.Option(
        "--again", help="Also those who have an invitation that is still good, or joined by one."
    ),
]
Id = Annotated[int, typer.Argument(metavar="ID", min=1, help="As list shows it.")]

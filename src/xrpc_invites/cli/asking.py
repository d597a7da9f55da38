"""Questions to the person at the terminal, before something is done for good."""

import sys

import typer

from xrpc_invites.cli.exits import NOT_FOUND, stop


def go_on_if(question: str, *, otherwise: str) -> None:
    """Go on when the person says yes; else end the command, and say `otherwise`."""
    # By hand: typer's own would put a blank into the results.
    typer.echo(f"{question} [y/N] ", nl=False, err=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        stop(NOT_FOUND, otherwise)

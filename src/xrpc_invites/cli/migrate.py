"""`xrpc-invites migrate`: bring the database to the current schema."""

import typer

from xrpc_invites.cli import exits, schema


def migrate() -> None:
    """Bring the database to the current schema; nothing happens when it is there already."""
    schema.bring_up(exits.settings())
    typer.echo("the database schema is current")

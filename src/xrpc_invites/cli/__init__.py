"""The command line. Results to stdout, talk to stderr; what is heavy is imported when needed."""

from typing import Annotated

import typer

from xrpc_invites import __version__
from xrpc_invites.cli import (
    accounts,
    audit,
    codes,
    exits,
    invitations,
    lexicon,
    tags,
    tokens,
    trees,
)
from xrpc_invites.cli.doctor import doctor
from xrpc_invites.cli.stats import stats
from xrpc_invites.cli.target import ServerOfAll

Host = Annotated[str, typer.Option(envvar=f"{exits.PREFIX}HOST", help="Address to listen on.")]
Port = Annotated[
    int, typer.Option(envvar=f"{exits.PREFIX}PORT", min=0, max=65535, help="Port to listen on.")
]
Workers = Annotated[
    int, typer.Option(envvar=f"{exits.PREFIX}WORKERS", min=1, max=64, help="Processes that answer.")
]


app = typer.Typer(
    name="xrpc-invites",
    help="Issue and redeem invite codes for an AT Protocol server.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 2585, workers: Workers = 1) -> None:
    """Start the server. An SQLite database is made or migrated first."""
    from xrpc_invites.cli.serve import serve as start

    start(host, port, workers)


@app.command()
def migrate() -> None:
    """Bring the database to the current schema; nothing happens when it is there already."""
    from xrpc_invites.cli import schema

    schema.bring_up(exits.settings())
    typer.echo("the database schema is current")


app.command()(stats)
app.command()(doctor)
app.add_typer(codes.app, name="codes")
app.add_typer(invitations.app, name="invitations")
app.add_typer(tags.app, name="tags")
app.add_typer(accounts.app, name="accounts")
app.add_typer(trees.app, name="tree")
app.add_typer(tokens.app, name="tokens")
app.add_typer(audit.app, name="audit")
app.add_typer(lexicon.app, name="lexicon")


@app.command()
def version() -> None:
    """Print the version of this program."""
    typer.echo(__version__)


def _print_version(asked: bool) -> None:  # noqa: FBT001  # typer calls it so
    if asked:
        version()
        raise typer.Exit


@app.callback()
def _options(
    *,
    _server: ServerOfAll = None,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Same as version."),
    ] = False,
) -> None:
    """Settings come from the environment: see docs/settings.md."""


def main() -> None:
    """Run one command; the exit status tells how it went."""
    app()

"""The command line. Results to stdout, talk to stderr; what is heavy is imported when needed."""

from typing import Annotated

import typer

from xrpc_invites import __version__
from xrpc_invites.cli import accounts, codes, lexicon, migrate, serve
from xrpc_invites.cli.doctor import doctor
from xrpc_invites.cli.target import ServerOfAll

app = typer.Typer(
    name="xrpc-invites",
    help="Issue and redeem invite codes for an AT Protocol server.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(migrate.migrate)
app.command()(doctor)
app.add_typer(codes.app, name="codes")
app.add_typer(accounts.app, name="accounts")
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

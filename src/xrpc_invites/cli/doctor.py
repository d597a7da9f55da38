"""`xrpc-invites doctor`: what keeps a server from working, with a remedy for each."""

import typer

from xrpc_invites.cli import findings
from xrpc_invites.cli.tables import Json, print_json
from xrpc_invites.cli.target import Server

UNWELL = 1


def doctor(*, as_json: Json = False, server: Server = None) -> None:
    """Look at everything that a server needs; a line each, with a remedy where one is needed."""
    if server:
        from xrpc_invites.cli.doctor_remote import examine

        found = examine(server)
    else:
        from xrpc_invites.cli.doctor_local import examine as examine_here

        found = examine_here()
    seen = []
    for finding in found:
        seen.append(finding)
        if not as_json:
            findings.show(finding)
    if as_json:
        print_json({"checks": [finding.as_object() for finding in seen]})
    if not all(finding.ok for finding in seen):
        raise typer.Exit(UNWELL)

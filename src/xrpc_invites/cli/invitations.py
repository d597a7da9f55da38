"""`xrpc-invites invitations …`: invite people, each by a code of their own."""

from enum import StrEnum
from typing import Annotated

import typer

from xrpc_invites.cli import moments
from xrpc_invites.cli.calls import OURS, CallFailed, Items, Json, given
from xrpc_invites.cli.code_options import Limit, Reason, Role, Tags
from xrpc_invites.cli.exits import NOT_FOUND, say, stop
from xrpc_invites.cli.files import Format, format_of, read_twice, sniffed
from xrpc_invites.cli.invitation_options import Again, Expires, Id, NoSend, Uses
from xrpc_invites.cli.tables import Json as AsJson
from xrpc_invites.cli.tables import print_fields, print_json, print_rows
from xrpc_invites.cli.target import Server, connected

BAD_ROWS = 1
PAGE = 500
MAX_SENT = 1_000
"""Of one request."""

_COLUMNS = {
    "id": "id",
    "email": "email",
    "name": "name",
    "status": "status",
    "role": "role",
    "tags": "tags",
    "by": "invitedBy",
    "made": "generatedAt",
    "sent": "sentAt",
    "used": "usedAt",
    "used by": "usedBy",
}
_FIELDS = {
    "id": "id",
    "status": "status",
    "code": "code",
    "link": "url",
    "email": "email",
    "name": "name",
    "role": "role",
    "tags": "tags",
    "language": "language",
    "note": "note",
    "by": "invitedBy",
    "made": "generatedAt",
    "expires": "expiresAt",
    "sent": "sentAt",
    "last sent": "lastSentAt",
    "mails": "sendCount",
    "failure": "failure",
    "used": "usedAt",
    "used by": "usedBy",
}

app = typer.Typer(help="Invite people, and see who joined.", no_args_is_help=True)


class Standing(StrEnum):
    """Where an invitation stands."""

    DRAFT = "draft"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


@app.command()
def create(
    *,
    email: Annotated[str, typer.Option(help="The person's address.")],
    name: Annotated[str | None, typer.Option(help="The person's name.")] = None,
    role: Role = None,
    tag: Tags = None,
    language: Annotated[
        str | None, typer.Option(help="Of the mails, such as de or pt-BR; else English.")
    ] = None,
    note: Annotated[
        str | None, typer.Option(help="What the mails say besides, without links.")
    ] = None,
    uses: Uses = 1,
    expires: Expires = None,
    no_send: NoSend = False,
    again: Again = False,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Invite one person."""
    person = given(email=email, name=name, role=role, tags=tag, language=language, note=note)
    how = given(available=uses, expiresAt=moments.understood("expires", expires))
    asked = {"invitations": [person], **how, "send": not no_send, "again": again}
    with connected(server) as calls:
        [result] = calls.procedure(f"{OURS}.createInvitations", asked, once=True)["results"]
    if "reason" in result:
        stop(NOT_FOUND, f"{result['reason']}: {result['message']}")
    _print_one(result["invitation"], as_json=as_json)


@app.command("list")
def list_(
    *,
    status: Annotated[Standing | None, typer.Option(help="Invitations that stand so now.")] = None,
    text: Annotated[
        str | None, typer.Option(help="How words of the name or of the address begin.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Invitations with this tag.")] = None,
    invited_by: Annotated[
        str | None, typer.Option(help="Whose: admin, the name of a token, or a DID.")
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """List invitations, the newest first."""
    wanted = given(status=status, text=text, tag=tag, invitedBy=invited_by)
    with connected(server) as calls:
        found = Items(calls, f"{OURS}.listInvitations", "invitations", limit=limit, page=PAGE)
        if as_json:
            print_json({"invitations": list(found(**wanted))})
        else:
            print_rows(tuple(_COLUMNS), (_row(one, _COLUMNS) for one in found(**wanted)))
    if found.more:
        say(f"the first {limit}: ask for more with --limit")


@app.command()
def show(id_: Id, *, as_json: AsJson = False, server: Server = None) -> None:
    """Show one invitation."""
    with connected(server) as calls:
        found = calls.query(f"{OURS}.getInvitation", id=id_)
    _print_one(found, as_json=as_json)


@app.command()
def send(
    ids: Annotated[list[int], typer.Argument(metavar="ID…", min=1, help="As list shows them.")],
    *,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Mail invitations, for the first time or again; the link stays the same."""
    results: list[Json] = []
    with connected(server) as calls:
        for first in range(0, len(ids), MAX_SENT):
            asked = {"ids": ids[first : first + MAX_SENT]}
            results += calls.procedure(f"{OURS}.sendInvitations", asked, once=True)["results"]
    if as_json:
        print_json({"results": results})
    else:
        print_rows(("id", "email", "outcome", "why"), map(_sent, results))
    if any("reason" in result for result in results):
        raise typer.Exit(NOT_FOUND)


@app.command()
def revoke(
    id_: Id, *, reason: Reason = None, as_json: AsJson = False, server: Server = None
) -> None:
    """Take an invitation back: nobody can join by it any more."""
    with connected(server) as calls:
        ended = calls.procedure(f"{OURS}.revokeInvitation", {"id": id_} | given(reason=reason))
    _print_one(ended, as_json=as_json)


@app.command("import")
def import_(
    file: Annotated[str, typer.Argument(help="The file to read; - is stdin, and needs --yes.")],
    *,
    as_: Annotated[
        Format | None, typer.Option("--format", help="Without it, what the file looks like.")
    ] = None,
    uses: Uses = 1,
    expires: Expires = None,
    no_send: NoSend = False,
    again: Again = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Invite by the good rows, though others are bad.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would become of each row.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Invite the people of a file; what would be done is shown first. One bad row keeps all out."""
    how = given(available=uses, expiresAt=moments.understood("expires", expires))
    how |= {"send": not no_send, "again": again}
    # What it takes to read a file is heavy.
    from xrpc_invites.cli.guests import read_guests
    from xrpc_invites.cli.inviting import Report, Sending

    with read_twice(file) as source:
        rows = list(read_guests(source, format_of(file, as_) or sniffed(source)))
    with connected(server) as calls:
        sending = Sending(calls, how, rows)
        sending.foresee()
        report = Report(file, sending, as_json=as_json)
        report.foretell(dry_run=dry_run)
        bad = any(row.bad for row in sending.rows)
        if not dry_run and sending.wanted and (partial or not bad):
            if not yes:
                report.ask()
            try:
                sending.invite()
            except (CallFailed, KeyboardInterrupt):
                report.tell()
                sending.say_what_is_left()
                raise
        elif not dry_run:
            sending.forgo()
    if not dry_run:
        report.tell()
    if any(row.bad for row in sending.rows):
        raise typer.Exit(BAD_ROWS)


def _print_one(invitation: Json, *, as_json: bool) -> None:
    if as_json:
        print_json(invitation)
    else:
        print_fields(zip(_FIELDS, _row(invitation, _FIELDS), strict=True))


def _row(invitation: Json, columns: dict[str, str]) -> list[object]:
    return [invitation.get(name) for name in columns.values()]


def _sent(result: Json) -> list[object]:
    email = result.get("invitation", {}).get("email")
    outcome = "refused" if "reason" in result else "queued"
    return [result["id"], email, outcome, result.get("message")]

"""Letters that the tests of mail begin with."""

from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Any

from xrpc_invites.invites.invitations import Letter
from xrpc_invites.invites.outbox import Kind
from xrpc_invites.mail.letters import Letters
from xrpc_invites.mail.messages import Envelope, Stamp, envelope

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ORIGIN = "https://invites.example.org"
LETTER = Letter(
    invitation=7,
    email="ada@example.com",
    name="Ada",
    language=None,
    code="invites-abcde-fghij",
    inviter="@bea.example.org",
    message="We would love to have you.",
    role="member",
    expires_at=NOON,
)
STAMP = Stamp(
    id="<1.abc@invites.example.org>",
    sender=Address("The Example", addr_spec="invites@example.org"),
    at=NOON,
)


def letters(folder: Path | None = None) -> Letters:
    """Writes letters for invites.example.org."""
    return Letters(
        origin=ORIGIN,
        host="invites.example.org",
        opt_out_token=lambda invitation, email: f"token-{invitation}-{len(email)}",
        folder=folder,
    )


def mail(kind: Kind = Kind.INVITATION, **changed: Any) -> Envelope:
    """A message with a letter that is a little different."""
    letter = replace(LETTER, **changed)
    return envelope(letters().write(kind, letter), letter.email, STAMP)

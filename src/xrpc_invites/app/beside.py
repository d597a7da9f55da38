"""What is served beside the methods, made from the same use cases."""

from dataclasses import dataclass

from fastapi import FastAPI

from xrpc_invites.console.invitees import Invitees
from xrpc_invites.console.pages import Pages
from xrpc_invites.console.server import add_pages
from xrpc_invites.methods.every import UseCases
from xrpc_invites.settings import Settings
from xrpc_invites.v2 import server as v2
from xrpc_invites.v2.creation import Creation
from xrpc_invites.v2.lookup import Lookup
from xrpc_invites.web.incoming import Incoming
from xrpc_invites.web.server import PAGE
from xrpc_invites.xrpc.reception import Reception


@dataclass(frozen=True, slots=True)
class Door:
    """How requests come in."""

    reception: Reception
    incoming: Incoming


def add_rooms(app: FastAPI, settings: Settings, use: UseCases, door: Door) -> None:
    """Serve the SelfCommunity interface, and the pages of invitees."""
    domain = settings.user_domains[0]
    lookup = Lookup(
        use.invitations, use.directory, domain=domain, public=settings.v2_public_contact
    )
    creation = Creation(use.sign_up, lookup, domain=domain, record=use.record)
    second = v2.build(door.reception, door.incoming, lookup=lookup, creation=creation)
    app.mount("/api/v2", second)
    add_pages(
        app,
        door.reception,
        door.incoming,
        invitees=Invitees(use.invitations),
        pages=Pages(PAGE, host=settings.host),
    )

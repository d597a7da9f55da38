"""The archiving of what has had its time, joined to the real store, clock, key and files."""

import secrets
from collections.abc import Mapping
from functools import partial

from xrpc_invites.app.means import clock, given
from xrpc_invites.invites.retention import Kept, Retention, audit_entries, mails, redemptions
from xrpc_invites.invites.seals import sealing_key
from xrpc_invites.settings import Settings
from xrpc_invites.storage.archive import AUDIT, ArchiveFiles
from xrpc_invites.storage.database import Database
from xrpc_invites.workers import Round


def archiving(settings: Settings, database: Database) -> Mapping[str, Round]:
    """Rounds of archiving by the names of what they archive; what has no age is kept."""
    key = sealing_key(given(settings.hash_key).encode())
    retention = Retention(
        database.read,
        database.write,
        ArchiveFiles(settings.archive),
        now=clock(settings),
        holder=secrets.token_hex(8),
    )
    found = {
        AUDIT: (settings.keep_audit, audit_entries(key)),
        "redemptions": (settings.keep_redemptions, redemptions),
        "mails": (settings.keep_mails, mails),
    }
    return {
        name: partial(retention.round, Kept(name, age, source))
        for name, (age, source) in found.items()
        if age is not None
    }

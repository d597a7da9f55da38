"""The archived part of the audit log: its files, held against what the log says of them."""

from collections.abc import Sequence
from pathlib import Path

from xrpc_invites.cli import exits
from xrpc_invites.cli.calls import Json


def archived_part(files: Sequence[Path] | None, found: Json) -> Json:
    """A verdict like that of `verifyAudit`, on these files or on those of the settings.

    `found` is what `verifyAudit` answered: the archive leads to the checkpoint in it.
    """
    from xrpc_invites.invites.seals import Place, sealing_key, verify_archive
    from xrpc_invites.storage.archive import AUDIT, ArchiveFault, sealed_links

    settings = exits.settings()
    if settings.hash_key is None:
        exits.stop(exits.CONFIG, f"{exits.PREFIX}HASH_KEY must be set: seals are made with it")
    key = sealing_key(settings.hash_key.get_secret_value().encode())
    said = found.get("checkpoint")
    until = Place(said["seq"], said["seal"]) if said else None
    try:
        links = sealed_links(files or sorted(settings.archive.glob(f"{AUDIT}-*.jsonl")))
        verdict = verify_archive(key, links, until, sealed=found["sealed"])
    except ArchiveFault as unread:
        exits.stop(exits.NOT_FOUND, str(unread))
    fault = verdict.first_fault
    told: Json = {"ok": verdict.ok, "sealed": verdict.sealed}
    if fault:
        told["firstFault"] = {"kind": fault.kind, "seq": fault.seq}
        told["firstFault"] |= {"id": fault.id} if fault.id else {}
    return told

"""Whose change a call is, as the audit log has it."""

from xrpc_invites.invites.audit import Author
from xrpc_invites.methods.proofs import proof
from xrpc_invites.xrpc.method import Call


def author(call: Call) -> Author:
    """The operator who calls."""
    caller = call.caller
    return Author(
        actor=caller.name,
        role=caller.role or "",
        credentials=caller.credentials,
        address=call.origin,
        request=call.request,
        action=call.nsid,
        proof=proof(call),
    )

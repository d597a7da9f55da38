"""The service auth by which a call came, as a unit of work uses it up."""

from xrpc_invites.invites.proofs import Proof, proof_key
from xrpc_invites.xrpc.method import Call


def proof(call: Call) -> Proof | None:
    """What the caller signed for this very call; None where other credentials were sent."""
    sent = call.caller.proof
    if sent is None:
        return None
    return Proof(proof_key(sent.issuer, sent.jti), sent.body, sent.ends_at)

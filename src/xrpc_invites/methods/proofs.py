"""The service auth by which a call came, as a unit of work uses it up."""

from typing import TypeVar

from xrpc_invites.invites.proofs import Consumed, Proof, proof_key
from xrpc_invites.methods.errors import REPLAYED
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.method import Call

T = TypeVar("T")


def proof(call: Call) -> Proof | None:
    """What the caller signed for this very call; None where other credentials were sent."""
    sent = call.caller.proof
    if sent is None:
        return None
    return Proof(proof_key(sent.issuer, sent.jti), sent.body, sent.ends_at)


def first_or_again(answer: T | Consumed, *, again: T) -> T:
    """The answer to a change by service auth; `again` is that to a retry.

    Raises:
        XrpcError: JwtReplayed, where the token was used for another request.
    """
    if answer is Consumed.REPLAYED:
        raise XrpcError(*REPLAYED)
    return again if isinstance(answer, Consumed) else answer

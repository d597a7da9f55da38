"""Using proofs inside a unit of work, and tidying away those that are past."""

from dataclasses import dataclass
from datetime import datetime

from xrpc_invites.invites.ports import Clock, Store, Write, one_by_one
from xrpc_invites.invites.proofs import Consumed, Proof

TIDIED = 1_000
"""Proofs that are dropped in one transaction."""


def consume(store: Store, proof: Proof | None, *, now: datetime) -> Consumed:
    """Use up a proof, in the transaction of the change that it makes possible.

    A unit of work that then refuses must `give_back` it, as it takes back all else.
    """
    return Consumed.FRESH if proof is None else store.proofs.consume(proof, now=now)


def give_back(store: Store, proof: Proof | None) -> None:
    """Take back what `consume` answered FRESH in this unit of work."""
    if proof is not None:
        store.proofs.withdraw(proof)


class Proving:
    """Keeps the store of proofs small."""

    def __init__(self, write: Write, *, now: Clock) -> None:
        self._write = write
        self._now = now

    async def tidy(self) -> bool:
        """Drop some of the proofs that are past; True when more may be left."""
        dropped = await self._write(_tidy, _Tidying(self._now(), TIDIED))
        return dropped == TIDIED


@dataclass(frozen=True, slots=True)
class _Tidying:
    now: datetime
    limit: int


@one_by_one
def _tidy(store: Store, asked: _Tidying) -> int:
    return store.proofs.tidy(now=asked.now, limit=asked.limit)

"""Using proofs inside a unit of work, and tidying away those that are past."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Protocol, TypeVar

from xrpc_invites.invites.audit import Author
from xrpc_invites.invites.ports import Clock, Store, Write, one_by_one
from xrpc_invites.invites.proofs import Consumed, Proof

StoreT = TypeVar("StoreT", bound=Store)
T = TypeVar("T")

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


class Change(Protocol):
    """What a unit of work is asked to change, when and by whom."""

    @property
    def by(self) -> Author: ...

    @property
    def at(self) -> datetime: ...


ChangeT = TypeVar("ChangeT", bound=Change)


def once(
    unit: Callable[[StoreT, ChangeT], T],
) -> Callable[[StoreT, ChangeT], T | Consumed]:
    """Make a unit that never refuses use up its author's proof, where it has one.

    For a proof that was used before nothing is done, and the answer is what that means.
    """

    @wraps(unit)
    def proven(store: StoreT, asked: ChangeT) -> T | Consumed:
        consumed = consume(store, asked.by.proof, now=asked.at)
        return unit(store, asked) if consumed is Consumed.FRESH else consumed

    return proven


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

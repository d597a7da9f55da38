"""Proofs: what a DID signed to make one change possible, so that it makes no second one."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol


class Consumed(StrEnum):
    """What it means that a proof is used."""

    FRESH = "fresh"
    """It was not used before: the change may be made."""
    AGAIN = "again"
    """The same request used it before: this is a retry, which gets the same answer."""
    REPLAYED = "replayed"
    """Another request used it before: it proves nothing."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as the store knows it, which keeps nothing of its texts."""

    key: str = field(repr=False)
    """Of the issuer and of what no other proof of the issuer has."""
    body: str = field(repr=False)
    """A digest of the request that it came with."""
    ends_at: datetime
    """The last moment at which it proves anything."""


def proof_key(issuer: str, jti: str) -> str:
    """One key for both, of one length whatever a caller sends."""
    # A hash of each, so that no two pairs run together.
    parts = (sha256(part.encode(errors="surrogatepass")).digest() for part in (issuer, jti))
    return sha256(b"".join(parts)).hexdigest()


class Proofs(Protocol):
    """Reading which proofs were used."""

    def seen(self, proof: Proof, /, *, now: datetime) -> Consumed:
        """What it would mean to use it now."""
        ...


class ProofBook(Proofs, Protocol):
    """Using proofs inside one unit of work. See `invites.proving`."""

    def consume(self, proof: Proof, /, *, now: datetime) -> Consumed:
        """Use it; nothing is written unless it is fresh."""
        ...

    def withdraw(self, proof: Proof, /) -> None:
        """Take back a proof used in this unit of work."""
        ...

    def tidy(self, *, now: datetime, limit: int) -> int:
        """Drop some proofs that are past. How many."""
        ...

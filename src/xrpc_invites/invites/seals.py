"""How the entries of the audit log are sealed into a chain, and what a broken chain shows.

The seal of an entry covers its fields, its place and the seal before it, so that nothing
in the chain changes unseen. The head says where the chain ends and proves it, so that its
end cannot be cut off unseen. Whoever lacks the key can make neither.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest, digest

Fields = Mapping[str, object]
"""All of an entry as it is stored, by the names of the columns."""

_BEFORE_ALL = "0" * 64
"""What stands for the seal before the first."""


class BrokenChainError(Exception):
    """The chain does not end where its head says, or the head is not genuine."""


@dataclass(frozen=True, slots=True)
class Link:
    """A sealed entry: its place, all of it, and its seal."""

    seq: int
    fields: Fields = field(repr=False)
    seal: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: the place and the seal of its last entry, and a proof of both."""

    seq: int
    seal: str
    proof: str


class FaultKind(StrEnum):
    """What is wrong with a chain."""

    CHANGED = "changed"
    """The entry is not the one that was sealed at its place."""
    MISSING = "missing"
    """No entry is at the place, and there are some behind it."""
    CUT_OFF = "cut-off"
    """The chain once went on from this place."""
    FORGED_HEAD = "forged-head"
    """The head is not genuine, or gone, or older than the chain; the place is the last one."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, at which place, with which entry if there is one."""

    kind: FaultKind
    seq: int
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found; entries that wait for their seal are no fault."""

    sealed: int
    unsealed: int
    first_fault: Fault | None

    @property
    def ok(self) -> bool:
        return self.first_fault is None


def sealing_key(secret: bytes) -> bytes:
    """A key for seals alone, made from a secret that keys other hashes too."""
    return digest(secret, b"seals of the audit log", "sha256")


def chained(key: bytes, entries: Iterable[Fields], *, behind: Head | None) -> Sequence[Link]:
    """Seal entries, in their order, behind a head; None where nothing is sealed yet."""
    seq, seal = (behind.seq, behind.seal) if behind else (0, _BEFORE_ALL)
    links = []
    for fields in entries:
        seq, seal = seq + 1, _seal(key, seal, seq + 1, fields)
        links.append(Link(seq, fields, seal))
    return links


def head_at(key: bytes, last: Link) -> Head:
    """The head of a chain that ends so."""
    return Head(last.seq, last.seal, _proof(key, last.seq, last.seal))


def genuine(key: bytes, head: Head) -> bool:
    """Whether the head was made with the key."""
    return _alike(head.proof, _proof(key, head.seq, head.seal))


def verify(key: bytes, links: Iterable[Link], head: Head | None, *, unsealed: int) -> Verdict:
    """Follow the chain from its first entry to its head; `links` come by their place."""
    sealed, seal = 0, _BEFORE_ALL
    fault: Fault | None = None
    for link in links:
        sealed += 1
        fault = fault or _fault(key, link, sealed, seal)
        seal = link.seal
    fault = fault or _fault_of_head(key, head, sealed, seal)
    return Verdict(sealed, unsealed, fault)


def _fault(key: bytes, link: Link, place: int, before: str) -> Fault | None:
    if link.seq != place:
        return Fault(FaultKind.MISSING, place)
    if not _alike(link.seal, _seal(key, before, place, link.fields)):
        return Fault(FaultKind.CHANGED, place, str(link.fields["id"]))
    return None


def _fault_of_head(key: bytes, head: Head | None, last: int, seal: str) -> Fault | None:
    if head is None:
        return Fault(FaultKind.FORGED_HEAD, last) if last else None
    if not genuine(key, head):
        return Fault(FaultKind.FORGED_HEAD, last)
    if head.seq > last:
        return Fault(FaultKind.CUT_OFF, last + 1)
    # An old head is genuine too, so it must name the very end.
    return None if _alike(head.seal, seal) else Fault(FaultKind.FORGED_HEAD, last)


def _seal(key: bytes, before: str, seq: int, fields: Fields) -> str:
    return _mac(key, f"{before}\n{seq}\n{_canonical(fields)}")


def _proof(key: bytes, seq: int, seal: str) -> str:
    # No seal covers a text that begins so: the one before it begins with hex digits.
    return _mac(key, f"head\n{seq}\n{seal}")


def _canonical(fields: Fields) -> str:
    # What is stored may be anything by now, bytes for one: then it is other than it was.
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), default=repr)


def _mac(key: bytes, message: str) -> str:
    return digest(key, message.encode(errors="replace"), "sha256").hex()


def _alike(stored: object, right: str) -> bool:
    return compare_digest(str(stored).encode(errors="replace"), right.encode())

"""How the entries of the audit log are sealed into a chain, and what a broken chain shows.

The seal of an entry covers its fields, its place and the seal before it, so that nothing
in the chain changes unseen. The head says where the chain ends and proves it, so that its
end cannot be cut off unseen. A checkpoint does the same for that part, from the beginning on,
which went into an archive. Whoever lacks the key can make none of them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hmac import HMAC, compare_digest, digest
from typing import NamedTuple

Fields = Mapping[str, object]
"""All of an entry as it is stored, by the names of the columns."""

_BEFORE_ALL = "0" * 64
"""What stands for the seal before the first."""


class BrokenChainError(Exception):
    """The chain is not as it was sealed, or its head or its checkpoint is not genuine."""


class Place(NamedTuple):
    """A place in the chain, and the seal of the entry there."""

    seq: int
    seal: str


_BEGINNING = Place(0, _BEFORE_ALL)


class Link(NamedTuple):
    """A sealed entry: its place, all of it, and its seal."""

    seq: int
    fields: Fields
    seal: str

    def __repr__(self) -> str:
        """Without what may hold a code."""
        return f"Link(seq={self.seq}, seal={self.seal!r})"


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: the place and the seal of its last entry, and a proof of both."""

    seq: int
    seal: str
    proof: str

    @property
    def place(self) -> Place:
        return Place(self.seq, self.seal)


@dataclass(frozen=True, slots=True)
class Checkpoint(Head):
    """Where the archived part of the chain ends, proved as the head is, and not by a head."""


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
    FORGED_CHECKPOINT = "forged-checkpoint"
    """What says where the archived part ends is not genuine; it has no place, which is 0."""


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
    """With those that were archived."""
    unsealed: int
    first_fault: Fault | None
    archived: Place | None = None
    """The last entry that was archived: what is here was followed from there."""

    @property
    def ok(self) -> bool:
        return self.first_fault is None


def sealing_key(secret: bytes) -> bytes:
    """A key for seals alone, made from a secret that keys other hashes too."""
    return digest(secret, b"seals of the audit log", "sha256")


def chained(key: bytes, entries: Iterable[Fields], *, behind: Head | None) -> Sequence[Link]:
    """Seal entries, in their order, behind a head; None where nothing is sealed yet."""
    seq, seal = behind.place if behind else _BEGINNING
    links = []
    for fields in entries:
        seq, seal = seq + 1, _seal(key, seal, seq + 1, fields)
        links.append(Link(seq, fields, seal))
    return links


def head_at(key: bytes, last: Link) -> Head:
    """The head of a chain that ends so."""
    return Head(last.seq, last.seal, _proof(key, _HEAD, Place(last.seq, last.seal)))


def genuine(key: bytes, mark: Head) -> bool:
    """Whether the head, or the checkpoint, was made with the key."""
    kind = _CHECKPOINT if isinstance(mark, Checkpoint) else _HEAD
    return _alike(mark.proof, _proof(key, kind, mark.place))


def sound(key: bytes, head: Head | None, checkpoint: Checkpoint | None, *, last: int) -> bool:
    """Whether the chain may go on behind its head; an end cut off stays missed for ever.

    `last` is the place of the last entry that is there, 0 without any.
    """
    if checkpoint and not genuine(key, checkpoint):
        return False
    # Where all is archived, the end is there.
    last = max(last, checkpoint.seq if checkpoint else 0)
    return last == 0 if head is None else genuine(key, head) and head.seq >= last


def checkpoint_at(key: bytes, links: Iterable[Link], *, behind: Checkpoint | None) -> Checkpoint:
    """The checkpoint of an archive that goes on with these links.

    Raises:
        BrokenChainError: They are not what was sealed behind the last checkpoint.
    """
    if behind is not None and not genuine(key, behind):
        raise BrokenChainError
    walk = _Walk(key, behind.place if behind else _BEGINNING)
    for link in links:
        walk.step(link)
    if walk.fault:
        # What is broken stays where it is, for whoever finds out why.
        raise BrokenChainError
    return Checkpoint(walk.seq, walk.seal, _proof(key, _CHECKPOINT, Place(walk.seq, walk.seal)))


def verify(
    key: bytes,
    links: Iterable[Link],
    head: Head | None,
    *,
    unsealed: int,
    checkpoint: Checkpoint | None = None,
) -> Verdict:
    """Follow the chain from its checkpoint, or its first entry, to its head.

    `links` come by their place.
    """
    trusted = checkpoint if checkpoint and genuine(key, checkpoint) else None
    walk = _Walk(key, trusted.place if trusted else _BEGINNING)
    if checkpoint and not trusted:
        walk.fault = Fault(FaultKind.FORGED_CHECKPOINT, 0)
    for link in links:
        walk.step(link)
    fault = walk.fault or _fault_of_head(key, head, walk.seq, walk.seal)
    return Verdict(walk.seq, unsealed, fault, trusted.place if trusted else None)


def verify_archive(
    key: bytes, links: Iterable[Link], until: Place | None, *, sealed: int
) -> Verdict:
    """Follow an archive from its first entry to the last that was archived, and what is behind it.

    `links` come by their place. An entry that was written twice may come twice. Of `sealed`
    entries in the log none can be archived behind the last: those were in the log once.
    """
    walk, until = _Walk(key, _BEGINNING), until or _BEGINNING
    last: Link | None = None
    for link in links:
        if link == last:
            continue
        if last and link.seq == last.seq:
            walk.fault = walk.fault or Fault(FaultKind.CHANGED, link.seq, str(link.fields["id"]))
            continue
        walk.step(link)
        if link.seq == until.seq and not _alike(link.seal, until.seal):
            walk.fault = walk.fault or Fault(FaultKind.CHANGED, link.seq, str(link.fields["id"]))
        last = link
    if walk.seq < until.seq:
        walk.fault = walk.fault or Fault(FaultKind.CUT_OFF, walk.seq + 1)
    if walk.seq > sealed:
        walk.fault = walk.fault or Fault(FaultKind.CUT_OFF, sealed + 1)
    return Verdict(walk.seq, 0, walk.fault)


def line_of(link: Link) -> str:
    """A sealed entry as a line of an archive."""
    return _written({"seq": link.seq, **link.fields, "seal": link.seal})


def from_line(line: str | bytes) -> Link:
    """The sealed entry of a line; its seal holds as it did.

    Raises:
        ValueError: It is none.
    """
    try:
        fields = json.loads(line)
        seq, seal = fields.pop("seq"), fields.pop("seal")
    except (TypeError, AttributeError, KeyError, RecursionError):
        raise ValueError("no sealed entry") from None
    if type(seq) is not int or not isinstance(seal, str) or "id" not in fields:
        raise ValueError("no sealed entry")
    return Link(seq, fields, seal)


class _Walk:
    """Goes from link to link and keeps the first fault."""

    def __init__(self, key: bytes, behind: Place) -> None:
        self._key = key
        self.seq, self.seal = behind
        self.fault: Fault | None = None

    def step(self, link: Link) -> None:
        self.seq += 1
        self.fault = self.fault or _fault(self._key, link, self.seq, self.seal)
        self.seal = link.seal


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
    return _mac(key, f"{before}\n{seq}\n{_written(fields)}")


_HEAD, _CHECKPOINT = "head", "checkpoint"
# No seal covers a text that begins so: the one before it begins with hex digits. And an old
# head is no checkpoint, or what it once was the end of could be taken for archived.


def _proof(key: bytes, kind: str, place: Place) -> str:
    return _mac(key, f"{kind}\n{place.seq}\n{place.seal}")


# What is stored may be anything by now, bytes for one: then it is other than it was.
_written = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=repr).encode


def _mac(key: bytes, message: str) -> str:
    made = _keyed(key).copy()
    made.update(message.encode(errors="replace"))
    return made.hexdigest()


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> HMAC:
    # Half the work is the same for every message. And `hmac.digest` lets go of the interpreter
    # each time, for which a thread that seals many entries would wait as often.
    return HMAC(key, digestmod="sha256")


def _alike(stored: object, right: str) -> bool:
    return compare_digest(str(stored).encode(errors="replace"), right.encode())

"""The invite tree: who invited whom, walked in an order in which it can be paged.

A DID joined by the code that it used first, and was invited by that code's owner. So each has
one inviter at most, and whoever goes down from a root comes back to nobody but the root: where
the root is left out, no circle can be walked twice, whatever was imported.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

COUNTED = 1_000
"""Children and descendants of a node are counted up to this many."""

MAX_DEPTH = 20
"""Levels that one look at a tree shows."""

MAX_FROZEN = 250_000
"""DIDs in one batch: so many are written in one transaction, for which all others wait."""

SAMPLE = 20
"""DIDs that are named where many are meant."""


class TreeRefusal(StrEnum):
    """Why a tree is not shown, frozen or thawed."""

    PLACE = "place"
    """The tree does not have the place behind which it should go on."""
    TOO_LARGE = "too-large"
    UNKNOWN_BATCH = "unknown-batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """The first use of a code by a DID."""

    did: str
    at: datetime
    key: str = field(repr=False)
    code: str = field(repr=False)
    created_at: datetime
    """When the code was made."""
    owner: str
    """Of the code: a DID, or admin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What hangs on a DID."""

    handle: str | None = None
    """Of the account, where it is here."""
    frozen: bool = False
    children: int = 0
    descendants: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A DID in a tree."""

    did: str
    depth: int
    join: Join | None
    branch: Branch


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything that was frozen together."""

    id: str
    did: str
    """The root."""
    reason: str | None
    disabled_at: datetime
    enabled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Thawed:
    """What the end of a batch brought back."""

    codes: int
    accounts: int


class Joins(Protocol):
    """What a walk needs to know. See `invites.ports.Tree`."""

    def joined(self, did: str, /) -> Join | None: ...

    def invited(self, did: str, /, *, root: str, after: Join | None) -> Iterator[Join]: ...


Place = tuple[int, str]
"""Where a node stands: its depth, and its DID."""


def path(tree: Joins, root: str, place: Place) -> Sequence[Join] | None:
    """The joins that lead from the root to a place; None where they do not."""
    depth, did = place
    steps: list[Join] = []
    while did != root and len(steps) < min(depth, MAX_DEPTH):
        join = tree.joined(did)
        if join is None:
            return None
        steps.append(join)
        did = join.owner
    return steps[::-1] if did == root and 0 < depth == len(steps) else None


def walk(
    tree: Joins, root: str, *, depth: int, behind: Sequence[Join] = ()
) -> Iterator[tuple[int, Join]]:
    """Those below the root with their depths, each before those it invited.

    Goes on behind the node to which a path leads.
    """
    owners = [root, *(join.did for join in behind)]
    afters = [*behind, None]
    rows = [
        tree.invited(owner, root=root, after=after)
        for owner, after in zip(owners, afters, strict=True)
    ][:depth]
    while rows:
        join = next(rows[-1], None)
        if join is None:
            rows.pop()
            continue
        yield len(rows), join
        if len(rows) < depth:
            rows.append(tree.invited(join.did, root=root, after=None))

"""How many codes an account has earned and may still be given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from xrpc_invites.invites.listing import ListedCode
from xrpc_invites.invites.model import ADMIN, InviteCode, Owner


@dataclass(frozen=True, slots=True)
class Earning:
    """The terms on which accounts earn codes."""

    interval: timedelta
    """Account life that earns one code; positive."""
    epoch: datetime
    """Account life before this instant earns nothing."""
    max_open: int
    """Routine codes an account may hold unspent at one time."""


def earned(*, joined: datetime, now: datetime, earning: Earning) -> int:
    """Count the intervals completed since `joined`, less those completed before the epoch.

    May be negative when the clock stands before either.

    Source: calculateCodesToCreate in the reference PDS, whose two cases are one here.
    """
    due_by_now = (now - joined) // earning.interval
    due_by_epoch = max(earning.epoch - joined, timedelta(0)) // earning.interval
    return due_by_now - due_by_epoch


def to_create(
    owner: Owner,
    codes: Sequence[InviteCode | ListedCode],
    *,
    now: datetime,
    earning: Earning,
) -> int:
    """Codes to create now: what is earned and not yet created, within the room left."""
    due = earned(joined=owner.joined, now=now, earning=earning)
    if due <= 0:
        return 0
    routine = [code for code in codes if code.created_by != ADMIN]
    spent = sum(code.created_at > earning.epoch for code in routine)
    # What a freeze holds shut takes up room all the same: it comes back when that ends.
    open_codes = sum(code.open or (code.unspent and code.key in owner.held) for code in routine)
    return max(min(due - spent, earning.max_open - open_codes), 0)

"""What a stranger may know of a code before using it: whether it can be used, perhaps by whom."""

from dataclasses import dataclass, field

from xrpc_invites.invites.status import Described, Status


@dataclass(frozen=True, slots=True)
class Previewed:
    """A code, and the handle of its owner where that is an account here."""

    found: Described = field(repr=False)
    handle: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What is shown."""

    usable: bool
    inviter: str | None = None


UNUSABLE = Preview(usable=False)
"""The one answer for what is unknown, used up, expired, disabled or not yet begun."""


def preview(previewed: Previewed | None) -> Preview:
    """What is shown of a code, or of a text that names none."""
    if previewed is None or previewed.found.status is not Status.ACTIVE:
        return UNUSABLE
    shown = previewed.found.code.terms.show_inviter
    return Preview(usable=True, inviter=previewed.handle if shown else None)

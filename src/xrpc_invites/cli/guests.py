"""People to invite, out of a file: what is sent of each, and what becomes of each row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import IO, Any

from xrpc_invites.accounts.emails import normal_email
from xrpc_invites.app import shipped
from xrpc_invites.cli.calls import OURS, Json
from xrpc_invites.cli.files import Format, lines
from xrpc_invites.importers.batches import Numbered
from xrpc_invites.importers.people import read_people, read_people_of_json
from xrpc_invites.importers.rows import FileFault, Line
from xrpc_invites.lexicon.check import Checks
from xrpc_invites.lexicon.data import parse_json
from xrpc_invites.lexicon.faults import InvalidValue
from xrpc_invites.lexicon.load import load

INVALID = "invalid-row"
DUPLICATE = "duplicate-row"
UNWANTED = frozenset({"already-invited", "already-member", "opted-out"})
"""Reasons that are no fault of a row: nothing is to be written otherwise."""

_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "invalid-email": "email: is no address that an account can have; "
        "write one like ada@example.org",
        "invalid-name": "name: is not one line of plain text without links; write the name alone",
        "invalid-note": "note: has a link or an address; write plain text",
        "invalid-language": "language: is none; write it like de or pt-BR, or leave it empty",
        "inactive-tag": "tags: has one that is not active; "
        "leave it out, or change it with: tags update ID --active",
        "already-invited": "email: has an invitation that is still good; "
        "mail that again with: invitations send ID, or say --again",
        "already-member": "email: has joined already; take the row out",
        "opted-out": "email: wants no more invitations; take the row out",
    }
)
"""The column, and what to write there."""


class Fate(StrEnum):
    """What became of a row."""

    INVITED = "invited"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """It was sent, and no answer came."""
    NOT_ASKED = "not-asked"
    """It was not sent for good."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row, or would."""

    line: int
    row: Json = field(repr=False)
    fate: Fate = Fate.NOT_ASKED
    reason: str = ""
    """Why it is refused, for programs."""
    message: str = ""
    """Why, for people: the column, and what to write there."""
    invitation: Json | None = field(default=None, repr=False)

    @property
    def bad(self) -> bool:
        """Whether the row must be written otherwise."""
        return self.fate is Fate.REFUSED and self.reason not in UNWANTED


def read_guests(source: IO[bytes], chosen: Format) -> Iterator[Outcome]:
    """The rows of a file: those that are refused here, and those that are worth to be sent."""
    read = read_people if chosen is Format.CSV else read_people_of_json
    check = Checks(load(shipped("lexicons"))).definition(f"{OURS}.createInvitations#row")

    def checked(line: Line) -> Outcome:
        if line.row is None:
            return refused(line.number, {}, INVALID, line.fault)
        if not line.row.get("email"):
            return refused(
                line.number, line.row, INVALID, "email: is empty; write one like ada@example.org"
            )
        try:
            # As the server will read it, so that it is refused in the same words.
            row: Any = parse_json(json.dumps(line.row).encode())
            check(row)
        except InvalidValue as fault:
            return refused(line.number, line.row, INVALID, _said(fault))
        return Outcome(line.number, row)

    try:
        yield from map(checked, read(lines(source)))
    except FileFault as fault:
        yield refused(fault.number, {}, INVALID, str(fault))


def refused(line: int, row: Json, reason: str, message: str) -> Outcome:
    """A row that is refused."""
    return Outcome(line, row, Fate.REFUSED, reason, message)


def told(guest: Numbered, result: Json, known: Mapping[str, int]) -> Outcome:
    """What the server said of a row; `known` has the lines of addresses that came before."""
    line, row = guest
    if "reason" not in result:
        return Outcome(line, row, Fate.INVITED, invitation=result.get("invitation"))
    reason = result["reason"]
    if reason == DUPLICATE and (first := known.get(address(row))):
        return duplicate(guest, first)
    return refused(line, row, reason, _REMEDIES.get(reason) or result["message"])


def duplicate(guest: Numbered, first: int) -> Outcome:
    """A row whose address stands on an earlier line."""
    line, row = guest
    return refused(
        line, row, DUPLICATE, f"email: stands on line {first} already; take one of the two out"
    )


def address(row: Json) -> str:
    """By which two rows are known to mean the same person."""
    written = str(row["email"]).strip()
    return normal_email(written) or written.lower()


def numbered(outcomes: Sequence[Outcome], *fates: Fate) -> list[Numbered]:
    """The rows of which that became."""
    return [(one.line, one.row) for one in outcomes if one.fate in fates]


def _said(fault: InvalidValue) -> str:
    column, *within = fault.place or ("",)
    where = "".join(f" {step + 1}" for step in within if isinstance(step, int))
    # What people count are characters.
    reason = fault.reason.replace("graphemes", "characters")
    return f"{column}{where}: {reason}" if column else reason

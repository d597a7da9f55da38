"""Inviting the people of a file: what would become of each row, and what became of it."""

import re
from collections.abc import Iterable, Iterator, Sequence

from xrpc_invites.cli.asking import go_on_if
from xrpc_invites.cli.calls import OURS, CallFailed, Calls, Json
from xrpc_invites.cli.exits import say
from xrpc_invites.cli.guests import (
    INVALID,
    Fate,
    Outcome,
    address,
    duplicate,
    numbered,
    refused,
    told,
)
from xrpc_invites.cli.progress import progress
from xrpc_invites.cli.tables import print_json, print_rows, show_rows
from xrpc_invites.importers.batches import Numbered
from xrpc_invites.importers.people import requests

_PLACE = re.compile(r"input: invitations\[(\d+)\]\.?(.*)", re.DOTALL)
_PREVIEWED = ("line", "email", "name", "role", "tags", "language", "outcome")
_REPORTED = ("line", "email", "outcome", "id", "link", "why")


class Sending:
    """Sends people to the server, in as many requests as it takes."""

    def __init__(self, calls: Calls, how: Json, rows: Iterable[Outcome]) -> None:
        self._calls = calls
        self.how = how
        self._by_line = {row.line: row for row in rows}
        self._asked: Sequence[Numbered] = ()

    @property
    def rows(self) -> list[Outcome]:
        """What is known of each row, in their order."""
        return [self._by_line[line] for line in sorted(self._by_line)]

    @property
    def wanted(self) -> list[Numbered]:
        """Those who would be invited, or were."""
        return numbered(self.rows, Fate.INVITED)

    def foresee(self) -> None:
        """Find out what would become of each row, and change nothing."""
        self._send("checking", numbered(self.rows, Fate.NOT_ASKED), dry_run=True)

    def invite(self) -> None:
        """Invite all in whose way nothing was found. Raises CallFailed when it breaks off."""
        wanted = self.wanted
        self.forgo()
        self._send("inviting", wanted, dry_run=False)

    def forgo(self) -> None:
        """Take back what was only foreseen."""
        self._note(Outcome(line, row) for line, row in self.wanted)

    def say_what_is_left(self) -> None:
        """Tell where it broke off, and how to go on."""
        counts = self.counts()
        if counts["unknown"]:
            lines = f"{self._asked[0][0]} to {self._asked[-1][0]}"
            say(f"nobody knows what became of lines {lines}: no answer came")
        if counts["not-asked"]:
            say(f"not sent: {counts['not-asked']}")
        again = " without --again" if self.how["again"] else ""
        say(
            f"import the same file{again} once that is put right: "
            "whoever has an invitation by now gets no second one"
        )

    def counts(self) -> dict[str, int]:
        """Rows by what became of them."""
        fates = [row.fate for row in self.rows]
        return {fate.value: fates.count(fate) for fate in Fate}

    def _send(self, what: str, people: Sequence[Numbered], *, dry_run: bool) -> None:
        known: dict[str, int] = {}
        done = 0
        with progress(what, len(people)) as advance:
            for batch in requests(people):
                self._send_batch(self._new(batch, known), known, dry_run=dry_run)
                done += len(batch)
                advance(done)

    def _new(self, batch: Sequence[Numbered], known: dict[str, int]) -> list[Numbered]:
        """Those whose address no earlier request had."""
        new = []
        for guest in batch:
            if first := known.get(address(guest[1])):
                self._note([duplicate(guest, first)])
            else:
                new.append(guest)
        return new

    def _send_batch(self, batch: list[Numbered], known: dict[str, int], *, dry_run: bool) -> None:
        while batch:
            asked = {"invitations": [row for _, row in batch], "dryRun": dry_run, **self.how}
            self._asked = batch
            try:
                answer = self._calls.procedure(f"{OURS}.createInvitations", asked, once=not dry_run)
            except CallFailed as failure:
                # A server of another version may refuse what this program lets pass.
                place = _PLACE.search(str(failure))
                if place is None or failure.name != "InvalidRequest":
                    self._break_off(failure.name, dry_run=dry_run)
                    raise
                line, row = batch.pop(int(place[1]))
                self._note([refused(line, row, INVALID, place[2])])
                continue
            except KeyboardInterrupt:
                self._break_off("", dry_run=dry_run)
                raise
            self._note(self._answered(batch, answer, known))
            return

    def _answered(
        self, batch: Sequence[Numbered], answer: Json, known: dict[str, int]
    ) -> Iterator[Outcome]:
        for guest, result in zip(batch, answer["results"], strict=True):
            outcome = told(guest, result, known)
            if not outcome.reason:
                known[address(guest[1])] = guest[0]
            yield outcome

    def _break_off(self, name: str, *, dry_run: bool) -> None:
        # Without an error's name there was no answer; with one of these, it may have been done.
        if not dry_run and name in {"", "ServiceUnavailable", "InternalServerError"}:
            self._note(Outcome(line, row, Fate.UNKNOWN) for line, row in self._asked)

    def _note(self, outcomes: Iterable[Outcome]) -> None:
        self._by_line |= {outcome.line: outcome for outcome in outcomes}


class Report:
    """Tells what would become of the rows, and what became of them."""

    def __init__(self, file: str, sending: Sending, *, as_json: bool) -> None:
        self._file = file
        self._sending = sending
        self._as_json = as_json

    def foretell(self, *, dry_run: bool) -> None:
        """Show what would become of each row."""
        rows = self._sending.rows
        if dry_run and self._as_json:
            print_json(self._object(dry_run=True))
            return
        if not self._as_json:
            print_ = print_rows if dry_run else show_rows
            print_(_PREVIEWED, map(_previewed, rows))
            for row in rows:
                if row.reason:
                    say(f"{self._file}:{row.line}: {row.message}")
        say(self._foretold(bad=sum(row.bad for row in rows)))

    def ask(self) -> None:
        """Go on when the person agrees."""
        wanted = len(self._sending.wanted)
        people = "1 person" if wanted == 1 else f"{wanted} people"
        go_on_if(
            f"Invite {people}?",
            otherwise="nobody is invited; say --yes where nobody can answer",
        )

    def tell(self) -> None:
        """Print what became of each row."""
        rows = self._sending.rows
        if self._as_json:
            print_json(self._object(dry_run=False))
        else:
            print_rows(_REPORTED, map(_reported, rows))
        counts = self._sending.counts()
        invited = f"invited: {counts['invited']}" if counts["invited"] else "nobody is invited"
        left = f", refused: {counts['refused']}" if counts["refused"] else ""
        say(f"{invited}{left}")
        made = [row.invitation for row in rows if row.invitation]
        if self._sending.how["send"] and any(one["status"] == "draft" for one in made):
            say("this server sends no mail: hand the links on yourself")

    def _foretold(self, *, bad: int) -> str:
        counts = self._sending.counts()
        passed = counts["refused"] - bad
        left = f", passed over: {passed}" if passed else ""
        wrong = f", bad rows: {bad} (put them right, or say --partial)" if bad else ""
        return f"can be invited: {counts['invited']}{left}{wrong}"

    def _object(self, *, dry_run: bool) -> Json:
        counts = self._sending.counts()
        results = [
            {"line": row.line, "email": row.row.get("email"), "outcome": row.fate.value}
            | ({"reason": row.reason, "message": row.message} if row.reason else {})
            | ({"invitation": row.invitation} if row.invitation else {})
            for row in self._sending.rows
        ]
        return {"dryRun": dry_run, "rows": len(results), "counts": counts, "results": results}


def _previewed(row: Outcome) -> list[object]:
    shown = [row.row.get(name) for name in _PREVIEWED[1:-1]]
    return [row.line, *shown, row.message or "can be invited"]


def _reported(row: Outcome) -> list[object]:
    made = row.invitation or {}
    email = made.get("email") or row.row.get("email")
    return [row.line, email, row.fate.value, made.get("id"), made.get("url"), row.message]

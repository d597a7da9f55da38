"""Moments as people type them: RFC 3339, a date, a word, or so long from now."""

import re
from datetime import UTC, datetime, timedelta

import typer

from xrpc_invites.cli.exits import say

HELP = "RFC 3339, a date, today, tomorrow, or +7d, +12h, +30m from now"

_WORDS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_FROM_NOW = re.compile(r"([+-])((?:[0-9]{1,9}[wdhms])+)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def present() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def resolve(text: str, *, now: datetime) -> datetime:
    """The moment that is meant; days begin at midnight UTC.

    Raises:
        ValueError: None is.
    """
    word = text.strip().lower()
    if word == "now":
        return now
    if word in _WORDS:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=_WORDS[word])
    try:
        if found := _FROM_NOW.fullmatch(word):
            return now + _duration(found[2]) * (-1 if found[1] == "-" else 1)
        if _DATE.fullmatch(word):
            return datetime.fromisoformat(word).replace(tzinfo=UTC)
        if _MOMENT.fullmatch(word):
            return datetime.fromisoformat(word.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"there is no such moment: {text}") from None
    raise ValueError(f"must be {HELP}; RFC 3339 ends in Z or an offset like +01:00")


def on_the_wire(at: datetime) -> str:
    """RFC 3339 with milliseconds and `Z`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def understood(option: str, text: str | None) -> str | None:
    """What an option means, for the wire; it is repeated to the person, who may have meant another.

    Raises:
        BadParameter: It means nothing.
    """
    if text is None:
        return None
    now = present()
    try:
        at = resolve(text, now=now)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=f"--{option}") from None
    say(f"{option.replace('-', ' ')}: {on_the_wire(at)}, {away(at - now)}")
    return on_the_wire(at)


def away(ahead: timedelta) -> str:
    """How far away a moment is, in the two largest units."""
    minutes = round(abs(ahead).total_seconds() / 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n][:2]
    if not parts:
        return "now"
    text = " ".join(parts)
    return f"in {text}" if ahead > timedelta(0) else f"{text} ago"


def _duration(text: str) -> timedelta:
    parts = re.findall(r"([0-9]+)([wdhms])", text)
    return sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in parts), timedelta(0))

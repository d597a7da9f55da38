"""The text of invite codes: how one is drawn, and the key under which typed input finds it."""

import re
import string
from collections.abc import Callable
from functools import partial

ALPHABET = string.ascii_lowercase + "234567"
"""Base32 letters: none is mistaken for another once 0, 1 and 8 are folded."""

MAX_LENGTH = 256
"""Characters that a code may have to be typed forgivingly."""

_FOLDABLE = re.compile(f"[A-Za-z0-9-]{{1,{MAX_LENGTH}}}")

Bits = Callable[[int], int]
"""Draws a number of so many random bits; `secrets.randbits` outside tests."""

_BITS = 50
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
"""The two letters of each ten bits."""


def new_code(prefix: str, bits: Bits) -> str:
    """The shape of an invite code: `example-com-abcde-fghij`, 50 random bits.

    Source: genInvCode in the reference PDS.
    """
    number = bits(_BITS)
    letters = "".join([_PAIRS[number >> shift & 1023] for shift in (40, 30, 20, 10, 0)])
    return f"{prefix}-{letters[:5]}-{letters[5:]}"


def maker(host: str, bits: Bits) -> Callable[[], str]:
    """Draws new codes of one host."""
    return partial(new_code, host.replace(".", "-"), bits)


def fold(text: str) -> str | None:
    """The forgiven form of a typed code; None for text that has none.

    Blanks around it are stripped; letter case, hyphens and the digits that look like
    letters do not count.
    """
    text = text.strip()
    if not _FOLDABLE.fullmatch(text):
        return None
    # Four times as fast as a table of characters.
    spoken = text.lower().replace("-", "")
    return spoken.replace("0", "o").replace("1", "l").replace("8", "b") or None


def exact_key(text: str) -> str:
    """The key of a code that is found only by its exact text."""
    return f"={text}"


def keys(text: str) -> tuple[str, ...]:
    """The keys that input may mean, the one that wins first."""
    folded = fold(text)
    return (exact_key(text), folded) if folded else (exact_key(text),)

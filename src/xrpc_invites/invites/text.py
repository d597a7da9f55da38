"""The text of invite codes: how one is drawn, and the key under which typed input finds it."""

import string
from collections.abc import Callable
from functools import partial

ALPHABET = string.ascii_lowercase + "234567"
"""Base32 letters: none is mistaken for another once 0, 1 and 8 are folded."""

MAX_LENGTH = 256
"""Characters that a code may have to be typed forgivingly."""

_FOLDABLE = frozenset(string.ascii_letters + string.digits + "-")
_SPOKEN_ALIKE = str.maketrans("018", "olb", "-")

Choose = Callable[[str], str]
"""Draws one letter of an alphabet; `secrets.choice` outside tests."""


def new_code(host: str, choose: Choose) -> str:
    """The shape of an invite code: `example-com-abcde-fghij`, 50 random bits.

    Source: genInvCode in the reference PDS.
    """
    letters = "".join(choose(ALPHABET) for _ in range(10))
    return f"{host.replace('.', '-')}-{letters[:5]}-{letters[5:]}"


def maker(host: str, choose: Choose) -> Callable[[], str]:
    """Draws new codes of one host."""
    return partial(new_code, host, choose)


def fold(text: str) -> str | None:
    """The forgiven form of a typed code; None for text that has none.

    Blanks around it are stripped; letter case, hyphens and the digits that look like
    letters do not count.
    """
    text = text.strip()
    if not 0 < len(text) <= MAX_LENGTH or not _FOLDABLE.issuperset(text):
        return None
    return text.lower().translate(_SPOKEN_ALIKE) or None


def exact_key(text: str) -> str:
    """The key of a code that is found only by its exact text."""
    return f"={text}"


def keys(text: str) -> tuple[str, ...]:
    """The keys that input may mean, the one that wins first."""
    folded = fold(text)
    return (exact_key(text), folded) if folded else (exact_key(text),)

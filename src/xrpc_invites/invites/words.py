"""Finding a note by the beginnings of its words."""

import re
from collections.abc import Sequence
from unicodedata import normalize

LONGEST = 64
"""Letters of a word that count; long ones are alike when these are."""

MAX_WORDS = 20
"""Words of one search: each is looked for in every note in which the others are."""

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> Sequence[str]:
    """The words of a text, in a form in which those that a reader would call alike are equal."""
    return [word[:LONGEST] for word in _WORD.findall(normalize("NFKC", text).casefold())]


def mentions(note: str | None, text: str) -> bool:
    """Whether each word of `text` begins some word of the note."""
    said, wanted = words(note or ""), words(text)
    return bool(wanted) and all(any(word.startswith(w) for word in said) for w in wanted)

"""The languages in which people are spoken to, which of them fits somebody, and their words."""

from collections.abc import Iterator
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

ENGLISH = "en"
"""What templates are written in, and what everyone gets whose languages are not here."""
TRANSLATED = ("de", "es", "fr", "ja", "pt")
LANGUAGES = (ENGLISH, *TRANSLATED)

_LONGEST = 1_024
"""Characters of a header that are read."""


class CatalogMissing(Exception):
    """A language was not compiled; the text says how that is done."""


def fitting(tag: str | None) -> str:
    """The language for somebody who reads that of a BCP 47 tag, such as pt-BR."""
    return _here(tag or "") or ENGLISH


def preferred(accept_language: str) -> str:
    """The language here that a visitor likes best, by the header that browsers send."""
    wanted = sorted(_weighed(accept_language[:_LONGEST]), key=lambda one: -one[1])
    return next((language for language, weight in wanted if weight > 0), ENGLISH)


def translations(locales: Path, language: str) -> NullTranslations:
    """The catalog of one of `LANGUAGES` in a room's folder.

    Raises:
        CatalogMissing: It is not there.
    """
    if language == ENGLISH:
        return NullTranslations()
    try:
        with (locales / language / "LC_MESSAGES" / "messages.mo").open("rb") as compiled:
            return GNUTranslations(compiled)
    except FileNotFoundError:
        # Falling back to English here would go unnoticed for long.
        raise CatalogMissing(
            f"the catalog of the language {language} is not compiled: install the program anew"
        ) from None


def _here(tag: str) -> str | None:
    primary = tag.strip().replace("_", "-").partition("-")[0].lower()
    return primary if primary in LANGUAGES else None


def _weighed(accept_language: str) -> Iterator[tuple[str, float]]:
    for entry in accept_language.split(","):
        tag, _, parameter = entry.partition(";")
        language = _here(tag)
        if language is not None:
            yield language, _weight(parameter)


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1
    try:
        weight = float(value)
    except ValueError:
        return 0
    return weight if 0 <= weight <= 1 else 0

"""The languages of the pages, and which of them fits a visitor."""

from collections.abc import Iterator
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

ENGLISH = "en"
"""What the templates are written in, and what everyone gets whose languages are not here."""
TRANSLATED = ("de", "es", "fr", "ja", "pt")
LANGUAGES = (ENGLISH, *TRANSLATED)

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "console"

_LONGEST = 1_024
"""Characters of a header that are read."""


class CatalogMissing(Exception):
    """A language was not compiled; the text says how that is done."""


def preferred(accept_language: str) -> str:
    """The language here that a visitor likes best, by the header that browsers send."""
    wanted = sorted(_weighed(accept_language[:_LONGEST]), key=lambda one: -one[1])
    return next((language for language, weight in wanted if weight > 0), ENGLISH)


def _weighed(accept_language: str) -> Iterator[tuple[str, float]]:
    for entry in accept_language.split(","):
        tag, _, parameter = entry.partition(";")
        primary = tag.strip().partition("-")[0].lower()
        if primary in LANGUAGES:
            yield primary, _weight(parameter)


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1
    try:
        weight = float(value)
    except ValueError:
        return 0
    return weight if 0 <= weight <= 1 else 0


def translations(language: str) -> NullTranslations:
    """The catalog of one of `LANGUAGES`.

    Raises:
        CatalogMissing: It is not there.
    """
    if language == ENGLISH:
        return NullTranslations()
    try:
        with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as compiled:
            return GNUTranslations(compiled)
    except FileNotFoundError:
        # Falling back to English here would go unnoticed for long.
        raise CatalogMissing(
            f"the catalog of the language {language} is not compiled: install the program anew"
        ) from None

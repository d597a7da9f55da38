"""The languages that e-mails are written in, and which of them fits somebody."""

from gettext import GNUTranslations, NullTranslations
from pathlib import Path

ENGLISH = "en"
"""What the templates are written in, and what everyone gets whose language is not here."""
TRANSLATED = ("de", "es", "fr", "ja", "pt")
LANGUAGES = (ENGLISH, *TRANSLATED)

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "mail"


class MailFault(Exception):
    """Mail cannot be written; the text says why."""


class CatalogMissing(MailFault):
    """A language was not compiled; the text says how that is done."""


def fitting(tag: str | None) -> str:
    """The language for somebody who reads that of a BCP 47 tag, such as pt-BR."""
    primary = (tag or "").replace("_", "-").partition("-")[0].lower()
    return primary if primary in LANGUAGES else ENGLISH


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

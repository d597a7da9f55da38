"""Pages in the language of the visitor, and every sentence in each of them."""

import re

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from xrpc_invites.console.languages import (
    DOMAIN,
    LOCALES,
    TRANSLATED,
    CatalogMissing,
    preferred,
    translations,
)
from xrpc_invites.console.pages import TEMPLATES, environment

_HOLES = re.compile(r"%\(\w+\)s|</?\w+>")


def catalog(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as text:
        return read_po(text, locale=language)


def sentences() -> set[str]:
    """All that templates say."""
    english = environment("en")
    found: set[str] = set()
    for template in TEMPLATES.glob("*.html"):
        for _, _, said in english.extract_translations(template.read_text()):  # type: ignore[attr-defined]  # the extension adds it
            # With holes it comes together with a plural that it does not have.
            found.add(said if isinstance(said, str) else said[0])
    return found


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-CH", "de"),
        ("PT-BR", "pt"),
        ("fr;q=0.3, ja;q=0.8", "ja"),
        ("nl, es;q=0.5, en;q=0.1", "es"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("de;q=0", "en"),
        ("nl, sv", "en"),
        ("de;q=nonsense, fr;q=0.1", "fr"),
        ("de;q=nan, fr;q=0.1", "fr"),
        ("de;x=y", "de"),
        ("*", "en"),
        (", ".join(["nl"] * 1_000) + ", de", "en"),
        ("en, de", "en"),
        ("deutsch", "en"),
    ],
)
def test_the_language_that_a_visitor_likes_best_is_chosen(header: str, language: str) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_nothing_else(language: str) -> None:
    here = catalog(language)

    assert {message.id for message in here if message.id} == sentences()
    for message in here:
        assert not message.fuzzy
        assert message.string
        if message.id:
            assert sorted(_HOLES.findall(str(message.string))) == sorted(
                _HOLES.findall(str(message.id))
            )


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_compiled_catalog_says_what_its_source_says(language: str) -> None:
    compiled = translations(language)

    for message in catalog(language):
        if message.id:
            assert compiled.gettext(str(message.id)) == message.string


def test_a_language_that_is_not_compiled_is_not_passed_over() -> None:
    with pytest.raises(CatalogMissing, match="install the program anew"):
        translations("nl")

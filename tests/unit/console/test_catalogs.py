"""Every sentence of the pages, in each language."""

import re

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from xrpc_invites.console.pages import LOCALES, TEMPLATES, environment
from xrpc_invites.languages import TRANSLATED, translations

_HOLES = re.compile(r"%\(\w+\)s|</?\w+>")


def catalog(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as text:
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
    compiled = translations(LOCALES, language)

    for message in catalog(language):
        if message.id:
            assert compiled.gettext(str(message.id)) == message.string

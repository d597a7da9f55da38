"""Every language is complete: the catalogs against the templates."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from hatch_build import compile_catalogs
from xrpc_invites.languages import TRANSLATED, translations
from xrpc_invites.mail.letters import LOCALES, TEMPLATES

SAID = {
    message
    for _, _, message, _, _ in extract_from_dir(
        TEMPLATES, method_map=[("**", "jinja2.ext:babel_extract")]
    )
    if isinstance(message, str)
}


def catalog(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source, locale=language)


def placeholders(text: str) -> list[str]:
    return sorted(set(re.findall(r"%\(\w+\)s", text)))


def test_there_is_a_catalog_for_every_language_and_no_other() -> None:
    assert sorted(path.name for path in LOCALES.iterdir()) == sorted(TRANSLATED)
    assert len(SAID) > 10


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalog_says_all_that_the_templates_say_and_nothing_else(language: str) -> None:
    messages = {message.id: message for message in catalog(language) if message.id}

    assert set(messages) == SAID
    for text, message in messages.items():
        assert message.string, text
        assert not message.fuzzy, text
        assert placeholders(str(message.string)) == placeholders(str(text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    compiled = translations(LOCALES, language)

    for message in catalog(language):
        if message.id:
            assert compiled.gettext(str(message.id)) == message.string


def test_the_hook_compiles_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "src/xrpc_invites/mail/locales/de/LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_bytes((LOCALES / "de/LC_MESSAGES/messages.po").read_bytes())

    compile_catalogs(tmp_path)

    assert (folder / "messages.mo").read_bytes() == (
        LOCALES / "de/LC_MESSAGES/messages.mo"
    ).read_bytes()

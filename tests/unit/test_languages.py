"""Which language fits somebody."""

from pathlib import Path

import pytest

from xrpc_invites.languages import CatalogMissing, fitting, preferred, translations


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


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("pt-BR", "pt"),
        ("pt_PT", "pt"),
        ("JA-jp", "ja"),
        ("zh-Hant", "en"),
        ("den", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_language_that_fits_a_tag_is_taken_and_else_english(
    tag: str | None, language: str
) -> None:
    assert fitting(tag) == language


def test_a_language_that_is_not_compiled_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(CatalogMissing, match="install the program anew"):
        translations(tmp_path, "nl")

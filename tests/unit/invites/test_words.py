"""Notes are found by the beginnings of their words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.invites.words import LONGEST, mentions, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("--- _ !", []),
        ("Spring-campaign_2026, again!", ["spring", "campaign", "2026", "again"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("\N{LATIN SMALL LIGATURE FI}ne", ["fine"]),
        ("東京 メール", ["東京", "メール"]),
    ],
)
def test_words_are_letters_and_digits_in_one_case(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize("text", ["spr", "CAMP", "camp spring", "2026", "spring campaign 2026"])
def test_a_note_is_found_by_beginnings_of_its_words(text: str) -> None:
    assert mentions("The Spring campaign of 2026", text)


@pytest.mark.parametrize("text", ["pring", "spring autumn", "20266", "", "-"])
def test_a_note_is_not_found_by_anything_else(text: str) -> None:
    assert not mentions("The Spring campaign of 2026", text)


def test_no_note_is_found_by_nothing() -> None:
    assert not mentions(None, "spring")


@given(st.text(max_size=300))
def test_a_note_is_found_by_its_own_words(note: str) -> None:
    assert all(mentions(note, word) for word in words(note))
    assert all(0 < len(word) <= LONGEST for word in words(note))

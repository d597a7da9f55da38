"""The text of a code, and what typing it forgives."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.invites.text import ALPHABET, MAX_LENGTH, exact_key, fold, keys, new_code

codes = st.text(alphabet=ALPHABET, min_size=10, max_size=10).map(
    lambda letters: f"example-com-{letters[:5]}-{letters[5:]}"
)


def test_a_code_begins_with_the_host() -> None:
    letters = iter("abcdefghij")

    assert new_code("example.com", lambda _: next(letters)) == "example-com-abcde-fghij"


def test_a_code_draws_ten_of_32_letters() -> None:
    alphabets: list[str] = []

    def choose(alphabet: str) -> str:
        alphabets.append(alphabet)
        return alphabet[0]

    new_code("h", choose)

    assert len(alphabets) == 10
    assert {len(set(alphabet)) for alphabet in alphabets} == {32}


@given(codes)
def test_new_codes_that_differ_have_different_folds(code: str) -> None:
    # No letter of the alphabet is folded onto another.
    assert fold(code) == code.replace("-", "")


@given(codes)
def test_a_fold_forgives_case_hyphens_and_letters_that_look_alike(code: str) -> None:
    mistaken = code.upper().replace("-", "").replace("O", "0").replace("L", "1").replace("B", "8")

    assert fold(f"  {mistaken}\n") == fold(code)


@given(st.text())
def test_a_fold_folded_again_is_the_same(text: str) -> None:
    folded = fold(text)

    assert folded is None or fold(folded) == folded


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "---", "a_b", "a b", "é", "\uff41", "İ", "a\0", "a" * (MAX_LENGTH + 1), "=a"],
)
def test_text_that_is_no_ascii_code_has_no_fold(text: str) -> None:
    assert fold(text) is None
    assert keys(text) == (exact_key(text),)


def test_the_longest_code_has_a_fold() -> None:
    assert fold("a" * MAX_LENGTH) == "a" * MAX_LENGTH


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=9))
def test_an_exact_key_is_never_a_fold(text: str) -> None:
    exact, folded = keys(text)

    assert exact == f"={text}"
    assert fold(exact) is None
    assert folded == fold(text)

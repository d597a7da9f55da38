"""The text of a code, and what typing it forgives."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.invites.text import ALPHABET, MAX_LENGTH, exact_key, fold, keys, maker, new_code

codes = st.text(alphabet=ALPHABET, min_size=10, max_size=10).map(
    lambda letters: f"example-com-{letters[:5]}-{letters[5:]}"
)


def test_a_code_begins_with_the_host() -> None:
    number = sum(place << 5 * (9 - place) for place in range(10))

    assert maker("example.com", lambda _: number)() == "example-com-abcde-fghij"


@given(st.integers(0, 2**50 - 1), st.integers(0, 2**50 - 1))
def test_every_one_of_fifty_bits_makes_another_code(one: int, other: int) -> None:
    drawn = [new_code("h", lambda bits, n=number: n % 2**bits) for number in (one, other)]  # type: ignore[misc]

    assert (drawn[0] == drawn[1]) is (one == other)
    assert set(drawn[0]) <= {*ALPHABET, "-"}


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

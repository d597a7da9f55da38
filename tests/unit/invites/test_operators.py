"""What an operator's token looks like, and when it counts."""

import hmac
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.app import shipped
from xrpc_invites.invites.operators import (
    PREFIX,
    ROLES,
    OperatorToken,
    TokenRefusal,
    hasher,
    name_key,
    new_token,
    refusal,
    well_formed,
)
from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.load import load
from xrpc_invites.xrpc.roles import Role

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
PAGE = (Path(__file__).parents[3] / "docs" / "tokens.md").read_text()
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "admin")
"""Letters that take two columns, and else look the same."""
VECTOR = "xit_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf1Yo7hP"


def drawn(random: bytes) -> str:
    def dice(count: int) -> bytes:
        assert count == len(random)
        return random

    return new_token(dice)


def token(**changed: datetime) -> OperatorToken:
    return OperatorToken(
        id="1", name="ada", role="viewer", token_hash="h", created_at=NOON, **changed
    )


@pytest.mark.parametrize(
    ("random", "text"),
    [
        (bytes(range(32)), VECTOR),
        (bytes(32), "xit_" + "0" * 43 + "2CZclj"),
        (b"\xff" * 32, "xit_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13sRzl1"),
    ],
    ids=["counting", "zeros", "ones"],
)
def test_the_same_dice_make_the_same_token_and_the_page_for_scanners_says_so(
    random: bytes, text: str
) -> None:
    assert drawn(random) == text
    assert f"`{random.hex()}`" in PAGE
    assert f"`{text}`" in PAGE


def test_the_expression_for_scanners_finds_tokens_among_other_text() -> None:
    [expression] = re.findall(r"^    (.*xit_.*)$", PAGE, re.MULTILINE)

    assert re.findall(expression, f'{{"token": "{VECTOR}"}} a{VECTOR} {VECTOR}0') == [VECTOR]


@given(st.binary(min_size=32, max_size=32))
def test_every_token_has_one_shape_and_keeps_its_256_bits(random: bytes) -> None:
    text = drawn(random)

    assert re.fullmatch(r"xit_[0-9A-Za-z]{49}", text)
    assert well_formed(text)
    number = 0
    for character in text[4:47]:
        number = number * 62 + BASE62.index(character)
    assert number.to_bytes(32, "big") == random


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(min_value=0, max_value=52),
    st.characters(),
)
def test_a_wrong_character_is_told(random: bytes, place: int, character: str) -> None:
    text = drawn(random)

    typed = text[:place] + character + text[place + 1 :]

    assert well_formed(typed) is (typed == text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PREFIX,
        VECTOR[:-1],
        VECTOR + "0",
        f" {VECTOR}",
        VECTOR.removeprefix(PREFIX),
        VECTOR.replace("xit_", "XIT_"),
        VECTOR[:6] + VECTOR[7] + VECTOR[6] + VECTOR[8:],
        "xit_" + "é" * 43 + "2CZclj",
        "xit_" + "0" * 43 + "é" * 6,
        "xit_" + "0" * 2_000,
    ],
)
def test_what_is_no_token_is_told(text: str) -> None:
    assert not well_formed(text)


def test_a_hash_takes_the_key_and_the_key_is_used_for_nothing_else() -> None:
    key = b"a hash key for the tests"
    hashed = hasher(key)(VECTOR)

    assert hashed == "2b90a9bda95722781f61d310280cf6e4a8b2959b737593e77a327d882f2a4193"
    assert hashed != hasher(b"another key of an operator")(VECTOR)
    assert hashed != hmac.digest(key, VECTOR.encode(), "sha256").hex()


def test_an_expiry_is_exclusive() -> None:
    until = token(expires_at=NOON)

    assert until.alive(NOON - MILLISECOND)
    assert not until.alive(NOON)
    assert token().alive(NOON + timedelta(days=36_500))


def test_a_revoked_token_is_dead_whatever_the_clock_says() -> None:
    assert not token(revoked_at=NOON).alive(NOON - timedelta(days=1))
    assert not token(revoked_at=NOON, expires_at=NOON + timedelta(days=1)).alive(NOON)


@pytest.mark.parametrize(
    "name",
    ["admin", "Admin", "did:web:ada.test", "DID:plc:x", "Token:1", "local", "Local:ada", WIDE],
)
def test_no_token_is_called_like_those_who_have_none(name: str) -> None:
    assert refusal(name, "viewer", expires_at=None, now=NOON) is TokenRefusal.KEPT_NAME


@pytest.mark.parametrize(
    "name", ["", " ", " ada", "ada ", "a\nb", "a\tb", "a\N{RIGHT-TO-LEFT OVERRIDE}b", "a\x7f"]
)
def test_a_name_that_a_log_could_not_show_is_refused(name: str) -> None:
    assert refusal(name, "viewer", expires_at=None, now=NOON) is TokenRefusal.UNFIT_NAME


@pytest.mark.parametrize(
    "name",
    ["ada", "Ada Lovelace", "sign-up form (web)", "администратор", "localisation bot", "Admins"],
)
def test_names_of_people_and_programs_are_taken(name: str) -> None:
    assert refusal(name, "viewer", expires_at=None, now=NOON) is None


def test_a_role_must_be_known_and_an_expiry_must_lie_ahead() -> None:
    def refused(role: str, expires_at: datetime) -> TokenRefusal | None:
        return refusal("ada", role, expires_at=expires_at, now=NOON)

    assert refused("king", NOON + MILLISECOND) is TokenRefusal.UNKNOWN_ROLE
    assert refused("viewer", NOON) is TokenRefusal.EXPIRED
    assert refused("viewer", NOON + MILLISECOND) is None


def test_names_that_look_alike_are_one_name() -> None:
    assert name_key("Ada") == name_key("ADA")
    assert name_key(WIDE) == "admin"
    assert name_key("Ada") != name_key("Ida")


def test_the_domain_the_protocol_and_the_documents_know_the_same_roles() -> None:
    shown = load(shipped("lexicons"))["org.xrpcinvites.defs"].defs["tokenView"]

    assert tuple(Role) == ROLES
    assert isinstance(shown, schema.Object)
    assert shown.properties["role"] == schema.String(known_values=ROLES)

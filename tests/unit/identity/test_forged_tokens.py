"""Tokens that are not ours: each is refused by its recorded name, and none does more harm."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.identity.forging import (
    ACCESS,
    BAD_SCOPE,
    CLAIMS,
    DID,
    EXPIRED,
    HEADER,
    MALFORMED,
    NOON,
    SECRET,
    SERVICE,
    UNVERIFIED,
    Outcome,
    made,
    outcome,
    sealed,
)
from xrpc_invites.identity.tokens import MAX_TOKEN, SessionTokens


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256"},
        {"alg": "HS256", "typ": "JWT"},
        {"alg": "HS256", "typ": "AT+JWT"},
        {"alg": "HS256", "typ": ["at+jwt"]},
        {"alg": "HS256", "typ": "at+jwt", "crit": ["unheard-of"], "unheard-of": 1},
        {"alg": "none", "typ": "at+jwt"},
        {"alg": "None", "typ": "at+jwt"},
        {"alg": "ES256K", "typ": "at+jwt"},
        {"alg": "dir", "enc": "A128GCM", "typ": "at+jwt"},
        {"alg": ["HS256"], "typ": "at+jwt"},
        {"typ": "at+jwt"},
        [],
        "HS256",
        1,
    ],
)
def test_another_header_is_refused(header: object) -> None:
    assert outcome(made(header)) == UNVERIFIED


@pytest.mark.parametrize(("algorithm", "digest"), [("HS384", "sha384"), ("HS512", "sha512")])
def test_another_algorithm_is_refused_even_with_the_secret(algorithm: str, digest: str) -> None:
    header = {"alg": algorithm, "typ": "at+jwt"}

    assert outcome(made(header, digest=digest)) == UNVERIFIED


@pytest.mark.parametrize(
    "token",
    [
        SessionTokens(b"another sixteen!", SERVICE).access(DID, now=NOON),
        SessionTokens(SECRET, "did:web:elsewhere.test").access(DID, now=NOON),
        made(aud=None),
        made(aud=[SERVICE]),
        made(aud=""),
    ],
)
def test_a_token_of_another_secret_or_service_is_refused(token: str) -> None:
    assert outcome(token) == UNVERIFIED


def test_a_token_without_its_signature_is_refused() -> None:
    unsigned = ACCESS.rpartition(".")[0]

    assert outcome(unsigned) == UNVERIFIED
    assert outcome(f"{unsigned}.") == UNVERIFIED


@pytest.mark.parametrize(
    ("claims", "refusal"),
    [
        ({"exp": None}, MALFORMED),
        ({"exp": "9999999999"}, MALFORMED),
        ({"exp": True}, MALFORMED),
        ({"exp": [1]}, MALFORMED),
        ({"exp": 0}, EXPIRED),
        ({"exp": -1}, EXPIRED),
        ({"exp": float("nan")}, EXPIRED),
        ({"exp": float("-inf")}, EXPIRED),
        ({"exp": NOON.timestamp() - 0.5}, EXPIRED),
        ({"scope": None}, BAD_SCOPE),
        ({"scope": "com.atproto.appPass"}, BAD_SCOPE),
        ({"scope": "com.atproto.appPassPrivileged"}, BAD_SCOPE),
        ({"scope": "com.atproto.refresh"}, BAD_SCOPE),
        ({"scope": ["com.atproto.access"]}, BAD_SCOPE),
        ({"sub": None}, MALFORMED),
        ({"sub": ""}, MALFORMED),
        ({"sub": "ada.test"}, MALFORMED),
        ({"sub": 1}, MALFORMED),
        ({"sub": "did:web:\ud800"}, MALFORMED),
        ({"exp": 0, "scope": "other", "sub": "ada"}, EXPIRED),
        ({"scope": "other", "sub": "ada"}, BAD_SCOPE),
    ],
)
def test_other_claims_are_refused_by_the_first_that_is_wrong(
    claims: dict[str, Any], refusal: Outcome
) -> None:
    assert outcome(made(**claims)) == refusal


@pytest.mark.parametrize(
    "exp", [NOON.timestamp() + 0.5, 10**18, 10**400], ids=["half", "big", "huge"]
)
def test_any_number_in_the_future_is_an_end(exp: float) -> None:
    assert outcome(made(exp=exp)) == DID


@pytest.mark.parametrize(
    "claims",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"text"',
        b"\xff\xfe",
        b"\x00",
        pytest.param(b"[" * 4_000, id="deep list"),
        pytest.param(b'{"exp":' * 900, id="deep object"),
        pytest.param(b'{"exp":' + b"9" * 4_400 + b"}", id="long number"),
    ],
)
def test_what_holds_no_claims_is_refused_however_well_it_is_signed(claims: bytes) -> None:
    assert outcome(sealed(json.dumps(HEADER).encode(), claims)) == UNVERIFIED


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "....",
        "\x00.\x00.\x00",
        "é.é.é",
        "\ud800.a.b",
        f"{ACCESS}.",
        "." * 99,
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    assert outcome(text) == UNVERIFIED


def test_a_token_that_is_too_long_is_refused_unread() -> None:
    assert outcome(made(padding="x" * MAX_TOKEN)) == UNVERIFIED


@given(st.text(max_size=300) | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_every_text_is_refused_in_one_way(text: str) -> None:
    assert outcome(text) == UNVERIFIED


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


@given(json_values, json_values)
def test_no_signed_json_makes_anything_but_a_refusal(header: object, claims: object) -> None:
    token = sealed(json.dumps(header).encode(), json.dumps(claims).encode())

    assert outcome(token) == UNVERIFIED


@given(st.sampled_from(list(CLAIMS)), json_values)
def test_no_value_of_one_claim_makes_anything_but_a_did_or_a_refusal(name: str, value: Any) -> None:
    become = outcome(made(**{name: value}))

    assert become in {DID, UNVERIFIED, MALFORMED, BAD_SCOPE, EXPIRED}

"""What is wrong with a token, in the order in which the protocol has it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.identity.speaking import CLAIMS, DID, NOON, NSID, SERVICE, encoded, signed
from xrpc_invites.identity.documents import audiences
from xrpc_invites.identity.service_auth import MAX_TOKEN, check, read
from xrpc_invites.xrpc.errors import XrpcError

NOW = int(NOON.timestamp())
SESSION = {"typ": "at+jwt", "alg": "HS256"}


def fault(token: str) -> str | None:
    """The name of what is wrong with a token; None where nothing is, its signature aside."""
    try:
        check(read(token), audiences=audiences(SERVICE), nsid=NSID, now=NOON)
    except XrpcError as error:
        return error.name if error.status == 401 else f"{error.status} {error.name}"
    return None


def part(value: object) -> str:
    return encoded(json.dumps(value).encode())


def raw(header: object, claims: object = CLAIMS, signature: str = "c2ln") -> str:
    return f"{part(header)}.{part(claims)}.{signature}"


def ending(number: str) -> str:
    """A token whose end is written so."""
    claims = json.dumps(CLAIMS).replace(str(CLAIMS["exp"]), number)
    return f"{part({'alg': 'ES256K'})}.{encoded(claims.encode())}."


def test_a_good_token_says_who_may_do_what_and_how_long() -> None:
    statement = read(signed())

    assert fault(signed()) is None
    assert (statement.issuer, statement.did, statement.service) == (DID, DID, "")
    assert statement.ends_at.timestamp() == CLAIMS["exp"] + 5
    assert "used once" not in repr(statement)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "..",
        "a.b.c",
        "é.é.é",
        "\ud800.\ud800.\ud800",
        f"{part({})}.{part({})}",
        f"{raw({})}.more",
        raw([]),
        raw(None),
        raw("typ"),
        raw({}, []),
        raw({}, 1),
        raw({"alg": "ES256K"}, signature="not base64"),
        raw({"alg": "ES256K"}, signature="c2ln="),
        raw({"alg": "ES256K"}, signature="c2l+"),
        raw({"alg": "ES256K"}, signature="c"),
        f" {raw({'alg': 'ES256K'})}",
        pytest.param(f"{encoded(b'[' * 4_000)}.{part({})}.", id="deep"),
        f"{encoded(bytes([0xFF, 0xFE, 0xFD]))}.{part({})}.",
        f"{encoded(json.dumps({'alg': 'ES256K'}).encode('utf-16'))}.{part(CLAIMS)}.",
        ending("NaN"),
        ending("Infinity"),
        pytest.param(ending("9" * 5_000), id="digits"),
        pytest.param(raw({"alg": "ES256K"}, signature="s" * MAX_TOKEN), id="long"),
    ],
)
def test_what_is_no_jwt_is_called_so(text: str) -> None:
    assert fault(text) == "BadJwt"


@pytest.mark.parametrize("alg", [None, 1, ["ES256K"], {}])
def test_the_algorithm_must_be_a_string(alg: object) -> None:
    assert fault(raw({"typ": "JWT", "alg": alg})) == "BadJwt"


@pytest.mark.parametrize("claim", ["iss", "aud", "exp"])
def test_issuer_audience_and_end_must_be_there(claim: str) -> None:
    assert fault(signed(**{claim: None})) == "BadJwt"


@pytest.mark.parametrize("value", [1, True, [], ["x"], {}])
@pytest.mark.parametrize("claim", ["iss", "aud", "jti"])
def test_issuer_audience_and_id_must_be_strings(claim: str, value: object) -> None:
    assert fault(signed(**{claim: value})) == "BadJwt"


@pytest.mark.parametrize("value", ["1", True, False, [], {}, str(NOW + 60)])
@pytest.mark.parametrize("claim", ["exp", "iat"])
def test_times_must_be_numbers(claim: str, value: object) -> None:
    assert fault(signed(**{claim: value})) == "BadJwt"


@pytest.mark.parametrize("kind", ["at+jwt", "refresh+jwt", "dpop+jwt"])
def test_a_sessions_token_is_of_the_wrong_type(kind: str) -> None:
    header = {"alg": "HS256", "typ": kind}

    assert fault(raw(header)) == "BadJwtType"
    # It names no issuer.
    assert fault(raw(header, {"sub": DID, "aud": SERVICE})) == "BadJwtType"


@pytest.mark.parametrize("kind", ["JWT", "", None, 0, True, [], ["at+jwt"], {}])
def test_any_other_type_is_fine(kind: object) -> None:
    assert fault(raw({"alg": "ES256K", "typ": kind})) is None


@pytest.mark.parametrize(
    ("end", "name"),
    [
        (NOW + 60, None),
        (NOW, None),
        (NOW - 5, None),
        (NOW - 5.001, "JwtExpired"),
        (NOW - 6, "JwtExpired"),
        (0, "JwtExpired"),
        (-(10**400), "JwtExpired"),
        (NOW + 3_600, None),
        (NOW + 3_600.001, "BadJwt"),
        (10**400, "BadJwt"),
        (1e308, "BadJwt"),
    ],
)
def test_a_token_lives_up_to_its_end_and_one_hour_at_most(end: float, name: str | None) -> None:
    assert fault(signed(exp=end)) == name


def test_infinity_is_too_long() -> None:
    assert fault(ending("1e400")) == "BadJwt"


@pytest.mark.parametrize(
    ("issued", "end", "name"),
    [
        (None, NOW + 10_000_000, None),
        (None, 10**400, None),
        (NOW - 3_540, NOW + 60, None),
        (NOW - 3_541, NOW + 60, "BadJwt"),
        (NOW + 60, NOW + 120, None),
        (NOW + 86_400, NOW + 86_460, "BadJwt"),
        (-(10**400), NOW + 60, "BadJwt"),
    ],
)
def test_the_hour_begins_when_it_was_issued_and_never_later_than_now(
    issued: float | None, end: float, name: str | None
) -> None:
    assert fault(signed(iat=issued, exp=end)) == name


def test_the_end_of_time_is_a_moment() -> None:
    assert read(signed(iat=None, exp=10**400)).ends_at.year == 9999


@pytest.mark.parametrize("service", ["", "#atproto_invites", "#atproto_pds"])
def test_it_may_be_meant_for_this_service_by_each_of_its_names(service: str) -> None:
    assert fault(signed(aud=f"{SERVICE}{service}")) is None


@pytest.mark.parametrize(
    "audience",
    [
        "",
        "did:web:other.test",
        f"{SERVICE}#",
        f"{SERVICE}#bsky_appview",
        f"{SERVICE}%3A1",
        SERVICE.upper(),
    ],
)
def test_what_is_meant_for_others_means_nothing_here(audience: str) -> None:
    assert fault(signed(aud=audience)) == "BadJwtAudience"


@pytest.mark.parametrize("method", [None, "", "com.example.other", NSID.upper(), [NSID], True, "*"])
def test_it_must_name_the_method(method: object) -> None:
    assert fault(signed(lxm=method)) == "BadJwtLexiconMethod"


@pytest.mark.parametrize(
    "issuer", [DID, "did:plc:ewvi7nxzyoun6zhxrhs64oiz", f"{DID}#atproto_labeler"]
)
def test_an_issuer_is_a_did_or_a_service_of_one(issuer: str) -> None:
    assert fault(signed(iss=issuer)) is None


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "ada.test",
        "did:web:",
        "did:",
        f"{DID}#",
        f"{DID}#a#b",
        f"#{DID}",
        f"{DID} ",
        f"{DID}#a b",
        f"{DID}\x00",
        f"did:web:{'a' * 2_048}",
    ],
)
def test_any_other_issuer_is_none(issuer: str) -> None:
    assert fault(signed(iss=issuer)) == "BadJwtIss"


IN_ORDER: list[tuple[str, dict[str, Any]]] = [
    ("BadJwt", {"aud": 1}),
    ("JwtExpired", {"exp": NOW - 60}),
    ("BadJwt", {"iat": NOW - 100_000}),
    ("BadJwtAudience", {"aud": "did:web:other.test"}),
    ("BadJwtLexiconMethod", {"lxm": None}),
    ("BadJwtIss", {"iss": "nobody"}),
]


@pytest.mark.parametrize("first", range(len(IN_ORDER)))
def test_the_first_thing_that_is_wrong_has_its_name(first: int) -> None:
    wrong: dict[str, Any] = {}
    for _, changed in reversed(IN_ORDER[first:]):
        wrong |= changed

    assert fault(signed(**wrong)) == IN_ORDER[first][0]


def test_a_sessions_token_is_called_so_whatever_else_is_wrong() -> None:
    assert fault(raw(SESSION, CLAIMS | {"exp": 0, "aud": "x"})) == "BadJwtType"


def test_tokens_are_told_apart_by_their_id_and_else_by_what_they_say() -> None:
    without = read(signed(jti=None))

    assert read(signed()).jti == read(signed(exp=NOW + 61)).jti
    assert without.jti == read(signed(jti=None)).jti
    assert without.jti != read(signed(jti=None, exp=NOW + 61)).jti
    assert read(signed(jti=without.jti)).jti != without.jti


@given(st.text(max_size=200) | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_every_text_has_an_answer(text: str) -> None:
    assert fault(text)

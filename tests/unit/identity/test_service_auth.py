"""What a caller hears who sends a token as service auth, which is not accepted yet."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.identity.service_auth import MAX_TOKEN, refuse

CLAIMS = {"iss": "did:web:ada.test", "aud": "did:web:invites.test", "exp": 1}


def part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(header: object, claims: object = CLAIMS, signature: str = "c2ln") -> str:
    return f"{part(header)}.{part(claims)}.{signature}"


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
        f"{token({})}.more",
        token([]),
        token(None),
        token("typ"),
        token({}, []),
        token({}, 1),
        pytest.param(f"{urlsafe_b64encode(b'[' * 4_000).decode()}.{part({})}.", id="deep"),
        f"{urlsafe_b64encode(bytes([0xFF, 0xFE, 0xFD])).decode()}.{part({})}.",
        pytest.param(token({"alg": "ES256K"}, signature="s" * MAX_TOKEN), id="long"),
    ],
)
def test_what_is_no_jwt_is_called_so(text: str) -> None:
    error = refuse(text)

    assert (error.name, error.status) == ("BadJwt", 401)


@pytest.mark.parametrize("kind", ["at+jwt", "refresh+jwt", "dpop+jwt"])
def test_a_sessions_token_is_of_the_wrong_type(kind: str) -> None:
    error = refuse(token({"alg": "HS256", "typ": kind}))

    assert (error.name, error.status) == ("BadJwtType", 401)


@pytest.mark.parametrize("kind", ["JWT", "", None, 0, True, [], ["at+jwt"], {}])
def test_any_other_jwt_is_not_accepted_here(kind: object) -> None:
    error = refuse(token({"alg": "ES256K", "typ": kind}))

    assert (error.name, error.status) == ("AuthenticationRequired", 401)


def test_a_jwt_without_a_type_is_not_accepted_here() -> None:
    assert refuse(token({"alg": "ES256K"})).name == "AuthenticationRequired"


@given(st.text(max_size=200) | st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*", fullmatch=True))
def test_every_text_has_an_answer(text: str) -> None:
    assert refuse(text).status == 401

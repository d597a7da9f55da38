"""The two tokens of a session: what they say, for how long, and on which methods."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.identity.forging import (
    ACCESS,
    BAD_SCOPE,
    DID,
    EXPIRED,
    NOON,
    SERVICE,
    TOKENS,
    UNVERIFIED,
    made,
    outcome,
)
from xrpc_invites.accounts.model import Session
from xrpc_invites.identity.tokens import RefreshClaims
from xrpc_invites.xrpc.errors import XrpcError

SESSION = Session(jti="the-jti", family="first", did=DID, expires_at=NOON + timedelta(days=90))
REFRESH = TOKENS.refresh(SESSION, now=NOON)


def decoded(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = (urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(claims)


class TestAccess:
    """Access tokens speak for a DID for two hours."""

    def test_it_says_what_the_protocol_wants(self) -> None:
        assert decoded(ACCESS) == (
            {"typ": "at+jwt", "alg": "HS256"},
            {
                "aud": SERVICE,
                "sub": DID,
                "iat": int(NOON.timestamp()),
                "exp": int(NOON.timestamp()) + 7_200,
                "scope": "com.atproto.access",
            },
        )

    @pytest.mark.parametrize("after", [0, 1, 7_199])
    def test_it_speaks_for_its_account_until_it_ends(self, after: int) -> None:
        assert outcome(ACCESS, now=NOON + timedelta(seconds=after)) == DID

    @pytest.mark.parametrize("after", [7_200, 7_201, 10**9])
    def test_it_has_expired_from_its_end_on(self, after: int) -> None:
        assert outcome(ACCESS, now=NOON + timedelta(seconds=after)) == EXPIRED

    def test_a_restricted_one_opens_nothing(self) -> None:
        restricted = TOKENS.access(DID, now=NOON, restricted=True)

        assert decoded(restricted)[1]["scope"] == "com.atproto.takendown"
        assert outcome(restricted) == BAD_SCOPE

    def test_one_signed_elsewhere_with_the_secret_is_as_good(self) -> None:
        assert outcome(made()) == DID

    def test_a_refresh_token_is_none(self) -> None:
        assert outcome(REFRESH) == UNVERIFIED


class TestRefresh:
    """Refresh tokens continue a session until it ends."""

    def test_it_says_what_the_protocol_wants(self) -> None:
        assert decoded(REFRESH) == (
            {"typ": "refresh+jwt", "alg": "HS256"},
            {
                "aud": SERVICE,
                "sub": DID,
                "iat": int(NOON.timestamp()),
                "exp": int(NOON.timestamp()) + 90 * 86_400,
                "scope": "com.atproto.refresh",
                "jti": "the-jti",
            },
        )

    def test_it_names_its_session(self) -> None:
        assert TOKENS.verify_refresh(REFRESH, now=NOON) == RefreshClaims(DID, "the-jti")

    def test_what_it_says_is_not_shown(self) -> None:
        assert "the-jti" not in repr(TOKENS.verify_refresh(REFRESH, now=NOON))

    def test_it_ends_with_its_session(self) -> None:
        with pytest.raises(XrpcError, match="ExpiredToken"):
            TOKENS.verify_refresh(REFRESH, now=SESSION.expires_at)

    def test_an_expired_one_still_names_its_session_to_who_signs_out(self) -> None:
        late = SESSION.expires_at + timedelta(days=1)

        claims = TOKENS.verify_refresh(REFRESH, now=late, expired_ok=True)

        assert claims == RefreshClaims(DID, "the-jti")

    @pytest.mark.parametrize("expired_ok", [False, True])
    @pytest.mark.parametrize("token", [ACCESS, "", "garbage", REFRESH[:-2]])
    def test_anything_else_is_none(self, token: str, *, expired_ok: bool) -> None:
        with pytest.raises(XrpcError, match="InvalidToken"):
            TOKENS.verify_refresh(token, now=NOON, expired_ok=expired_ok)

    @pytest.mark.parametrize("jti", [None, "", 1, [], {"a": 1}])
    def test_one_without_a_session_is_malformed(self, jti: object) -> None:
        header = {"alg": "HS256", "typ": "refresh+jwt"}
        token = made(header, scope="com.atproto.refresh", jti=jti)

        with pytest.raises(XrpcError, match="Malformed token"):
            TOKENS.verify_refresh(token, now=NOON)

"""Who may speak for whom by service auth, whatever it was verified by."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.servers import bearer
from tests.unit.xrpc.test_pipeline import NoSessions
from xrpc_invites.xrpc.credentials import Credentials
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.roles import (
    ANONYMOUS,
    Caller,
    Needs,
    Operator,
    Proof,
    Role,
    SelfOrOperator,
    SignUp,
)

pytestmark = pytest.mark.anyio

NSID = "com.example.redeem"
DID = "did:web:ada.test"
SERVICE = f"{DID}#atproto_labeler"
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
SELF = SelfOrOperator(Role.APP)
ADMIN = "Basic YWRtaW46cHc="


class Tokens:
    """Operators' tokens that say their role, behind a mark."""

    def issued(self, token: str, /) -> bool:
        return token.startswith("xit_")

    async def verify(self, token: str, /) -> Caller:
        return Caller(role=Role(token.removeprefix("xit_")), name="ada", credentials="token:1")


class Speakers:
    """Service auth that says its issuer, behind a mark; whatever else is said is no token."""

    def moderates(self, token: str, /) -> bool:
        return token.removeprefix("by ") == SERVICE

    async def verify(self, token: str, /, *, nsid: str) -> Proof:
        assert nsid == NSID
        if not token.startswith("by "):
            raise XrpcError("BadJwt", "no token")
        return Proof(token.removeprefix("by "), "1", NOON)


CREDENTIALS = Credentials(
    admin_password="pw",
    sessions=NoSessions(),
    operators=Tokens(),
    speakers=Speakers(),
    now=lambda: NOON,
)


async def caller(needs: Needs, authorization: str | None) -> Caller | str:
    try:
        return await CREDENTIALS.caller(needs, authorization, nsid=NSID)
    except XrpcError as error:
        return f"{error.status} {error.name}"


def speaking(token: str) -> str:
    return bearer(token)["Authorization"]


def by(issuer: str, role: Role | None = None) -> Caller:
    proof = Proof(issuer, "1", NOON)
    return Caller(role=role, name=DID, credentials="service-auth", did=DID, proof=proof)


async def test_a_did_speaks_for_itself() -> None:
    assert await caller(SELF, speaking(f"by {DID}")) == by(DID)


async def test_a_service_of_a_did_does_not_speak_for_the_did() -> None:
    assert await caller(SELF, speaking(f"by {SERVICE}")) == "403 Forbidden"
    # Sign-up asks whether it is the DID that wants an account, and it is not.
    assert await caller(SignUp(), speaking(f"by {SERVICE}")) == ANONYMOUS


async def test_an_operator_may_speak_for_a_did_where_its_role_covers_that() -> None:
    for authorization in (ADMIN, speaking("xit_app"), speaking("xit_owner")):
        found = await caller(SELF, authorization)
        assert isinstance(found, Caller)
        assert (found.did, found.proof) == (None, None)

    assert await caller(SELF, speaking("xit_moderator")) == "403 Forbidden"


@pytest.mark.parametrize(
    ("authorization", "outcome"),
    [
        (None, "401 AuthenticationRequired"),
        ("", "401 AuthenticationRequired"),
        ("Basic eDp5", "401 AuthenticationRequired"),
        ("DPoP x", "401 AuthenticationRequired"),
        ("Bearer", "401 BadJwt"),
        ("Bearer x", "401 BadJwt"),
    ],
)
async def test_others_hear_what_is_missing(authorization: str | None, outcome: str) -> None:
    assert await caller(SELF, authorization) == outcome


async def test_a_did_brings_itself_along_to_sign_up() -> None:
    assert await caller(SignUp(), speaking(f"by {DID}")) == by(DID)
    assert await caller(SignUp(), None) == ANONYMOUS
    assert await caller(SignUp(), ADMIN) == "401 AuthenticationRequired"


async def test_the_moderation_service_is_a_moderator_where_it_may_be_one() -> None:
    for role in (Role.VIEWER, Role.MODERATOR):
        needs = Operator(role, moderation=True)
        assert await caller(needs, speaking(f"by {SERVICE}")) == by(SERVICE, Role.MODERATOR)

    needs = Operator(Role.OWNER, moderation=True)
    assert await caller(needs, speaking(f"by {SERVICE}")) == "403 Forbidden"
    plain = Operator(Role.VIEWER)
    assert await caller(plain, speaking(f"by {SERVICE}")) == "401 AuthenticationRequired"


async def test_nobody_else_is() -> None:
    needs = Operator(Role.VIEWER, moderation=True)

    assert await caller(needs, speaking(f"by {DID}")) == "401 UntrustedIss"
    assert await caller(needs, speaking("x")) == "401 UntrustedIss"


def test_a_caller_shows_no_number_that_is_used_once() -> None:
    shown = replace(by(DID), proof=Proof(DID, "secret number", NOON, "secret body"))

    assert "secret" not in repr(shown)

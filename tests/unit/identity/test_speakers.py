"""Who signed: a token's signature, held against the document of its issuer."""

from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.identity.speaking import (
    DID,
    KEYS,
    NOON,
    NSID,
    OTHER_KEYS,
    SERVICE,
    encoded,
    multikey_of,
    signed,
)
from xrpc_invites.identity.directories import DidDocument, Unresolvable
from xrpc_invites.identity.documents import audiences
from xrpc_invites.identity.resolver import Resolver
from xrpc_invites.identity.signatures import CURVES, P256, SECP256K1, Curve, from_multikey
from xrpc_invites.identity.speakers import ServiceAuth
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.roles import Proof

pytestmark = pytest.mark.anyio

Keys = dict[str, ec.EllipticCurvePrivateKey]
curves = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.algorithm)


class World:
    """A directory with a document, and a verifier that asks it."""

    def __init__(self, **keys: ec.EllipticCurvePrivateKey) -> None:
        self.keys: Keys | None = keys
        self.fetched = 0
        resolver = Resolver(self.fetch, now=lambda: NOON)
        self.service = ServiceAuth(resolver, audiences=audiences(SERVICE), now=lambda: NOON)

    async def fetch(self, did: str) -> DidDocument:
        self.fetched += 1
        if self.keys is None:
            raise Unresolvable("away")
        return DidDocument(did, {f: from_multikey(multikey_of(k)) for f, k in self.keys.items()})

    async def outcome(self, token: str) -> str:
        """The issuer that a token was signed by, or the name of its refusal."""
        try:
            return (await self.service.verify(token, nsid=NSID)).issuer
        except XrpcError as error:
            return error.name if error.status == 401 else f"{error.status} {error.name}"


@curves
async def test_a_token_signed_by_its_issuer_proves_it(curve: Curve) -> None:
    world = World(atproto=KEYS[curve])

    proof = await world.service.verify(signed(KEYS[curve]), nsid=NSID)

    assert (proof.issuer, proof.did, proof.of_service) == (DID, DID, False)
    assert proof.ends_at.timestamp() == NOON.timestamp() + 65
    assert proof == Proof(DID, "jti a number used once", proof.ends_at)


@curves
async def test_a_token_signed_by_another_proves_nothing(curve: Curve) -> None:
    world = World(atproto=KEYS[curve])

    assert await world.outcome(signed(OTHER_KEYS[curve])) == "BadJwtSignature"


@curves
async def test_a_token_that_was_changed_proves_nothing(curve: Curve) -> None:
    world = World(atproto=KEYS[curve])
    _, claims, _ = signed(KEYS[curve], jti="another").split(".")
    head, _, signature = signed(KEYS[curve]).split(".")

    assert await world.outcome(f"{head}.{claims}.{signature}") == "BadJwtSignature"


@pytest.mark.parametrize("algorithm", ["none", "", "HS256", "ES256", "es256k", "RS256", "ES256K "])
async def test_the_algorithm_must_fit_the_key(algorithm: str) -> None:
    world = World(atproto=KEYS[SECP256K1])
    token = signed(KEYS[SECP256K1], {"typ": "JWT", "alg": algorithm})

    assert await world.outcome(token) == "BadJwtSignature"
    assert await world.outcome(f"{token.rpartition('.')[0]}.") == "BadJwtSignature"


@curves
async def test_a_signature_in_its_high_form_counts(curve: Curve) -> None:
    content, _, signature = signed(KEYS[curve]).rpartition(".")
    low = read_signature(signature)
    high = low[:32] + (curve.order - int.from_bytes(low[32:])).to_bytes(32)

    world = World(atproto=KEYS[curve])
    assert await world.outcome(f"{content}.{encoded(high)}") == DID


@curves
async def test_a_signature_in_der_does_not(curve: Curve) -> None:
    content = signed(KEYS[curve]).rpartition(".")[0]
    der = KEYS[curve].sign(content.encode(), ec.ECDSA(hashes.SHA256()))

    world = World(atproto=KEYS[curve])
    assert await world.outcome(f"{content}.{encoded(der)}") == "BadJwtSignature"


async def test_a_labeler_signs_with_a_key_of_its_own() -> None:
    own, label = KEYS[SECP256K1], KEYS[P256]
    world = World(atproto=own, atproto_label=label)

    labeler = f"{DID}#atproto_labeler"
    assert await world.outcome(signed(label, iss=labeler)) == labeler
    assert await world.outcome(signed(own, iss=labeler)) == "BadJwtSignature"
    assert await world.outcome(signed(label)) == "BadJwtSignature"
    other = f"{DID}#other"
    assert await world.outcome(signed(own, iss=other)) == other


async def test_a_service_that_speaks_is_not_the_did() -> None:
    world = World(atproto_label=KEYS[P256])

    proof = await world.service.verify(signed(KEYS[P256], iss=f"{DID}#atproto_labeler"), nsid=NSID)

    assert (proof.did, proof.of_service) == (DID, True)


async def test_a_document_is_fetched_once_for_many_tokens() -> None:
    world = World(atproto=KEYS[SECP256K1])

    for number in range(5):
        assert await world.outcome(signed(jti=str(number))) == DID
    assert world.fetched == 1


async def test_a_changed_key_is_picked_up() -> None:
    world = World(atproto=KEYS[SECP256K1])
    assert await world.outcome(signed()) == DID
    world.keys = {"atproto": OTHER_KEYS[P256]}

    assert await world.outcome(signed(OTHER_KEYS[P256])) == DID
    assert world.fetched == 2
    # The old one is of no use from then on.
    assert await world.outcome(signed()) == "BadJwtSignature"


async def test_a_wrong_signature_has_the_document_fetched_once_more_and_not_again() -> None:
    world = World(atproto=KEYS[SECP256K1])
    assert await world.outcome(signed()) == DID

    assert await world.outcome(signed(OTHER_KEYS[SECP256K1])) == "BadJwtSignature"
    assert world.fetched == 2


async def test_a_key_that_appears_is_picked_up() -> None:
    world = World()
    assert await world.outcome(signed()) == "BadJwtSignature"

    world.keys = {"atproto": KEYS[SECP256K1]}
    assert await world.outcome(signed()) == DID


async def test_a_wrong_signature_stays_wrong_while_the_directory_is_away() -> None:
    world = World(atproto=KEYS[SECP256K1])
    await world.outcome(signed())
    world.keys = None

    assert await world.outcome(signed(OTHER_KEYS[SECP256K1])) == "BadJwtSignature"
    assert await world.outcome(signed()) == DID


async def test_who_has_no_document_proves_nothing() -> None:
    world = World()
    world.keys = None

    assert await world.outcome(signed()) == "UnresolvableDid"


async def test_a_token_is_read_before_anything_is_fetched() -> None:
    world = World(atproto=KEYS[SECP256K1])

    assert await world.outcome(signed(aud="did:web:other.test")) == "BadJwtAudience"
    assert world.fetched == 0


async def test_whether_it_is_the_moderation_service_is_read_before_it_is_verified() -> None:
    world = World()
    resolver = Resolver(world.fetch, now=lambda: NOON)
    service = ServiceAuth(resolver, audiences=[], moderation=[DID], now=lambda: NOON)

    assert service.moderates(signed(OTHER_KEYS[P256], aud="x", exp=0))
    assert not service.moderates(signed(iss=f"{DID}#other"))
    assert not service.moderates("x.y.z")
    assert not service.moderates("")
    assert not world.service.moderates(signed())
    assert world.fetched == 0


def read_signature(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")

"""Keys and signatures of the two curves: what counts, in the one form that each has."""

import base58
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.identity.signatures import (
    CURVES,
    MAX_MULTIBASE,
    P256,
    SECP256K1,
    Curve,
    InvalidKey,
    PublicKey,
    from_did_key,
    from_multikey,
    from_suite,
    sign,
)

MESSAGE = b"hello"
SECRETS = {curve: ec.derive_private_key(7_000_000_007, curve.group) for curve in CURVES}
curves = pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.algorithm)


def multibase(decoded: bytes) -> str:
    return f"z{base58.b58encode(decoded).decode()}"


def encoded(curve: Curve, form: PublicFormat = PublicFormat.CompressedPoint) -> bytes:
    return SECRETS[curve].public_key().public_bytes(Encoding.X962, form)


def key(curve: Curve) -> PublicKey:
    return from_multikey(multibase(curve.codec + encoded(curve)))


def high(curve: Curve, signature: bytes) -> bytes:
    """The other form of a signature."""
    s = curve.order - int.from_bytes(signature[32:])
    return signature[:32] + s.to_bytes(32)


@curves
def test_what_is_signed_is_verified(curve: Curve) -> None:
    signature = sign(SECRETS[curve], MESSAGE, curve=curve)

    assert key(curve).verify(MESSAGE, signature)
    assert not key(curve).verify(b"other", signature)


@curves
def test_the_high_form_counts_only_where_it_is_asked_for(curve: Curve) -> None:
    signature = high(curve, sign(SECRETS[curve], MESSAGE, curve=curve))

    assert not key(curve).verify(MESSAGE, signature)
    assert key(curve).verify(MESSAGE, signature, allow_high_s=True)


@curves
def test_every_signature_made_here_has_the_low_form(curve: Curve) -> None:
    for n in range(40):
        signature = sign(SECRETS[curve], bytes([n]), curve=curve)

        assert len(signature) == 64
        assert int.from_bytes(signature[32:]) <= curve.order // 2


@curves
def test_der_is_no_signature(curve: Curve) -> None:
    der = SECRETS[curve].sign(MESSAGE, ec.ECDSA(hashes.SHA256()))

    assert not key(curve).verify(MESSAGE, der)
    assert not key(curve).verify(MESSAGE, der, allow_high_s=True)


@curves
@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_signature_has_64_bytes(curve: Curve, length: int) -> None:
    signature = sign(SECRETS[curve], MESSAGE, curve=curve)

    assert not key(curve).verify(MESSAGE, signature.ljust(length, b"\0")[:length])


@curves
def test_the_same_numbers_in_more_or_fewer_bytes_are_no_signature(curve: Curve) -> None:
    made = (sign(SECRETS[curve], MESSAGE, curve=curve) for _ in range(10_000))
    short = next(signature for signature in made if signature[32] == 0)

    assert key(curve).verify(MESSAGE, short)
    assert not key(curve).verify(MESSAGE, short[:32] + short[33:])
    assert not key(curve).verify(MESSAGE, short[:32] + b"\0" + short[32:])


@curves
@pytest.mark.parametrize("number", [0, 1, 2**256 - 1])
def test_numbers_out_of_range_are_no_signature(curve: Curve, number: int) -> None:
    signature = sign(SECRETS[curve], MESSAGE, curve=curve)
    for forged in (
        number.to_bytes(32) + signature[32:],
        signature[:32] + number.to_bytes(32),
        number.to_bytes(32) * 2,
        curve.order.to_bytes(32) * 2,
    ):
        assert not key(curve).verify(MESSAGE, forged, allow_high_s=True)


@given(st.binary(max_size=80))
def test_any_bytes_have_a_verdict(signature: bytes) -> None:
    assert not key(P256).verify(MESSAGE, signature, allow_high_s=True)


@curves
def test_a_multikey_holds_a_compressed_point_alone(curve: Curve) -> None:
    with pytest.raises(InvalidKey):
        from_multikey(multibase(curve.codec + encoded(curve, PublicFormat.UncompressedPoint)))


@curves
@pytest.mark.parametrize("form", [PublicFormat.CompressedPoint, PublicFormat.UncompressedPoint])
def test_the_older_types_hold_a_point_of_either_form(curve: Curve, form: PublicFormat) -> None:
    assert from_suite(curve.suite, multibase(encoded(curve, form))) == key(curve)


def test_an_older_type_says_which_curve_it_is() -> None:
    with pytest.raises(InvalidKey):
        from_suite("Ed25519VerificationKey2020", multibase(encoded(P256)))
    with pytest.raises(InvalidKey):
        from_suite(SECP256K1.suite, multibase(encoded(P256)))


def test_a_did_key_is_a_multikey_behind_its_method() -> None:
    text = multibase(P256.codec + encoded(P256))

    assert from_did_key(f"did:key:{text}") == key(P256)
    with pytest.raises(InvalidKey):
        from_did_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "é",
        "z0OIl",
        "zé",
        "m" + multibase(P256.codec + encoded(P256))[1:],
        multibase(encoded(P256)),
        multibase(b"\xed\x01" + encoded(P256)),
        multibase(P256.codec),
        multibase(P256.codec + b"\x02" + b"\xff" * 32),
        multibase(P256.codec + b"\x05" + encoded(P256)[1:]),
        multibase(P256.codec + b"\x00" * 33),
        multibase(P256.codec + encoded(P256) + b"\x00"),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidKey):
        from_multikey(text)


def test_the_text_of_a_key_is_bounded() -> None:
    padded = multibase(P256.codec + encoded(P256))[1:].rjust(MAX_MULTIBASE, "1")

    with pytest.raises(InvalidKey, match="no base58btc"):
        from_multikey(f"z{padded}")


def test_the_order_of_a_curve_is_its_own() -> None:
    for curve in CURVES:
        secret = ec.derive_private_key(curve.order - 1, curve.group)

        assert secret.private_numbers().private_value == curve.order - 1
        with pytest.raises(ValueError, match="out of range"):
            ec.derive_private_key(curve.order, curve.group)


def test_a_signature_is_made_of_what_the_library_says() -> None:
    signature = sign(SECRETS[SECP256K1], MESSAGE)
    der = utils.encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))

    SECRETS[SECP256K1].public_key().verify(der, MESSAGE, ec.ECDSA(hashes.SHA256()))

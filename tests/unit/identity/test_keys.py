"""Account keys: the published vectors of did:key, and new ones."""

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from xrpc_invites.identity.keys import multikey, new_key

VECTORS = [
    (
        "9085d2bef69286a6cbb51623c8fa258629945cd55ca705cc4e66700396894e0c",
        "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
    ),
    (
        "f0f4df55a2b3ff13051ea814a8f24ad00f2e469af73c363ac7e9fb999a9072ed",
        "zQ3shtxV1FrJfhqE1dvxYRcCknWNjHc3c5X1y3ZSoPDi2aur2",
    ),
    (
        "6b0b91287ae3348f8c2f2552d766f30e3604867e34adc37ccbb74a8e6b893e02",
        "zQ3shZc2QzApp2oymGvQbzP8eKheVshBHbU4ZYjeXqwSKEn6N",
    ),
    (
        "c0a6a7c560d37d7ba81ecee9543721ff48fea3e0fb827d42c1868226540fac15",
        "zQ3shadCps5JLAHcZiuX5YUtWHHL8ysBJqFLWvjZDKAWUBGzy",
    ),
    (
        "175a232d440be1e0788f25488a73d9416c04b6f924bea6354bf05dd2f1a75133",
        "zQ3shptjE6JwdkeKN4fcpnYQY3m9Cet3NiHdAfpvSUZBFoKBj",
    ),
]
"""Secret scalars and their public keys; public domain, of the W3C's did:key tests."""


def public_key(secret: bytes) -> ec.EllipticCurvePublicKey:
    return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256K1()).public_key()


@pytest.mark.parametrize(("secret", "multibase"), VECTORS)
def test_public_keys_are_written_as_the_published_vectors_have_them(
    secret: str, multibase: str
) -> None:
    assert multikey(public_key(bytes.fromhex(secret))) == multibase


def test_a_new_keys_secret_belongs_to_its_public_point() -> None:
    key = new_key()

    assert multikey(public_key(key.secret)) == key.multibase


def test_a_new_key_has_the_sizes_of_its_curve() -> None:
    key = new_key()

    assert len(key.secret) == 32
    assert key.multibase.startswith("zQ3s")
    assert len(base58.b58decode(key.multibase[1:])) == 35


def test_no_two_new_keys_are_alike() -> None:
    assert len({new_key().multibase for _ in range(50)}) == 50


def test_a_key_does_not_show_its_secret() -> None:
    key = new_key()

    assert repr(key.secret) not in repr(key)
    assert key.secret.hex() not in repr(key)

"""The AT Protocol's own test inputs, as far as they lie beside this checkout."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests import needs
from xrpc_invites.identity import signatures
from xrpc_invites.identity.keys import multikey
from xrpc_invites.lexicon.check import Checks
from xrpc_invites.lexicon.faults import InvalidValue
from xrpc_invites.lexicon.load import Lexicons
from xrpc_invites.lexicon.parse import parse
from xrpc_invites.lexicon.reading import Faults
from xrpc_invites.lexicon.syntax import FORMATS

FOLDER = Path(
    os.environ.get("XRPC_INVITES_INTEROP") or Path(__file__).parents[3] / "shared" / "interop"
)
REMEDY = "set XRPC_INVITES_INTEROP to a checkout of the AT Protocol's interoperability tests"
FORMAT = {"aturi": "at-uri", "recordkey": "record-key", "atidentifier": "at-identifier"}
SYNTAX = sorted(
    {file.name.partition("_syntax_")[0] for file in (FOLDER / "syntax").glob("*_syntax_*.txt")}
    | {"aturi", "did", "handle", "nsid"}
)
"""Identifiers whose inputs always lie there; those of other formats are read where they do."""


def files(verdict: str) -> list[str]:
    """The files that must be there, and whatever else is."""
    found = {file.name for file in FOLDER.glob(f"syntax/*_syntax_{verdict}.txt")}
    return sorted(found | {f"{name}_syntax_{verdict}.txt" for name in SYNTAX})


def lines(file: str) -> list[str]:
    text = needs.path(FOLDER / "syntax" / file, REMEDY).read_text()
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def format_of(file: str) -> Callable[[str], bool]:
    name = file.partition("_")[0]
    return FORMATS[FORMAT.get(name, name)]


@pytest.mark.parametrize("file", files("valid"))
def test_valid_identifiers_are_accepted(file: str) -> None:
    fits = format_of(file)

    assert [line for line in lines(file) if not fits(line)] == []


@pytest.mark.parametrize("file", files("invalid"))
def test_invalid_identifiers_are_refused(file: str) -> None:
    fits = format_of(file)

    assert [line for line in lines(file) if fits(line)] == []


def documents(name: str) -> list[dict[str, Any]]:
    file = needs.path(FOLDER / "lexicon" / name, REMEDY)
    listed: list[dict[str, Any]] = json.loads(file.read_text())
    return listed


def faults_of(document: object) -> list[str]:
    faults = Faults()
    parse(document, faults)
    return faults.found


def test_valid_documents_have_no_faults() -> None:
    for case in documents("lexicon-valid.json"):
        assert faults_of(case["lexicon"]) == [], case["name"]


def test_invalid_documents_have_faults() -> None:
    for case in documents("lexicon-invalid.json"):
        assert faults_of(case["lexicon"]), case["name"]


def test_the_catalog_has_no_faults() -> None:
    folder = needs.path(FOLDER / "lexicon" / "catalog", REMEDY)
    read = []
    for file in sorted(folder.glob("*.json")):
        faults = Faults()
        read.append(parse(json.loads(file.read_text()), faults))
        assert faults.found == []
    assert len(Lexicons(read)) == len(read) > 0


def records() -> Checks:
    folder = needs.path(FOLDER / "lexicon" / "catalog", REMEDY)
    files = sorted(folder.glob("*.json"))
    return Checks(Lexicons(parse(json.loads(file.read_text()), Faults()) for file in files))


def test_valid_records_are_accepted() -> None:
    checks = records()
    for case in documents("record-data-valid.json"):
        checks.record(case["data"]["$type"])(case["data"], case["rkey"])


def test_invalid_records_are_refused() -> None:
    checks = records()
    for case in documents("record-data-invalid.json"):
        try:
            checks.record(case["data"]["$type"])(case["data"], case["rkey"])
        except InvalidValue:
            continue
        pytest.fail(f"{case['name']}: {case['data']}")


def test_the_public_half_of_a_key_is_written_as_in_a_did_key() -> None:
    file = needs.path(FOLDER / "crypto" / "w3c_didkey_K256.json", REMEDY)
    for case in json.loads(file.read_text()):
        scalar = int(case["privateKeyBytesHex"], 16)
        public = ec.derive_private_key(scalar, ec.SECP256K1()).public_key()

        assert f"did:key:{multikey(public)}" == case["publicDidKey"]


def signed() -> list[dict[str, Any]]:
    folder = needs.path(FOLDER / "crypto", REMEDY)
    files = sorted(folder.glob("signature-fixtures*.json"))
    return [case for file in files for case in json.loads(file.read_text())]


def unpadded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def test_signatures_get_the_verdict_that_is_theirs() -> None:
    cases = signed()
    for case in cases:
        message, signature = unpadded(case["messageBase64"]), unpadded(case["signatureBase64"])
        key = signatures.from_did_key(case["publicKeyDid"])

        assert key.curve.algorithm == case["algorithm"]
        assert key.verify(message, signature) is case["validSignature"], case["comment"]
        if "high-s" in case["tags"]:
            assert key.verify(message, signature, allow_high_s=True), case["comment"]
    assert cases


def test_a_key_is_the_same_in_its_older_form() -> None:
    for case in signed():
        older = signatures.from_suite(case["didDocSuite"], case["publicKeyMultibase"])

        assert older == signatures.from_did_key(case["publicKeyDid"])


def test_the_keys_of_the_didkey_fixtures_are_read() -> None:
    folder = needs.path(FOLDER / "crypto", REMEDY)
    for file in sorted(folder.glob("w3c_didkey_*.json")):
        for case in json.loads(file.read_text()):
            key = signatures.from_did_key(case["publicDidKey"])
            secret = _secret(case)

            assert key.verify(b"m", signatures.sign(secret, b"m", curve=key.curve))


def _secret(case: dict[str, str]) -> ec.EllipticCurvePrivateKey:
    group = signatures.from_did_key(case["publicDidKey"]).curve.group
    if "privateKeyBytesHex" in case:
        return ec.derive_private_key(int(case["privateKeyBytesHex"], 16), group)
    return ec.derive_private_key(
        int.from_bytes(base58.b58decode(case["privateKeyBytesBase58"])), group
    )

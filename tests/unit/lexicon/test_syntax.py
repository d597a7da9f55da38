"""String formats: what each accepts, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.lexicon.syntax import FORMATS

CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"
VALID = {
    "at-identifier": ["did:plc:abc", "ada.test", "did:web:ada.test"],
    "at-uri": [
        "at://ada.test",
        "at://did:plc:abc",
        "at://did:plc:abc/com.example.post",
        "at://did:plc:abc/com.example.post/3k2a",
        "at://ada.test#/frag",
    ],
    "cid": [CID, "zQmSomething123"],
    "datetime": [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.123Z",
        "2024-02-29T23:59:59.999999+05:30",
        "1985-04-12T23:20:50.123-00:30",
        "0010-01-01T00:00:00Z",
        "0000-01-01T00:00:00.000Z",
        "0000-02-29T00:00:00Z",
        "0000-01-01T01:00:00+01:00",
        "0000-01-01T00:00:00-01:00",
        f"2026-01-01T00:00:00.{'1' * 43}Z",
    ],
    "did": ["did:plc:abc", "did:web:localhost%3A2585", "did:a:b:c:d", f"did:a:{'b' * 2000}"],
    "handle": ["ada.test", "A.B.C", "x-y.example", f"{'a' * 63}.org", "xn--ls8h.test"],
    "language": [
        "en",
        "ja",
        "de-CH",
        "zh-Hant-TW",
        "i-klingon",
        "x-private",
        "sl-rozaj",
        "en-u-ca",
        "qaa-Qaaa-QM-x-southern",
        "en-GB-boont-r-extended-sequence-x-private",
        "sgn-BE-NL",
        "en-GB-oed",
        "zh-min-nan",
        "de-CH-1901",
    ],
    "nsid": [
        "com.example.thing",
        "a.b.c",
        "com.example.fooBar2",
        "org.x-y.z",
        f"{'a.' * 140}{'b' * 37}",
    ],
    "record-key": ["self", "3k2a", "a:b", "~1.2-3_", "a" * 512],
    "tid": ["3jzfcijpj2z2a", "7777777777777", "2222222222222"],
    "uri": [
        "https://example.org",
        "did:plc:abc",
        "mailto:a@b",
        "at://x",
        "h323:x",
        "HTTPS://x",
        "microsoft.windows.camera:x",
        f"https:{'x' * 8186}",
    ],
}
INVALID = {
    "at-identifier": ["", "did:", "ada", "@ada.test", "did:PLC:x"],
    "at-uri": [
        "",
        "at://",
        "http://ada.test",
        "at://ada",
        "at://ada.test/",
        "at://ada.test/post",
        "at://ada.test/com.example.post/a/b",
        "at://ada.test/com.example.post/.",
        "at://ada.test#",
        "at://ada.test#frag",
        "at://ada.test " + "x",
        "at://did:plc:abc/com.example.post/" + "a" * 9000,
    ],
    "cid": ["", "short", "Qmb" + "a" * 43, "bafy rei12345", "b" * 300],
    "datetime": [
        "",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00-00:00",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00.Z",
        f"2026-01-01T00:00:00.{'1' * 44}Z",
        "2026-01-01T23:59:60Z",
        "2026-04-31T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "0000-01-01T00:00:00+00:01",
        "0000-01-01T00:59:59+01:00",
        "2026-01-01t00:00:00z",
        "-2026-01-01T00:00:00Z",
        "٢٠٢٦-01-01T00:00:00Z",
    ],
    "did": ["", "did:", "did:plc", "did:plc:", "DID:plc:a", "did:plc:a:", "did:p1:a", "did:a:b%"],
    "handle": ["", "ada", "a..b", "-a.test", "a-.test", "a.1", "a_b.test", "ada.test.", f"{'a' * 64}.org", "ä.test", "ada.test\n"],
    "language": ["", "e", "english-language-too-longsubtag", "en_US", "123", "-en", "en-", "EN", "engl", "a-DE", "i-nothing", "sl-rozaj-ROZAJ", "en-a-bb-A-cc"],
    "nsid": ["", "a.b", "com.example", "com.example.1a", "com.example.a-b", "1.a.b", "com..a", "com.exa_mple.a", f"a.b.{'c' * 64}", f"{'a.' * 140}{'b' * 38}"],
    "record-key": ["", ".", "..", "a/b", "a b", "a" * 513, "é"],
    "tid": ["", "3jzfcijpj2z2", "3jzfcijpj2z2aa", "kjzfcijpj2z2a", "3jzfcijpj2z21", "3JZFCIJPJ2Z2A"],
    "uri": ["", "example.org", "https:", "https://a b", "1http://x", "-http:x", ".http:x", ":x", "https://ä", f"https:{'x' * 8187}"],
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_examples(name: str) -> None:
    assert VALID[name]
    assert INVALID[name]


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in VALID.items() for text in texts]
)
def test_what_fits_is_accepted(name: str, text: str) -> None:
    assert FORMATS[name](text)


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in INVALID.items() for text in texts]
)
def test_what_does_not_fit_is_refused(name: str, text: str) -> None:
    assert not FORMATS[name](text)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("part", ["a", "a.", "a-", "-a", "aa-", "a:", "1", "a-aaaaa", "%", ":"])
def test_a_check_ends_on_any_length(name: str, part: str) -> None:
    assert not FORMATS[name](part * 500_000)


@given(st.sampled_from(sorted(FORMATS)), st.text())
def test_a_check_is_total(name: str, text: str) -> None:
    assert FORMATS[name](text) in {True, False}

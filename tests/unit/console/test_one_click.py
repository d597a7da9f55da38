"""What programs that read mail send when their users unsubscribe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.console.one_click import is_one_click

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=---FormBoundaryjWmhtjORrn"
IN_PARTS = b"""\
-----FormBoundaryjWmhtjORrn\r
Content-Disposition: form-data; name="List-Unsubscribe"\r
\r
One-Click\r
-----FormBoundaryjWmhtjORrn--\r
"""
"""The example of RFC 8058."""


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b"List-Unsubscribe=One-Click"),
        (f"{FORM}; charset=utf-8", b"x=y&List-Unsubscribe=One-Click"),
        ("", b"List-Unsubscribe=One-Click"),
        (PARTS, IN_PARTS),
    ],
)
def test_both_forms_of_the_rfc_are_understood(content_type: str, body: bytes) -> None:
    assert is_one_click(content_type, body)


PIECES = st.sampled_from(
    [
        b"--x\r\n",
        b"--x--",
        b"\r\n",
        b"Content-Disposition: form-data; name=",
        b"Content-Disposition: ;",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Transfer-Encoding: x-uuencode\r\n",
        b"List-Unsubscribe=%",
        b"\xff*0''",
        b'"',
    ]
)


@given(st.lists(PIECES | st.binary(max_size=20), max_size=200))
def test_nothing_that_is_sent_is_a_fault_of_ours(pieces: list[bytes]) -> None:
    body = b"".join(pieces)

    for content_type in ("multipart/form-data; boundary=x", FORM):
        assert is_one_click(content_type, body) in {True, False}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b""),
        (FORM, b"List-Unsubscribe=One"),
        (FORM, b"List-Unsubscribe"),
        (FORM, b"\xff\xfe=\x00"),
        (FORM, b"&" * 4_096),
        (PARTS, b""),
        (PARTS, IN_PARTS.replace(b"One-Click", b"Two")),
        (PARTS, IN_PARTS.replace(b"List-Unsubscribe", b"Other")),
        ("multipart/form-data", IN_PARTS),
        ("multipart/form-data; boundary=\xe9", IN_PARTS),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Type: multipart/mixed; boundary=x" * 40,
        ),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Type: message/rfc822\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--x--",
        ),
        ("application/json", b'{"List-Unsubscribe": "One-Click"}'),
    ],
)
def test_nothing_else_is(content_type: str, body: bytes) -> None:
    assert not is_one_click(content_type, body)

"""Cursors: what is packed is unpacked, and everything else is refused."""

import pytest
from hypothesis import given, strategies

from xrpc_invites.xrpc.cursor import pack, unpack
from xrpc_invites.xrpc.errors import XrpcError


@given(
    strategies.integers(-(10**17), 10**17),
    strategies.text(min_size=1) | strategies.text(":%3A25", min_size=1),
)
def test_a_cursor_names_the_place_that_it_was_made_for(primary: int, text: str) -> None:
    assert unpack(pack(primary, text)) == (primary, text)


def test_an_ordinary_cursor_is_formed_as_the_reference_forms_it() -> None:
    assert pack(5, "did:plc:abc") == "5::did:plc:abc"


@pytest.mark.parametrize("cursor", ["", "5", "5::", "::a", "x::a", "5::a::b", "1e5::a"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(XrpcError, match="malformed"):
        unpack(cursor)

"""A token is sent to nobody who could not be trusted with it."""

import pytest

from xrpc_invites.client.address import origin_of


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://a.example", "https://a.example"),
        ("a.example", "https://a.example"),
        ("https://a.example:8443/", "https://a.example:8443"),
        ("https://a.example/xrpc/", "https://a.example"),
        ("http://localhost:2585", "http://localhost:2585"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://x.localhost", "http://x.localhost"),
    ],
)
def test_a_server_is_known_by_its_origin(address: str, origin: str) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://a.example", "https://"),
        ("http://localhost.example", "https://"),
        ("http://10.0.0.1", "https://"),
        ("http://0.0.0.0", "https://"),
        ("ftp://a.example", "must be a URL"),
        ("https://", "must be a URL"),
        ("https://a:b", "must be a URL"),
        ("https://me:pw@a.example", "a scheme and a host"),
        ("https://a.example/path", "a scheme and a host"),
        ("https://a.example/?x=1", "a scheme and a host"),
    ],
)
def test_a_token_is_sent_to_no_other_address(address: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        origin_of(address)

"""How users and those who invite them are named."""

import pytest

from xrpc_invites.v2.masking import masked_email, masked_name
from xrpc_invites.v2.users import username


@pytest.mark.parametrize(
    ("handle", "name"),
    [
        ("ada.example.org", "ada"),
        ("ada-l.example.org", "ada-l"),
        ("ada.test", "ada_test"),
        ("ada.people.example.org", "ada_people"),
        ("example.org", "example_org"),
    ],
)
def test_a_username_is_made_of_a_handle(handle: str, name: str) -> None:
    assert username(handle, ".example.org") == name


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("jane@example.org", "j••••@example.org"),
        ("j@example.org", "j••••@example.org"),
        ('"a@b"@example.org', '"••••@example.org'),
    ],
)
def test_a_masked_address_tells_neither_name_nor_length(email: str, masked: str) -> None:
    assert masked_email(email) == masked


@pytest.mark.parametrize("name", ["Jane Doe", "J", "Jane"])
def test_a_masked_name_tells_its_first_letter(name: str) -> None:
    assert masked_name(name) == "J••••"

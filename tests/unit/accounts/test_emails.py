"""Which e-mail addresses an account may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.accounts.emails import MAX_LENGTH, _checked, normal_email


@pytest.mark.parametrize(
    "email",
    [
        "ada@ada.test",
        "a@mail.example",
        "a@example.com",
        "ada.lovelace+invites@mail.example.org",
        "o'brien@example.org",
        "ada_1@sub.sub.example.org",
        "ä@münchen.de",
        f"{'a' * 64}@example.org",
    ],
)
def test_an_address_in_normal_form_stays_as_it_is(email: str) -> None:
    assert normal_email(email) == email


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada@Ada.Test", "ada@ada.test"),
        ("ADA@EXAMPLE.ORG", "ada@example.org"),
        ("ada@MÜNCHEN.de", "ada@münchen.de"),
        ("ada@xn--mnchen-3ya.de", "ada@münchen.de"),
    ],
)
def test_spellings_of_one_address_have_one_normal_form(typed: str, kept: str) -> None:
    assert normal_email(typed) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@",
        "ada@",
        "@ada.test",
        "a@@ada.test",
        "a@b@ada.test",
        "ada.test",
        " ada@ada.test",
        "ada@ada.test\n",
        "a da@ada.test",
        "ada@ada..test",
        "ada@-ada.test",
        "ada@ada.test.",
        ".ada@ada.test",
        "ada@[127.0.0.1]",
        "ada@127.0.0.1",
        '"a da"@ada.test',
        "Ada <ada@ada.test>",
        "ada@xn--zzzzzz--.test",
    ],
)
def test_a_malformed_address_has_none(text: str) -> None:
    assert normal_email(text) is None


@pytest.mark.parametrize("domain", ["test", "localhost", "ada", "com"])
def test_an_address_without_a_top_level_domain_has_none(domain: str) -> None:
    assert normal_email(f"ada@{domain}") is None


@pytest.mark.parametrize("domain", ["ada.local", "ada.localhost", "ada.invalid", "ada.onion"])
def test_an_address_that_no_mail_can_reach_has_none(domain: str) -> None:
    assert normal_email(f"ada@{domain}") is None


@pytest.mark.parametrize(
    "domain",
    ["mailinator.com", "MAILINATOR.com", "sub.mailinator.com", "a.b.mailinator.com"],
)
def test_an_address_made_to_be_thrown_away_has_none(domain: str) -> None:
    assert normal_email(f"ada@{domain}") is None


def test_a_domain_that_only_looks_like_a_thrown_away_one_is_as_good_as_any() -> None:
    email = "ada@mailinator.com.example.org"

    assert normal_email(email) == email


@pytest.mark.parametrize(
    "text",
    [
        f"{'a' * 65}@ada.test",
        f"ada@{'a' * 64}.test",
        f"ada@{'a.' * 150}test",
        f"{'a' * MAX_LENGTH}@ada.test",
        "a" * 1_000_000,
    ],
    ids=len,
)
def test_an_address_that_is_too_long_has_none(text: str) -> None:
    assert normal_email(text) is None


@pytest.mark.parametrize(
    "text", ["a\x00b@ada.test", "ada@a\x00.test", "\ud800@ada.test", "ada@\ud800.test"]
)
def test_what_is_no_text_for_a_database_has_none(text: str) -> None:
    assert normal_email(text) is None


@given(st.text(max_size=30) | st.emails())
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    normal = normal_email(text)

    assert normal is None or normal_email(normal) == normal


_LABELS = st.text("az09-", min_size=1, max_size=66)
_DOMAINS = st.lists(
    _LABELS | st.sampled_from(["test", "local", "onion", "arpa", "xn--a", "mailinator", "com"]),
    min_size=1,
    max_size=5,
).map(".".join)


_EVERYDAY = r"[a-z0-9]{1,9}(?:[._+-][a-z0-9]{1,9}){0,3}@(?:[a-z0-9]{1,9}(?:-[a-z0-9]{1,5})?\.){1,3}[a-z]{2,9}"


@given(st.from_regex(_EVERYDAY, fullmatch=True))
def test_an_everyday_address_is_one_that_the_library_takes(email: str) -> None:
    assert normal_email(email) == _checked(email)


@given(st.text("az09.-+_", max_size=66), _DOMAINS)
def test_the_short_way_and_the_long_one_come_to_the_same(name: str, domain: str) -> None:
    assert normal_email(f"{name}@{domain}") == _checked(f"{name}@{domain}")

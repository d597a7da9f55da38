"""Which handles people may have, and which are offered instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.accounts.handles import (
    LONGEST,
    MAX_SUGGESTIONS,
    SHORTEST,
    HandleRefusal,
    HandleRules,
    normal,
    refusal,
    suggestions,
)
from xrpc_invites.accounts.reserved import RESERVED
from xrpc_invites.lexicon.syntax import is_handle

RULES = HandleRules((".test", ".people.example.org"), public_host="invites.test")

handles = st.from_regex(
    r"([a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?\.){1,3}(test|org|example\.org)", fullmatch=True
)


@pytest.mark.parametrize(
    "handle",
    [
        "ada.test",
        "a-1.test",
        "123.test",
        f"{'a' * SHORTEST}.test",
        f"{'a' * LONGEST}.test",
        "ada.people.example.org",
        "administratrix.test",
    ],
)
def test_somebody_may_have_a_handle_that_breaks_no_rule(handle: str) -> None:
    assert refusal(handle, RULES) is None


@pytest.mark.parametrize(
    "top", ["local", "arpa", "invalid", "localhost", "internal", "example", "alt", "onion"]
)
def test_names_outside_the_public_dns_are_refused_first(top: str) -> None:
    rules = HandleRules((f".{top}",), public_host=f"admin.{top}")

    assert refusal(f"admin.{top}", rules) is HandleRefusal.INVALID_TLD
    assert refusal(f"ada.elsewhere.{top}", RULES) is HandleRefusal.INVALID_TLD


@pytest.mark.parametrize(
    ("handle", "why"),
    [
        ("ada.bsky.social", HandleRefusal.UNSUPPORTED_DOMAIN),
        ("ada.example.org", HandleRefusal.UNSUPPORTED_DOMAIN),
        ("people.example.org", HandleRefusal.UNSUPPORTED_DOMAIN),
        ("adatest.org", HandleRefusal.UNSUPPORTED_DOMAIN),
        ("test", HandleRefusal.UNSUPPORTED_DOMAIN),
        ("invites.test", HandleRefusal.PUBLIC_HOST),
        ("ab.test", HandleRefusal.TOO_SHORT),
        ("a.test", HandleRefusal.TOO_SHORT),
        (".test", HandleRefusal.TOO_SHORT),
        (f"{'a' * (LONGEST + 1)}.test", HandleRefusal.TOO_LONG),
        ("ada.lovelace.test", HandleRefusal.NESTED),
        ("a.b.test", HandleRefusal.NESTED),
        ("a.b.people.example.org", HandleRefusal.NESTED),
        ("admin.test", HandleRefusal.RESERVED),
        ("admin.people.example.org", HandleRefusal.RESERVED),
    ],
)
def test_a_handle_is_refused_for_the_first_rule_that_it_breaks(
    handle: str, why: HandleRefusal
) -> None:
    assert refusal(handle, RULES) is why


def test_of_two_domains_that_fit_the_longer_counts() -> None:
    rules = HandleRules((".org", ".people.org"), public_host="invites.org")

    assert refusal("ada.people.org", rules) is None
    assert refusal("ada.others.org", rules) is HandleRefusal.NESTED


def test_the_public_host_is_named_before_its_first_part_is_looked_at() -> None:
    for host in ("pds.test", "a.test", f"{'a' * 30}.test"):
        assert refusal(host, HandleRules((".test",), host)) is HandleRefusal.PUBLIC_HOST


@pytest.mark.parametrize(
    "word",
    [
        "admin",
        "root",
        "support",
        "help",
        "api",
        "www",
        "mail",
        "security",
        "abuse",
        "postmaster",
        "webmaster",
        "about",
        "account",
        "login",
        "signup",
        "status",
    ],
)
def test_names_of_the_server_and_its_people_are_reserved(word: str) -> None:
    assert refusal(f"{word}.test", RULES) is HandleRefusal.RESERVED


@pytest.mark.parametrize("name", ["ada", "alice", "bob", "carla", "dan", "dave", "eve", "mallory"])
def test_names_of_people_are_not_reserved(name: str) -> None:
    assert name not in RESERVED


def test_every_reserved_word_could_otherwise_be_had() -> None:
    for word in RESERVED:
        assert is_handle(f"{word}.test")
        assert SHORTEST <= len(word) <= LONGEST
        assert word == normal(word)


def test_handles_are_kept_lower_case() -> None:
    assert normal("Ada.TEST") == "ada.test"


class TestSuggestions:
    """Others like the handle that cannot be had."""

    def test_they_begin_with_what_was_asked_for_and_say_how_they_were_made(self) -> None:
        found = suggestions("ada.test", RULES, email="countess@example.org")

        assert [(one.handle, one.method) for one in found] == [
            ("countess.test", "email"),
            ("the-ada.test", "prefix"),
            ("hey-ada.test", "prefix"),
            ("its-ada.test", "prefix"),
            ("ada-here.test", "suffix"),
            ("ada-now.test", "suffix"),
            ("ada2.test", "number"),
            ("ada3.test", "number"),
        ]

    def test_the_same_name_is_offered_under_a_domain_that_is_served(self) -> None:
        first = suggestions("ada.bsky.social", RULES)[0]

        assert (first.handle, first.method) == ("ada.test", "domain")

    def test_they_stay_under_the_domain_that_was_asked_for(self) -> None:
        found = suggestions("ada.people.example.org", RULES)

        assert all(one.handle.endswith(".people.example.org") for one in found)

    def test_there_are_some_for_a_handle_of_which_nothing_can_be_kept(self) -> None:
        assert suggestions("-.test", RULES)

    def test_an_email_of_which_nothing_can_be_kept_gives_none(self) -> None:
        found = suggestions("ada.test", RULES, email="__@example.org")

        assert "email" not in {one.method for one in found}

    def test_an_email_that_is_cut_at_a_hyphen_loses_it(self) -> None:
        email = f"{'a' * (LONGEST - 1)}-lovelace@example.org"

        assert suggestions("ada.test", RULES, email=email)[0].handle == f"{'a' * 17}.test"

    @given(handles, st.none() | st.emails())
    def test_anybody_may_have_them(self, handle: str, email: str | None) -> None:
        found = [one.handle for one in suggestions(handle, RULES, email=email)]

        assert 0 < len(found) <= MAX_SUGGESTIONS
        assert len(set(found)) == len(found)
        assert handle not in found
        assert all(is_handle(one) and refusal(one, RULES) is None for one in found)

    @given(handles, st.none() | st.emails())
    def test_they_are_the_same_every_time(self, handle: str, email: str | None) -> None:
        assert suggestions(handle, RULES, email=email) == suggestions(handle, RULES, email=email)

"""Where a code stands, and why it cannot be spent."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from xrpc_invites.invites.model import InviteCode, Terms
from xrpc_invites.invites.status import Attempt, Refusal, Status, described, refusal, status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
LATER = NOON + MILLISECOND
ORDER = [
    Status.DISABLED,
    Status.EXPIRED,
    Status.SCHEDULED,
    Status.OWNER_UNAVAILABLE,
    Status.EXHAUSTED,
    Status.ACTIVE,
]


def code(*, use_count: int = 0, pending: int = 0, **given: Any) -> InviteCode:
    disabled = given.pop("disabled", False)
    return InviteCode(
        key="key",
        code="code",
        available=2,
        use_count=use_count,
        pending=pending,
        disabled=disabled,
        created_at=NOON,
        terms=Terms(**given),
    )


def why(
    made: InviteCode, domain: str | None = None, *, owner_available: bool = True
) -> Refusal | None:
    found = described(made, now=NOON, owner_available=owner_available)
    return refusal(found, Attempt(NOON, domain))


@pytest.mark.parametrize("holds", [*itertools.product([True, False], repeat=5)])
def test_the_first_status_that_holds_wins(holds: tuple[bool, ...]) -> None:
    disabled, expired, scheduled, ownerless, spent = holds
    made = code(
        disabled=disabled,
        expires_at=NOON if expired else LATER,
        not_before=LATER if scheduled else NOON,
        use_count=2 if spent else 1,
    )

    expected = next((one for one, is_so in zip(ORDER, holds, strict=False) if is_so), Status.ACTIVE)
    assert status(made, now=NOON, owner_available=not ownerless) is expected


def test_a_code_begins_at_the_very_millisecond() -> None:
    made = code(not_before=NOON)

    assert status(made, now=NOON - MILLISECOND, owner_available=True) is Status.SCHEDULED
    assert status(made, now=NOON, owner_available=True) is Status.ACTIVE


def test_a_code_ends_at_the_very_millisecond() -> None:
    made = code(expires_at=NOON)

    assert status(made, now=NOON - MILLISECOND, owner_available=True) is Status.ACTIVE
    assert status(made, now=NOON, owner_available=True) is Status.EXPIRED


@pytest.mark.parametrize(("used", "pending"), [(2, 0), (1, 1), (0, 2)])
def test_a_reserved_use_is_not_there_for_others(used: int, pending: int) -> None:
    made = code(use_count=used, pending=pending)

    assert why(made) is Refusal.EXHAUSTED


def test_a_code_that_is_not_there_is_unknown() -> None:
    assert refusal(None, Attempt(NOON)) is Refusal.UNKNOWN


def test_every_status_but_active_is_a_refusal() -> None:
    for disabled, available, uses in itertools.product([True, False], [True, False], [0, 2]):
        made = code(disabled=disabled, use_count=uses)
        standing = status(made, now=NOON, owner_available=available)
        refused = why(made, owner_available=available)

        assert (refused is None) == (standing is Status.ACTIVE)
        assert refused is None or refused.value == standing.value


@pytest.mark.parametrize(
    ("domain", "fits"),
    [
        ("example.org", True),
        ("x.example.org", True),
        ("a.b.example.org", True),
        ("evilexample.org", False),
        ("example.org.evil.com", False),
        ("org", False),
        ("", False),
        (None, False),
    ],
)
def test_a_domain_admits_itself_and_what_is_below_it(domain: str | None, fits: bool) -> None:  # noqa: FBT001
    made = code(email_domains=("example.com", "example.org"))

    refused = why(made, domain)

    assert refused is (None if fits else Refusal.EMAIL_DOMAIN)


def test_a_code_without_domains_admits_everyone() -> None:
    for domain in (None, "anything.example"):
        assert why(code(), domain) is None


def test_what_is_left_is_never_negative() -> None:
    assert code(use_count=1).remaining == 1
    assert code(use_count=2, pending=3).remaining == 0


def test_a_code_does_not_show_its_text() -> None:
    made = InviteCode(key="the-key", code="the-code", available=1, created_at=NOON)

    assert "the-code" not in repr(made)
    assert "the-key" not in repr(made)

"""Where a code stands, and why it cannot be spent."""

import itertools
from datetime import UTC, datetime

import pytest

from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.status import Refusal, Status, refusal, status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def code(*, disabled: bool = False, use_count: int = 0, pending: int = 0) -> InviteCode:
    return InviteCode(
        key="key",
        code="code",
        available=2,
        use_count=use_count,
        pending=pending,
        disabled=disabled,
        created_at=NOON,
    )


def test_the_first_status_that_holds_wins() -> None:
    expected = {
        (True, False, 2): Status.DISABLED,
        (True, True, 0): Status.DISABLED,
        (False, False, 2): Status.OWNER_UNAVAILABLE,
        (False, True, 2): Status.EXHAUSTED,
        (False, True, 1): Status.ACTIVE,
    }

    for (disabled, owner_available, uses), standing in expected.items():
        made = code(disabled=disabled, use_count=uses)
        assert status(made, owner_available=owner_available) is standing


@pytest.mark.parametrize(("used", "pending"), [(2, 0), (1, 1), (0, 2)])
def test_a_reserved_use_is_not_there_for_others(used: int, pending: int) -> None:
    made = code(use_count=used, pending=pending)

    assert refusal(made, owner_available=True) is Refusal.EXHAUSTED


def test_a_code_that_is_not_there_is_unknown() -> None:
    assert refusal(None, owner_available=True) is Refusal.UNKNOWN


def test_every_status_but_active_is_a_refusal() -> None:
    for disabled, available, uses in itertools.product([True, False], [True, False], [0, 2]):
        made = code(disabled=disabled, use_count=uses)
        standing = status(made, owner_available=available)
        refused = refusal(made, owner_available=available)

        assert (refused is None) == (standing is Status.ACTIVE)
        assert refused is None or refused.value == standing.value


def test_a_code_does_not_show_its_text() -> None:
    made = InviteCode(key="the-key", code="the-code", available=1, created_at=NOON)

    assert "the-code" not in repr(made)
    assert "the-key" not in repr(made)

"""What the environment may say of settings."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from xrpc_invites.settings import Settings


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("86400", timedelta(days=1)),
        ("1", timedelta(seconds=1)),
        ("P1D", timedelta(days=1)),
        ("PT12H", timedelta(hours=12)),
        ("P1W", timedelta(weeks=1)),
    ],
)
def test_a_duration_is_written_in_seconds_or_as_iso_8601(text: str, meant: timedelta) -> None:
    assert Settings(interval=text).interval == meant


@pytest.mark.parametrize("text", ["soon", "-5", "0", "1.5.", "1 day later"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(interval=text)


def test_people_may_be_mailed_again_at_once() -> None:
    assert Settings(mail_cool_down="0").mail_cool_down == timedelta(0)

"""What the environment may say of settings."""

from datetime import timedelta
from typing import Any

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


@pytest.mark.parametrize("name", ["keep_audit", "keep_redemptions", "keep_mails"])
def test_nothing_is_archived_while_a_request_may_be_repeated(name: str) -> None:
    def read(**given: Any) -> Any:
        return getattr(Settings(**given), name)

    assert read() is None
    assert read(**{name: "PT24H"}) == timedelta(days=1)
    for wrong in ("86399", "0", "P36501D"):
        with pytest.raises(ValidationError):
            read(**{name: wrong})


def test_a_database_url_that_cannot_be_read_is_not_shown() -> None:
    with pytest.raises(ValidationError, match="must be a SQLAlchemy URL") as refused:
        Settings(database_url="postgresql://me:secret@a:b,c:d/invites")

    assert "secret" not in str(refused.value)

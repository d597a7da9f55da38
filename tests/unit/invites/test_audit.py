"""What operators change, as the units of work write it down."""

from datetime import UTC, datetime

from xrpc_invites.invites.audit import Author, Change, entries

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_what_is_printed_of_an_entry_holds_no_code() -> None:
    author = Author(
        actor="admin", role="owner", credentials="password", address="", request="1", action="a.b.c"
    )
    [entry] = entries(author, NOON, [Change(subject="the-code", detail={"codes": ["the-code"]})])

    assert "the-code" not in repr(entry)
    assert "admin" in repr(entry)

"""Examples that the tests of the store begin with."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from xrpc_invites.accounts.model import Account, SigningKey
from xrpc_invites.invites.audit import Author, Change, Entry, entries
from xrpc_invites.invites.model import InviteCode
from xrpc_invites.invites.text import fold

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_requests = count()


def by() -> Author:
    """The author of one more request."""
    return Author(
        actor="ada",
        role="owner",
        credentials="token:1",
        address="a keyed hash",
        request=f"{next(_requests):016x}",
        action="org.example.change",
    )


def code(text: str, **changed: Any) -> InviteCode:
    """A code that can be used once."""
    given: dict[str, Any] = {
        "key": fold(text),
        "code": text,
        "available": 1,
        "created_at": NOON,
    }
    return InviteCode(**(given | changed))


def account(name: str, **changed: Any) -> Account:
    """An account that can do everything."""
    given: dict[str, Any] = {
        "did": f"did:web:{name}.test",
        "handle": f"{name}.test",
        "email": f"{name}@mail.test",
        "password_hash": "a hash",
        "key": SigningKey(b"secret", "zMultibase"),
        "created_at": NOON,
    }
    return Account(**(given | changed))


def entry(number: int, **changed: Any) -> Entry:
    """The entry of the change that was made `number` seconds after noon."""
    names = {"subject", "reason", "detail"}
    change = {name: value for name, value in changed.items() if name in names}
    others = {name: value for name, value in changed.items() if name not in names}
    author = by()._replace(**{"request": f"request-{number}", **others})
    changes = [Change(**({"subject": f"subject-{number}"} | change))]
    [made] = entries(author, NOON + timedelta(seconds=number), changes)
    return made

"""Which host name answers with which DID, and with which document."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest

from xrpc_invites.accounts.model import Account, SigningKey
from xrpc_invites.accounts.ports import ReadStore
from xrpc_invites.identity.documents import account_document
from xrpc_invites.identity.well_known import WellKnown

pytestmark = pytest.mark.anyio
T = TypeVar("T")

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ORIGIN = "https://invites.test"
SERVICE = {"id": "did:web:invites.test"}
KEY = SigningKey(b"s" * 32, "zQ3shKey")


def account(name: str, *, key: SigningKey | None = KEY, **more: Any) -> Account:
    handle = f"{name}.test"
    return Account(did=f"did:web:{handle}", handle=handle, key=key, created_at=NOON, **more)


ACCOUNTS = {
    one.handle: one
    for one in (
        account("ada"),
        account("asleep", deactivated_at=NOON),
        account("down", taken_down_at=NOON),
        account("gone", key=None, deleted_at=NOON),
    )
}


async def read(query: Callable[[ReadStore], T], /, *, scan: bool = False) -> T:
    assert not scan
    store = SimpleNamespace(accounts=SimpleNamespace(by_handle=ACCOUNTS.get))
    return query(cast("ReadStore", store))


@pytest.fixture
def known() -> WellKnown:
    return WellKnown(read, service=SERVICE, host="invites.test", domains=[".test"], origin=ORIGIN)


@pytest.mark.parametrize("host", ["invites.test", "other.example.org", "localhost", "test", ""])
async def test_the_public_host_and_foreign_hosts_are_the_service(
    known: WellKnown, host: str
) -> None:
    assert await known.document(host) == SERVICE


@pytest.mark.parametrize("name", ["ada", "asleep", "down"])
async def test_a_handle_is_its_account(known: WellKnown, name: str) -> None:
    handle = f"{name}.test"

    assert await known.document(handle) == account_document(
        f"did:web:{handle}", handle, "zQ3shKey", ORIGIN
    )


@pytest.mark.parametrize("host", ["nobody.test", "gone.test"])
async def test_a_handle_that_nobody_has_or_has_any_more_is_nothing(
    known: WellKnown, host: str
) -> None:
    assert await known.document(host) is None


async def test_an_active_accounts_handle_leads_to_its_did(known: WellKnown) -> None:
    assert await known.did("ada.test") == "did:web:ada.test"


@pytest.mark.parametrize(
    "host", ["asleep.test", "down.test", "gone.test", "nobody.test", "invites.test"]
)
async def test_no_other_host_leads_to_a_did(known: WellKnown, host: str) -> None:
    assert await known.did(host) is None

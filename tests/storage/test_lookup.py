"""Looking a code up does the same work whatever is there."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import URL, Engine, event

from tests.storage.books import NOON, account, code
from xrpc_invites.invites.corresponding import Invitations
from xrpc_invites.invites.invitations import Invitation
from xrpc_invites.invites.model import InviteCode, Terms
from xrpc_invites.invites.status import Attempt
from xrpc_invites.invites.switching import Switch
from xrpc_invites.storage import engines
from xrpc_invites.storage.database import Database
from xrpc_invites.storage.store import SqlStore

pytestmark = pytest.mark.anyio

T = TypeVar("T")

ADA = "did:web:ada.test"
GONE = "did:web:gone.test"


def invitations(engine: Engine, asked: list[str]) -> Invitations:
    """The use cases over one engine; what the database is asked is noted."""

    async def read(query: Callable[[SqlStore], T], /, *, scan: bool = False) -> T:
        assert not scan
        with engine.begin() as connection:
            return query(SqlStore(connection))

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", note)
    return Invitations(
        read,
        Database(engine.url).write,
        now=lambda: NOON,
        key=b"a key",
        mails=False,
        cool_down=timedelta(0),
    )


def codes() -> Sequence[InviteCode]:
    future = NOON + timedelta(days=1)
    return [
        code("usable", terms=Terms(tags=("beta",))),
        code("used"),
        code("disabled"),
        code("expired", terms=Terms(expires_at=NOON)),
        code("scheduled", terms=Terms(not_before=future)),
        code("ownerless", for_account=GONE),
        code("adas", for_account=ADA),
    ]


@pytest.mark.parametrize("personal", [False, True])
async def test_a_lookup_asks_the_same_of_a_code_that_is_not_there(
    url: URL,
    personal: bool,  # noqa: FBT001
) -> None:
    engine = engines.writing(url, lanes=1)
    with engine.begin() as connection:
        store = SqlStore(connection)
        for name in ("ada", "gone"):
            store.accounts.add(account(name))
        store.accounts.set_takedown(GONE, at=NOON, ref=None)
        store.codes.add(codes())
        if personal:
            store.invitations.lock_invitees([invitation(one.key).email for one in codes()])
            store.invitations.add([invitation(one.key) for one in codes()])
        assert store.codes.claim("used", Attempt(NOON), did="did:web:a.test")
        store.codes.switch(Switch(disabled=True, texts=["disabled"], at=NOON))
    asked: list[str] = []
    desk = invitations(engine, asked)

    work: dict[str, tuple[str, ...]] = {}
    for text in ("unknown", *(one.code for one in codes())):
        asked.clear()
        looked = await desk.look_up(text)
        assert (looked is None) == (text == "unknown")
        assert looked is None or (looked.invited is not None) == personal
        work[text] = tuple(asked)

    assert {*work.values()} == {work["unknown"]}
    engine.dispose()


def invitation(key: str) -> Invitation:
    return Invitation(
        key=key,
        email=f"{key}@mail.test",
        invited_by=ADA,
        credentials=ADA,
        generated_at=NOON,
    )

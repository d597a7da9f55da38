"""Sign-up with a new DID that a directory must know first: hold the use, have the DID, admit.

What is held is given back, and a DID that is nobody's is withdrawn, whatever goes wrong in
between. When this process dies in between, the use is free once its lease has ended.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from xrpc_invites.accounts.admission import BY_SIGN_UP, SPENT, Admission, Refused, admit, look
from xrpc_invites.accounts.model import Account, DraftDid
from xrpc_invites.accounts.ports import DirectoryFailedError, Registrar, Store, World
from xrpc_invites.accounts.refusals import SignUpRefusal
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.redeeming import Settling, released, reserved
from xrpc_invites.invites.redemption import Redemption

LEASE = timedelta(minutes=5)
"""How long a use is held while the directory is asked: many times what it takes."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Holding:
    admission: Admission
    redemption: Redemption


class Registration:
    """Admits accounts whose DID is made on the way."""

    def __init__(self, world: World, registrar: Registrar) -> None:
        self._world = world
        self._registrar = registrar

    async def admit(self, admission: Admission) -> Account | Refused:
        """Make the account under a new DID, or say why not."""
        account = admission.account
        if account.key is None:
            raise ValueError("a DID that is made here has a key that is kept here")
        draft = self._registrar.draft(account.handle, account.key)
        named = replace(
            admission,
            account=replace(account, did=draft.did),
            session=replace(admission.session, did=draft.did),
        )
        held = await self._hold(named)
        if isinstance(held, Refused):
            return held
        return await self._submitted(replace(named, held=held.id if held else None), draft)

    async def _submitted(self, admission: Admission, draft: DraftDid) -> Account | Refused:
        lane = admission.code_key or ""
        try:
            await self._registrar.submit(draft)
            # The clock of the transaction, which may be much later than that of the wish.
            account = replace(admission.account, created_at=self._world.now())
            admitted = await self._world.write(
                admit, replace(admission, account=account), lane=lane
            )
        except DirectoryFailedError as failed:
            log.warning("did_not_registered did=%s reason=%s", draft.did, failed)
            await self._give_up(admission, draft)
            return Refused(SignUpRefusal.DIRECTORY_FAILED)
        except Exception:
            await self._give_up(admission, draft)
            raise
        if isinstance(admitted, Refused) or admitted.did != draft.did:
            await self._give_up(admission, draft)
        return admitted

    async def _hold(self, admission: Admission) -> Redemption | Refused | None:
        """Hold a use of the code; None where no code is to be spent."""
        key, wanted = admission.code_key, admission.wanted
        if key is None or wanted.code is None:
            return None
        now = self._world.now()
        redemption = Redemption(
            id=self._world.draw_jti(),
            key=key,
            code=wanted.code,
            created_at=now,
            lease_expires_at=now + LEASE,
            caller=BY_SIGN_UP.credentials,
            request="",
            email_domain=wanted.attempt(now).email_domain,
            email=wanted.email,
        )
        return await self._world.write(_hold, _Holding(admission, redemption), lane=key)

    async def _give_up(self, admission: Admission, draft: DraftDid) -> None:
        """Free the use and the DID, unless the account was made after all."""
        now = self._world.now()
        settling = _GivingUp(draft.did, admission.held, now)
        try:
            free = await self._world.write(_let_go, settling, lane=admission.code_key or "")
            if free:
                await self._registrar.withdraw(draft)
        except Exception as error:  # noqa: BLE001  # what went wrong first is what is told
            log.warning("did_not_withdrawn did=%s error=%s", draft.did, type(error).__name__)


@dataclass(frozen=True, slots=True)
class _GivingUp:
    did: str
    held: str | None
    at: datetime


@one_by_one
def _hold(store: Store, asked: _Holding) -> Redemption | Refused:
    held = reserved(store, asked.redemption)
    if isinstance(held, Redemption):
        return held
    looked = look(store, asked.admission.wanted, asked.redemption.created_at)
    return looked if isinstance(looked, Refused) else SPENT


@one_by_one
def _let_go(store: Store, asked: _GivingUp) -> bool:
    """Give the use back. Whether the DID is nobody's.

    Of a transaction whose end nobody saw this waits for the end: both lock the code's row.
    """
    if asked.held is not None:
        released(store, Settling(asked.held, BY_SIGN_UP, asked.at))
    return store.accounts.by_did(asked.did) is None

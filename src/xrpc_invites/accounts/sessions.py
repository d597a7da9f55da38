"""Signing in, staying signed in, signing out."""

from dataclasses import dataclass
from datetime import datetime

from xrpc_invites.accounts.model import GRACE, REFRESH_LIFE, Account, Session, Standing
from xrpc_invites.accounts.ports import ReadStore, Store, World
from xrpc_invites.accounts.refusals import SessionRefusal
from xrpc_invites.invites.ports import one_by_one


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account and the tokens of its session."""

    account: Account
    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class _Rotation:
    jti: str
    next_jti: str
    now: datetime


class Sessions:
    """The use cases of sessions."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def create(
        self, identifier: str, password: str, *, allow_taken_down: bool
    ) -> SignedIn | SessionRefusal:
        """Sign in by handle, e-mail or DID. An unknown name costs as much as a wrong password."""
        account = await self._world.read(lambda store: _identified(store, identifier))
        known = account if account and account.standing is not Standing.DELETED else None
        password_hash = None if known is None else known.password_hash
        right = await self._world.passwords.verify(password_hash, password)
        if known is None or not right:
            return SessionRefusal.WRONG_PASSWORD
        if known.standing is Standing.TAKENDOWN and not allow_taken_down:
            return SessionRefusal.TAKEN_DOWN
        session = new_session(known.did, jti=self._world.draw_jti(), now=self._world.now())
        await self._world.write(_add, session, lane=session.did)
        return self.signed_in(known, session)

    async def refresh(self, did: str, jti: str) -> SignedIn | SessionRefusal:
        """Give the next session; the same one again to a token rotated a short while ago."""
        account = await self._world.read(lambda store: store.accounts.by_did(did))
        if account is None or account.standing is Standing.DELETED:
            return SessionRefusal.ENDED
        if account.standing is Standing.TAKENDOWN:
            return SessionRefusal.TAKEN_DOWN
        asked = _Rotation(jti, self._world.draw_jti(), self._world.now())
        session = await self._world.write(_rotate, asked, lane=did)
        return self.signed_in(account, session) if session else SessionRefusal.ENDED

    async def end(self, did: str, jti: str) -> None:
        """End a session with all that came before and after it in rotation."""
        await self._world.write(_end, jti, lane=did)

    def signed_in(self, account: Account, session: Session) -> SignedIn:
        """Sign the tokens of a session that is stored."""
        now = self._world.now()
        restricted = account.standing is Standing.TAKENDOWN
        return SignedIn(
            account,
            self._world.tokens.access(account.did, now=now, restricted=restricted),
            self._world.tokens.refresh(session, now=now),
        )


def new_session(did: str, *, jti: str, now: datetime) -> Session:
    """The first session of a family."""
    return Session(jti=jti, family=jti, did=did, expires_at=now + REFRESH_LIFE)


def _identified(store: ReadStore, identifier: str) -> Account | None:
    name = identifier.strip().lower()
    if name.startswith("did:"):
        # DIDs alone are compared as they are.
        return store.accounts.by_did(identifier.strip())
    name = name.removeprefix("@")
    return store.accounts.by_email(name) if "@" in name else store.accounts.by_handle(name)


@one_by_one
def _add(store: Store, session: Session) -> None:
    store.sessions.add(session)


@one_by_one
def _rotate(store: Store, asked: _Rotation) -> Session | None:
    session = store.sessions.find(asked.jti)
    if session is None or session.expires_at <= asked.now:
        return None
    store.sessions.tidy(session.did, now=asked.now)
    until = min(session.expires_at, asked.now + GRACE)
    successor = store.sessions.find(session.next_jti) if session.next_jti else None
    if successor is None:
        successor = Session(
            jti=asked.next_jti,
            family=session.family,
            did=session.did,
            expires_at=asked.now + REFRESH_LIFE,
        )
        store.sessions.add(successor)
        store.sessions.rotate(session.jti, next_jti=successor.jti, expires_at=until)
    return successor


@one_by_one
def _end(store: Store, jti: str) -> None:
    session = store.sessions.find(jti)
    if session is not None:
        store.sessions.end(session.family)

"""Sign-up: what is checked, in which order, and the one transaction that admits an account."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from xrpc_invites.accounts.emails import domain_of, normal_email
from xrpc_invites.accounts.handles import HandleRefusal, HandleRules, normal
from xrpc_invites.accounts.handles import refusal as handle_refusal
from xrpc_invites.accounts.model import Account, Session, Standing
from xrpc_invites.accounts.ports import ReadStore, Store, World
from xrpc_invites.accounts.refusals import SignUpRefusal
from xrpc_invites.accounts.sessions import Sessions, SignedIn, new_session
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.proofs import Consumed, Proof
from xrpc_invites.invites.proving import consume, give_back
from xrpc_invites.invites.status import Attempt, Refusal, refusal

MAX_PASSWORD = 256
"""Characters of a password: longer ones only cost time to hash."""

_HANDLE = {
    HandleRefusal.INVALID_TLD: SignUpRefusal.HANDLE_TLD,
    HandleRefusal.UNSUPPORTED_DOMAIN: SignUpRefusal.HANDLE_DOMAIN,
    HandleRefusal.TOO_SHORT: SignUpRefusal.HANDLE_SHORT,
    HandleRefusal.TOO_LONG: SignUpRefusal.HANDLE_LONG,
    HandleRefusal.NESTED: SignUpRefusal.HANDLE_NESTED,
    HandleRefusal.RESERVED: SignUpRefusal.HANDLE_RESERVED,
    HandleRefusal.PUBLIC_HOST: SignUpRefusal.HANDLE_RESERVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Someone who asks for an account."""

    handle: str
    email: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)
    """As typed; None when none was given."""
    did: str | None = None
    """The DID that they have already; None when one is to be made."""
    proven: str | None = None
    """The DID that they have shown to be."""
    proof: Proof | None = None
    """What they have shown it by."""
    has_plc_operation: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nobody was admitted; `code` says what was wrong with a code that was not available."""

    why: SignUpRefusal
    code: Refusal | None = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a sign-up needs to find free."""

    handle: str
    email: str
    code: str | None = field(repr=False)
    did: str | None = None
    """A DID that is theirs already, as they have shown."""

    def attempt(self, at: datetime) -> Attempt:
        """The wish to spend a use of the code."""
        return Attempt(at, domain_of(self.email))


@dataclass(frozen=True, slots=True)
class _Admission:
    """Everything that the transaction writes, drawn and made beforehand."""

    wanted: _Wanted
    account: Account
    session: Session
    code_key: str | None = field(repr=False)
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class _Return:
    """A sign-up whose answer may have been lost, asked for again."""

    handle: str
    session: Session


class SignUp:
    """The use case of signing up."""

    def __init__(
        self, world: World, sessions: Sessions, *, rules: HandleRules, code_required: bool
    ) -> None:
        self._world = world
        self._sessions = sessions
        self._rules = rules
        self._code_required = code_required

    async def admit(self, asked: Application) -> SignedIn | Refused:
        """Make the account and spend the code, or say why not and leave everything as it is."""
        again = await self._again(asked)
        if again is not None:
            return again
        wanted = self._wanted(asked)
        if isinstance(wanted, SignUpRefusal):
            return Refused(wanted)
        # A look before the password is hashed, which costs more than all the rest. What
        # it sees may change, so the transaction decides again.
        now = self._world.now()
        looked = await self._world.read(lambda store: _look(store, wanted, now))
        if isinstance(looked, Refused):
            return looked
        if asked.did != wanted.did:
            return Refused(SignUpRefusal.DID_UNPROVEN)
        admission = await self._admission(wanted, asked, looked)
        admitted = await self._world.write(_admit, admission, lane=looked or "")
        return self._answer(admitted, admission.session)

    async def _again(self, asked: Application) -> SignedIn | Refused | None:
        """The answer to a proof that was used before; None where it was not."""
        proof, now = asked.proof, self._world.now()
        if proof is None:
            return None
        seen = await self._world.read(lambda store: store.proofs.seen(proof, now=now))
        if seen is Consumed.FRESH:
            return None
        if seen is Consumed.REPLAYED:
            return Refused(SignUpRefusal.REPLAYED)
        session = self._new_session(asked.proven or "", now)
        returned = await self._world.write(_return, _Return(normal(asked.handle), session))
        return self._answer(returned, session)

    def _answer(self, admitted: Account | Refused, session: Session) -> SignedIn | Refused:
        if isinstance(admitted, Refused):
            return admitted
        return self._sessions.signed_in(admitted, replace(session, did=admitted.did))

    def _new_session(self, did: str, now: datetime) -> Session:
        return new_session(did, jti=self._world.draw_jti(), now=now)

    def _wanted(self, asked: Application) -> _Wanted | SignUpRefusal:
        """The sign-up in normal form, or the first thing about it that no store is asked for."""
        code = (asked.code or "").strip() or None
        handle, email = normal(asked.handle), normal_email(asked.email or "")
        if asked.has_plc_operation:
            return SignUpRefusal.PLC_OPERATION
        if asked.password is not None and len(asked.password) > MAX_PASSWORD:
            return SignUpRefusal.PASSWORD_TOO_LONG
        if code is None and self._code_required:
            return SignUpRefusal.CODE_MISSING
        if email is None:
            return SignUpRefusal.EMAIL_UNSUPPORTED if asked.email else SignUpRefusal.EMAIL_MISSING
        unfit = handle_refusal(handle, self._rules)
        did = asked.did if asked.did == asked.proven else None
        return _HANDLE[unfit] if unfit else _Wanted(handle, email, code, did)

    async def _admission(
        self, wanted: _Wanted, asked: Application, code_key: str | None
    ) -> _Admission:
        password = asked.password
        password_hash = await self._world.passwords.hash(password) if password else None
        now = self._world.now()
        account = Account(
            did=wanted.did or self._world.did_of(wanted.handle),
            handle=wanted.handle,
            email=wanted.email,
            password_hash=password_hash,
            # Who brings a DID has its keys elsewhere.
            key=None if wanted.did else self._world.new_key(),
            created_at=now,
        )
        session = self._new_session(account.did, now)
        return _Admission(wanted, account, session, code_key, asked.proof)


def _look(store: ReadStore, wanted: _Wanted, now: datetime) -> Refused | str | None:
    """The key of the code to spend, if any; or the first thing that is not free."""
    key = None
    if wanted.code is not None:
        found = store.codes.described(wanted.code, now=now)
        key = None if found is None else found.code.key
        if why := refusal(found, wanted.attempt(now)):
            return Refused(SignUpRefusal.CODE_UNAVAILABLE, why)
    if store.accounts.handles_taken([wanted.handle]):
        return Refused(SignUpRefusal.HANDLE_TAKEN)
    if store.accounts.by_email(wanted.email):
        return Refused(SignUpRefusal.EMAIL_TAKEN)
    if wanted.did is not None and store.accounts.by_did(wanted.did):
        return Refused(SignUpRefusal.DID_TAKEN)
    return key


@one_by_one
def _admit(store: Store, admission: _Admission) -> Account | Refused:
    account, now = admission.account, admission.account.created_at
    consumed = consume(store, admission.proof, now=now)
    if consumed is Consumed.REPLAYED:
        return Refused(SignUpRefusal.REPLAYED)
    if consumed is Consumed.AGAIN:
        return _returning(store, _Return(account.handle, admission.session))
    refused = _made(store, admission)
    if refused is None:
        return account
    give_back(store, admission.proof)
    return refused


def _made(store: Store, admission: _Admission) -> Refused | None:
    """Insert first, claim last: a claim that fails takes back the inserts, and no code is spent."""
    account, wanted = admission.account, admission.wanted
    now = account.created_at
    if not store.accounts.add(account):
        looked = _look(store, wanted, now)
        return looked if isinstance(looked, Refused) else Refused(SignUpRefusal.HANDLE_TAKEN)
    store.sessions.add(admission.session)
    key = admission.code_key
    if key is None or store.codes.claim(key, wanted.attempt(now), did=account.did):
        return None
    store.accounts.withdraw(account.did)
    looked = _look(store, wanted, now)
    # Nothing found wrong means that the code reopened a moment ago; spent is what the
    # claim saw, and a retry will succeed.
    spent = Refused(SignUpRefusal.CODE_UNAVAILABLE, Refusal.EXHAUSTED)
    return looked if isinstance(looked, Refused) else spent


@one_by_one
def _return(store: Store, asked: _Return) -> Account | Refused:
    return _returning(store, asked)


def _returning(store: Store, asked: _Return) -> Account | Refused:
    """The account that the same request made, with one session more."""
    account = store.accounts.by_handle(asked.handle)
    if account is None or account.standing in {Standing.DELETED, Standing.TAKENDOWN}:
        return Refused(SignUpRefusal.HANDLE_TAKEN)
    store.sessions.add(replace(asked.session, did=account.did))
    return account

"""Sign-up: what is checked, in which order, and the one transaction that admits an account."""

from dataclasses import dataclass, field
from datetime import datetime

from xrpc_invites.accounts.emails import domain_of, normal_email
from xrpc_invites.accounts.handles import HandleRefusal, HandleRules, normal
from xrpc_invites.accounts.handles import refusal as handle_refusal
from xrpc_invites.accounts.model import Account, Session
from xrpc_invites.accounts.ports import ReadStore, Store, World
from xrpc_invites.accounts.refusals import SignUpRefusal
from xrpc_invites.accounts.sessions import Sessions, SignedIn, new_session
from xrpc_invites.invites.ports import one_by_one
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
        wanted = self._wanted(asked)
        if isinstance(wanted, SignUpRefusal):
            return Refused(wanted)
        # A look before the password is hashed, which costs more than all the rest. What
        # it sees may change, so the transaction decides again.
        now = self._world.now()
        looked = await self._world.read(lambda store: _look(store, wanted, now))
        if isinstance(looked, Refused):
            return looked
        if asked.did is not None:
            return Refused(SignUpRefusal.DID_UNPROVEN)
        admission = await self._admission(wanted, asked.password, looked)
        refused = await self._world.write(_admit, admission, lane=looked or "")
        return refused or self._sessions.signed_in(admission.account, admission.session)

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
        return _HANDLE[unfit] if unfit else _Wanted(handle, email, code)

    async def _admission(
        self, wanted: _Wanted, password: str | None, code_key: str | None
    ) -> _Admission:
        password_hash = await self._world.passwords.hash(password) if password else None
        now = self._world.now()
        account = Account(
            did=self._world.did_of(wanted.handle),
            handle=wanted.handle,
            email=wanted.email,
            password_hash=password_hash,
            key=self._world.new_key(),
            created_at=now,
        )
        session = new_session(account.did, jti=self._world.draw_jti(), now=now)
        return _Admission(wanted, account, session, code_key)


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
    return key


@one_by_one
def _admit(store: Store, admission: _Admission) -> Refused | None:
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

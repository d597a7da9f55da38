"""Sign-up: what is checked, in which order, and by which way an account is admitted."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from xrpc_invites.accounts.admission import Admission, Refused, Return, Wanted, admit, look, readmit
from xrpc_invites.accounts.emails import normal_email
from xrpc_invites.accounts.handles import HandleRefusal, HandleRules, normal
from xrpc_invites.accounts.handles import refusal as handle_refusal
from xrpc_invites.accounts.model import Account, Session
from xrpc_invites.accounts.ports import World
from xrpc_invites.accounts.refusals import SignUpRefusal
from xrpc_invites.accounts.registration import Registration
from xrpc_invites.accounts.sessions import Sessions, SignedIn, new_session
from xrpc_invites.invites.audit import Author
from xrpc_invites.invites.proofs import Consumed, Proof

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
    by: Author | None = None
    """The operator who asks for them, where one does."""


class SignUp:
    """The use case of signing up."""

    def __init__(
        self, world: World, sessions: Sessions, *, rules: HandleRules, code_required: bool
    ) -> None:
        self._world = world
        self._sessions = sessions
        self._rules = rules
        self._code_required = code_required
        registrar = world.registrar
        self._registration = None if registrar is None else Registration(world, registrar)

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
        looked = await self._world.read(lambda store: look(store, wanted, now))
        if isinstance(looked, Refused):
            return looked
        if asked.did != wanted.did:
            return Refused(SignUpRefusal.DID_UNPROVEN)
        admission = await self._admission(wanted, asked, looked)
        if self._registration and wanted.did is None:
            admitted = await self._registration.admit(admission)
        else:
            admitted = await self._world.write(admit, admission, lane=looked or "")
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
        returned = await self._world.write(readmit, Return(normal(asked.handle), session))
        return self._answer(returned, session)

    def _answer(self, admitted: Account | Refused, session: Session) -> SignedIn | Refused:
        if isinstance(admitted, Refused):
            return admitted
        return self._sessions.signed_in(admitted, replace(session, did=admitted.did))

    def _new_session(self, did: str, now: datetime) -> Session:
        return new_session(did, jti=self._world.draw_jti(), now=now)

    def _wanted(self, asked: Application) -> Wanted | SignUpRefusal:
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
        return _HANDLE[unfit] if unfit else Wanted(handle, email, code, did)

    async def _admission(
        self, wanted: Wanted, asked: Application, code_key: str | None
    ) -> Admission:
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
        return Admission(wanted, account, session, code_key, asked.proof, asked.by)

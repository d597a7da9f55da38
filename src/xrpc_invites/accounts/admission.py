"""The one transaction that admits an account, and what must be free for it."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from xrpc_invites.accounts.emails import domain_of
from xrpc_invites.accounts.model import Account, Session, Standing
from xrpc_invites.accounts.ports import ReadStore, Store
from xrpc_invites.accounts.refusals import SignUpRefusal
from xrpc_invites.invites.audit import Author, Change, entries
from xrpc_invites.invites.grants import Grant
from xrpc_invites.invites.ports import one_by_one
from xrpc_invites.invites.proofs import Consumed, Proof
from xrpc_invites.invites.proving import consume, give_back
from xrpc_invites.invites.redeeming import Settler, Settling, completed
from xrpc_invites.invites.status import Attempt, Refusal, refusal

BY_SIGN_UP = Settler("sign-up", owner=False)
"""Sign-up settles what it reserved itself, and nobody else does: no credentials are named so."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nobody was admitted; `code` says what was wrong with a code that was not available."""

    why: SignUpRefusal
    code: Refusal | None = None


SPENT = Refused(SignUpRefusal.CODE_UNAVAILABLE, Refusal.EXHAUSTED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sign-up needs to find free."""

    handle: str
    email: str
    code: str | None = field(repr=False)
    did: str | None = None
    """A DID that is theirs already, as they have shown."""

    def attempt(self, at: datetime) -> Attempt:
        """The wish to spend a use of the code."""
        return Attempt(at, domain_of(self.email), self.email)


@dataclass(frozen=True, slots=True)
class Admission:
    """Everything that the transaction writes, drawn and made beforehand."""

    wanted: Wanted
    account: Account
    session: Session
    code_key: str | None = field(repr=False)
    proof: Proof | None
    by: Author | None = None
    """The operator who asked for it, where one did."""
    held: str | None = None
    """The id of the redemption that holds the use, where one does."""


@dataclass(frozen=True, slots=True)
class Return:
    """A sign-up whose answer may have been lost, asked for again."""

    handle: str
    session: Session


def look(store: ReadStore, wanted: Wanted, now: datetime) -> Refused | str | None:
    """The key of the code to spend, if any; or the first thing that is not free."""
    key = None
    if wanted.code is not None:
        found = store.codes.described(wanted.code, now=now)
        key = None if found is None else found.code.key
        granted = _granted(store, key, wanted.did)
        # Who redeemed the code before has its use, even if that was the last.
        why = _withdrawn(granted) if granted else refusal(found, wanted.attempt(now))
        if why:
            return Refused(SignUpRefusal.CODE_UNAVAILABLE, why)
    if store.accounts.handles_taken([wanted.handle]):
        return Refused(SignUpRefusal.HANDLE_TAKEN)
    if store.accounts.by_email(wanted.email):
        return Refused(SignUpRefusal.EMAIL_TAKEN)
    if wanted.did is not None and store.accounts.by_did(wanted.did):
        return Refused(SignUpRefusal.DID_TAKEN)
    return key


@one_by_one
def admit(store: Store, admission: Admission) -> Account | Refused:
    """Make the account, or say why not and leave everything as it is."""
    account, now = admission.account, admission.account.created_at
    consumed = consume(store, admission.proof, now=now)
    if consumed is Consumed.REPLAYED:
        return Refused(SignUpRefusal.REPLAYED)
    if consumed is Consumed.AGAIN:
        return _returned(store, Return(account.handle, admission.session))
    refused = _made(store, admission)
    if refused is None:
        _write_down(store, admission)
        return account
    give_back(store, admission.proof)
    return refused


@one_by_one
def readmit(store: Store, asked: Return) -> Account | Refused:
    """Answer a sign-up again."""
    return _returned(store, asked)


def _made(store: Store, admission: Admission) -> Refused | None:
    """Insert first, claim last: a claim that fails takes back the inserts, and no code is spent."""
    account, wanted = admission.account, admission.wanted
    now = account.created_at
    if not store.accounts.add(account):
        # A use that is held for this very sign-up is no fault of its code.
        judged = replace(wanted, code=None) if admission.held else wanted
        looked = look(store, judged, now)
        return looked if isinstance(looked, Refused) else Refused(SignUpRefusal.HANDLE_TAKEN)
    store.sessions.add(admission.session)
    if _spent(store, admission):
        return None
    store.accounts.withdraw(account.did)
    looked = look(store, wanted, now)
    # Nothing found wrong means that the code reopened a moment ago; spent is what the
    # claim saw, and a retry will succeed.
    return looked if isinstance(looked, Refused) else SPENT


def _write_down(store: Store, admission: Admission) -> None:
    """Who signs up writes no entry; an operator who makes an account does."""
    account, by = admission.account, admission.by
    if by is not None:
        change = Change(subject=account.did, detail={"handle": account.handle})
        store.audit.add(entries(by, account.created_at, [change]))


def _spent(store: Store, admission: Admission) -> bool:
    """Give the account its use: the one that is held, the one it has, or another."""
    did, key, now = admission.account.did, admission.code_key, admission.account.created_at
    if admission.held is not None:
        settling = Settling(admission.held, BY_SIGN_UP, now, did)
        return isinstance(completed(store, settling), Grant)
    if key is None:
        return True
    granted = _granted(store, key, admission.wanted.did)
    if granted is None:
        if store.codes.claim(key, admission.wanted.attempt(now), did=did):
            return True
        # The last use may be its own, since a moment ago by another replica.
        granted = _granted(store, key, admission.wanted.did)
    return granted is not None and _withdrawn(granted) is None


def _granted(store: ReadStore | Store, key: str | None, did: str | None) -> Grant | None:
    """The use of the code that a DID has from before it had an account."""
    return None if key is None or did is None else store.codes.grant(key, did)


def _withdrawn(granted: Grant) -> Refusal | None:
    return Refusal.DISABLED if granted.revoked_at else None


def _returned(store: Store, asked: Return) -> Account | Refused:
    """The account that the same request made, with one session more."""
    account = store.accounts.by_handle(asked.handle)
    if account is None or account.standing in {Standing.DELETED, Standing.TAKENDOWN}:
        return Refused(SignUpRefusal.HANDLE_TAKEN)
    store.sessions.add(replace(asked.session, did=account.did))
    return account

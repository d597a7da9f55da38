"""The views that several methods share, and how the domain's objects become them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from xrpc_invites.accounts.directory import Profile
from xrpc_invites.accounts.model import Account, Standing
from xrpc_invites.accounts.sessions import SignedIn
from xrpc_invites.invites import model
from xrpc_invites.invites.listing import ListedCode
from xrpc_invites.invites.paging import EPOCH
from xrpc_invites.xrpc.views import Datetime, Did, Handle, Unknown, View

Document = Callable[[Account], dict[str, Any] | None]
"""Makes the DID document of an account."""


class InviteCodeUse(View):
    """com.atproto.server.defs#inviteCodeUse."""

    used_by: Did
    used_at: Datetime


class InviteCode(View):
    """com.atproto.server.defs#inviteCode."""

    code: str
    available: int
    disabled: bool
    for_account: str
    created_by: str
    created_at: Datetime
    uses: list[InviteCodeUse]


class ThreatSignature(View):
    """com.atproto.admin.defs#threatSignature."""

    property: str
    value: str


class AccountView(View):
    """com.atproto.admin.defs#accountView."""

    did: Did
    handle: Handle
    email: str | None = None
    related_records: list[Unknown] | None = None
    indexed_at: Datetime
    invited_by: InviteCode | None = None
    invites: list[InviteCode] | None = None
    invites_disabled: bool | None = None
    email_confirmed_at: Datetime | None = None
    invite_note: str | None = None
    deactivated_at: Datetime | None = None
    threat_signatures: list[ThreatSignature] | None = None


class AccountSession(View):
    """What createSession and refreshSession say of the account, tokens aside."""

    handle: Handle
    did: Did
    did_doc: Unknown | None = None
    email: str | None = None
    email_confirmed: bool | None = None
    email_auth_factor: bool | None = None
    active: bool | None = None
    status: str | None = None


class TokenSession(AccountSession):
    """The answer of createSession and refreshSession."""

    access_jwt: str
    refresh_jwt: str


def moment(at: datetime) -> str:
    """RFC 3339 with milliseconds and `Z`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def invite_code(code: model.InviteCode) -> InviteCode:
    """The wire's form of a code."""
    return InviteCode(
        code=code.code,
        available=code.available,
        disabled=code.disabled,
        for_account=code.for_account,
        created_by=code.created_by,
        created_at=moment(code.created_at),
        uses=[InviteCodeUse(used_by=use.used_by, used_at=moment(use.used_at)) for use in code.uses],
    )


def invite_codes(codes: Sequence[model.InviteCode]) -> list[InviteCode]:
    """The wire's form of codes, in their order."""
    return [invite_code(code) for code in codes]


def listed_codes(codes: Sequence[ListedCode], *, cursor: str | None = None) -> bytes:
    """A list of codes as JSON: an answer of `codes` and perhaps a `cursor`."""
    listed = b",".join([code.shown or _shown(code) for code in codes])
    place = b"" if cursor is None else b'"cursor":%s,' % to_json(cursor)
    return b'{%s"codes":[%s]}' % (place, listed)


def _shown(code: ListedCode) -> bytes:
    """What `InviteCode` is, without its price; the code keeps it."""
    code.shown = to_json(
        {
            "code": code.code,
            "available": code.available,
            "disabled": code.disabled,
            "forAccount": code.for_account,
            "createdBy": code.created_by,
            "createdAt": instant_of(code.created),
            "uses": [{"usedBy": by, "usedAt": instant_of(at)} for by, at in code.uses],
        }
    )
    return code.shown


def instant_of(count: int) -> str:
    """So many milliseconds since 1970 as RFC 3339. See `moment`."""
    seconds, rest = divmod(count, 1_000)
    return f"{_second(seconds)}.{rest:03}Z"


@lru_cache(maxsize=8_192)
def _second(count: int) -> str:
    # What happened together is listed together: most moments of a list share their second.
    return (EPOCH + timedelta(seconds=count)).isoformat(timespec="seconds")[:19]


def account_view(profile: Profile) -> AccountView:
    """The wire's form of an account as operators see it."""
    account = profile.account
    return AccountView(
        did=account.did,
        handle=account.handle,
        email=account.email,
        indexed_at=moment(account.created_at),
        invited_by=None if profile.invited_by is None else invite_code(profile.invited_by),
        invites=invite_codes(profile.invites),
        invites_disabled=account.invites_disabled,
        invite_note=account.invite_note,
        deactivated_at=None if account.deactivated_at is None else moment(account.deactivated_at),
    )


def account_session(account: Account, document: Document) -> dict[str, Any]:
    """The fields of `AccountSession`."""
    standing = account.standing
    return {
        "handle": account.handle,
        "did": account.did,
        "did_doc": document(account),
        "email": account.email,
        "email_confirmed": False,
        "active": standing is Standing.ACTIVE,
        "status": None if standing is Standing.ACTIVE else standing.value,
    }


def token_session(signed_in: SignedIn, document: Document) -> TokenSession:
    """The wire's form of a session just given."""
    return TokenSession(
        access_jwt=signed_in.access,
        refresh_jwt=signed_in.refresh,
        **account_session(signed_in.account, document),
    )

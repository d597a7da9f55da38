"""The only place where the domain's refusals become XRPC errors."""

from collections.abc import Mapping
from types import MappingProxyType

from xrpc_invites.accounts.model import Account, Standing
from xrpc_invites.accounts.refusals import SessionRefusal, SignUpRefusal
from xrpc_invites.invites.operators import ROLES, TokenRefusal
from xrpc_invites.invites.terms import TermsRefusal
from xrpc_invites.xrpc.errors import XrpcError

REPLAYED = ("JwtReplayed", "this jwt was used for another request: sign a new one")
SIGN_UP: Mapping[SignUpRefusal, tuple[str, str]] = MappingProxyType(
    {
        SignUpRefusal.REPLAYED: REPLAYED,
        SignUpRefusal.PLC_OPERATION: (
            "InvalidRequest",
            "plcOp is not supported: leave it out, and the server makes the DID",
        ),
        SignUpRefusal.PASSWORD_TOO_LONG: (
            "InvalidRequest",
            "password must have at most 256 characters",
        ),
        SignUpRefusal.CODE_MISSING: ("InvalidInviteCode", "No invite code provided"),
        SignUpRefusal.EMAIL_MISSING: ("InvalidRequest", "email is required"),
        SignUpRefusal.EMAIL_UNSUPPORTED: (
            "InvalidRequest",
            "email is not supported: use another address",
        ),
        SignUpRefusal.HANDLE_TLD: (
            "InvalidHandle",
            "handle ends in a top-level name that no handle may have",
        ),
        SignUpRefusal.HANDLE_DOMAIN: (
            "UnsupportedDomain",
            "handle is not under a domain of this server: see describeServer",
        ),
        SignUpRefusal.HANDLE_SHORT: (
            "InvalidHandle",
            "handle is too short: its first part needs 3 characters",
        ),
        SignUpRefusal.HANDLE_LONG: (
            "InvalidHandle",
            "handle is too long: its first part may have 18 characters",
        ),
        SignUpRefusal.HANDLE_NESTED: (
            "InvalidHandle",
            "handle has a dot too many: one name before the server's domain",
        ),
        SignUpRefusal.HANDLE_RESERVED: ("HandleNotAvailable", "handle is reserved"),
        # One answer for every cause: telling them apart would help a guesser.
        SignUpRefusal.CODE_UNAVAILABLE: (
            "InvalidInviteCode",
            "Provided invite code not available",
        ),
        SignUpRefusal.HANDLE_TAKEN: ("InvalidRequest", "handle is already taken"),
        SignUpRefusal.EMAIL_TAKEN: ("InvalidRequest", "email is already taken"),
        SignUpRefusal.DID_UNPROVEN: (
            "AuthenticationRequired",
            "did needs service auth by that DID",
        ),
        SignUpRefusal.DID_TAKEN: ("InvalidRequest", "did has an account here already"),
        SignUpRefusal.DIRECTORY_FAILED: (
            "UpstreamFailure",
            "the directory of DIDs did not take the new one: try again in a moment",
        ),
    }
)
SESSION: Mapping[SessionRefusal, tuple[str, str]] = MappingProxyType(
    {
        SessionRefusal.WRONG_PASSWORD: (
            "AuthenticationRequired",
            "Invalid identifier or password",
        ),
        SessionRefusal.TAKEN_DOWN: ("AccountTakedown", "Account has been taken down"),
        SessionRefusal.ENDED: ("ExpiredToken", "Token has been revoked"),
    }
)
TOKEN: Mapping[TokenRefusal, tuple[str, str]] = MappingProxyType(
    {
        TokenRefusal.UNKNOWN_ROLE: ("InvalidRequest", f"role must be one of {', '.join(ROLES)}"),
        TokenRefusal.UNFIT_NAME: (
            "InvalidRequest",
            "name must be plain text in one line, without blanks around it",
        ),
        # The audit log must say who it was beyond doubt.
        TokenRefusal.KEPT_NAME: (
            "InvalidRequest",
            "name must not be admin or local, nor begin with did:, token: or local:",
        ),
        TokenRefusal.EXPIRED: ("InvalidRequest", "expiresAt must lie in the future"),
        TokenRefusal.NAME_TAKEN: ("NameTaken", "A token that is alive has this name"),
    }
)


def sign_up_error(refusal: SignUpRefusal) -> XrpcError:
    """The wire's error for a sign-up that was refused."""
    return XrpcError(*SIGN_UP[refusal])


def session_error(refusal: SessionRefusal) -> XrpcError:
    """The wire's error for a session that was refused."""
    return XrpcError(*SESSION[refusal])


def token_error(refusal: TokenRefusal) -> XrpcError:
    """The wire's error for a token that is not made."""
    return XrpcError(*TOKEN[refusal])


def present(account: Account | None) -> Account:
    """The account that a token speaks for, deactivated or not.

    Raises:
        XrpcError: It is deleted or taken down; its tokens outlive it.
    """
    if account is None or account.standing is Standing.DELETED:
        raise XrpcError("AccountNotFound", "Account not found")
    if account.standing is Standing.TAKENDOWN:
        raise XrpcError("AccountTakedown", "Account has been taken down")
    return account


TERMS: Mapping[TermsRefusal, tuple[str, str]] = MappingProxyType(
    {
        TermsRefusal.UNKNOWN: ("CodeNotFound", "there is no such code"),
        TermsRefusal.NEVER_USABLE: ("InvalidRequest", "expiresAt must be later than notBefore"),
        TermsRefusal.AVAILABLE_TOO_LOW: (
            "AvailableTooLow",
            "available must not be below the uses that are made or reserved",
        ),
    }
)


def terms_error(refusal: TermsRefusal) -> XrpcError:
    """The wire's error for terms that a code cannot have."""
    return XrpcError(*TERMS[refusal])


def not_found(what: str) -> XrpcError:
    """The thing that was named is not here."""
    return XrpcError("NotFound", f"{what} not found")

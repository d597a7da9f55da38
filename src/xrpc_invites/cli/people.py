"""Accounts as people name them: by DID, or by handle."""

from collections.abc import Sequence

from xrpc_invites.cli.calls import CallFailed, Calls

ADMIN = "admin"


def did(calls: Calls, account: str) -> str:
    """The DID of an account.

    Raises:
        CallFailed: There is none.
    """
    if account.startswith("did:"):
        return account
    handle = account.removeprefix("@")
    try:
        return str(calls.query("com.atproto.identity.resolveHandle", handle=handle)["did"])
    except CallFailed as failure:
        if failure.name != "HandleNotFound":
            raise
        # Handles of accounts that are taken down lead nowhere, so they have to be named.
        raise CallFailed(
            f"no active account has the handle {handle}: name the account by its DID",
            status=failure.status,
        ) from None


def dids(calls: Calls, accounts: Sequence[str]) -> list[str]:
    """The DIDs of accounts. Raises like `did`."""
    return [did(calls, account) for account in accounts]


def owner(calls: Calls, text: str | None) -> str | None:
    """An owner or a creator: a DID, or admin. Raises like `did`."""
    return text if text in {None, ADMIN} else did(calls, str(text))

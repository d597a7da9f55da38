"""Which DID and which DID document a host name answers with."""

from collections.abc import Sequence
from typing import Any

from xrpc_invites.accounts.model import Account, Standing
from xrpc_invites.accounts.ports import Read
from xrpc_invites.identity.documents import account_document, did_web


class WellKnown:
    """Answers for the service's own host and for every handle that is a host."""

    def __init__(
        self, read: Read, *, service: dict[str, Any], host: str, domains: Sequence[str], origin: str
    ) -> None:
        self._read = read
        self._service = service
        self._host = host
        self._domains = tuple(domains)
        self._origin = origin

    def document_of(self, account: Account) -> dict[str, Any] | None:
        """The account's DID document; None where it has no key here: deleted, or not made here."""
        if account.key is None:
            return None
        return account_document(account.did, account.handle, account.key.multibase, self._origin)

    async def document(self, host: str) -> dict[str, Any] | None:
        """The DID document for a host, port left out."""
        if host == self._host or not host.endswith(self._domains):
            return self._service
        account = await self._read(lambda store: store.accounts.by_handle(host))
        # A DID of another method has its document elsewhere.
        named = account is not None and account.did == did_web(host)
        return self.document_of(account) if account and named else None

    async def did(self, host: str) -> str | None:
        """The DID whose handle the host is, while its account is active."""
        account = await self._read(lambda store: store.accounts.by_handle(host))
        return account.did if account and account.standing is Standing.ACTIVE else None

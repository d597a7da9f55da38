"""DIDs that speak for themselves: the tokens that they signed, held against their documents."""

from collections.abc import Callable, Collection
from datetime import datetime

from xrpc_invites.identity.directories import ATPROTO, LABELER, DidDocument, Unresolvable
from xrpc_invites.identity.resolver import Resolver
from xrpc_invites.identity.service_auth import Statement, check, read
from xrpc_invites.identity.signatures import PublicKey
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.roles import Proof

_KEYS = {"atproto_labeler": LABELER}
"""By the service that speaks, the fragment of its key; all others have the DID's own."""


class ServiceAuth:
    """Verifies service auth. See `xrpc.credentials.Speakers`."""

    def __init__(
        self,
        resolver: Resolver,
        *,
        audiences: Collection[str],
        moderation: Collection[str] = (),
        now: Callable[[], datetime],
    ) -> None:
        """Make a verifier of tokens.

        Args:
            resolver: Finds the documents of issuers.
            audiences: The names by which this service is meant.
            moderation: The issuers that are the moderation service.
            now: The clock.
        """
        self._resolver = resolver
        self._moderation = frozenset(moderation)
        self._audiences = frozenset(audiences)
        self._now = now

    def moderates(self, token: str, /) -> bool:
        try:
            return read(token).issuer in self._moderation
        except XrpcError:
            return False

    async def verify(self, token: str, /, *, nsid: str) -> Proof:
        statement = read(token)
        check(statement, audiences=self._audiences, nsid=nsid, now=self._now())
        key = await self._key(statement)
        if not _signed(statement, key):
            # The key may have been changed since its document was fetched.
            newest = await self._key(statement, newest=True)
            if newest == key or not _signed(statement, newest):
                raise XrpcError("BadJwtSignature", "jwt signature does not match the issuer's key")
        return Proof(statement.issuer, statement.jti, statement.ends_at)

    async def _key(self, statement: Statement, *, newest: bool = False) -> PublicKey | None:
        document = await self._document(statement.did, newest=newest)
        return document.keys.get(_KEYS.get(statement.service, ATPROTO))

    async def _document(self, did: str, *, newest: bool) -> DidDocument:
        try:
            return await self._resolver.document(did, newest=newest)
        except Unresolvable:
            raise XrpcError("UnresolvableDid", "could not resolve the issuer's DID") from None


def _signed(statement: Statement, key: PublicKey | None) -> bool:
    return (
        key is not None
        and key.curve.algorithm == statement.algorithm
        and key.verify(statement.content, statement.signature, allow_high_s=True)
    )

"""The world's directories of identities: how they are asked and told from here."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from ssl import SSLContext

import httpx

from xrpc_invites.identity.directories import Directories
from xrpc_invites.identity.fetching import Fetcher, PublicTransport
from xrpc_invites.identity.plc import SECONDS, PlcRegistrar, RotationKey
from xrpc_invites.identity.resolver import Resolver


class Outside:
    """Resolves DIDs over the network, and makes them."""

    def __init__(
        self, *, plc_url: str | None, private_network: bool, now: Callable[[], datetime]
    ) -> None:
        """Nothing is connected to before a DID is resolved."""
        self._plc_url = plc_url
        self._sender = Fetcher(httpx.AsyncHTTPTransport(verify=_tls()), seconds=SECONDS)
        self._directories = Directories(
            # Wherever the operator says the directory is, it may be.
            plc=Fetcher(httpx.AsyncHTTPTransport(verify=_tls())),
            plc_url=plc_url,
            web=Fetcher(PublicTransport(private_network=private_network, tls=_tls())),
        )
        self.resolver = Resolver(self._directories.document, now=now)

    def registrar(self, key: RotationKey, *, endpoint: str) -> PlcRegistrar | None:
        """Makes DIDs for accounts that are served at `endpoint`; None without a directory."""
        if self._plc_url is None:
            return None
        return PlcRegistrar(self._sender, self._plc_url, key=key, endpoint=endpoint)

    async def close(self) -> None:
        await self.resolver.close()
        await self._directories.close()
        await self._sender.close()


@cache
def _tls() -> SSLContext:
    """Whom to trust: made once, since it reads a long list of authorities."""
    return httpx.create_ssl_context()

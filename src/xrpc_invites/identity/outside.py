"""The world's directories of identities: how they are asked and told from here."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from xrpc_invites.identity.directories import Directories
from xrpc_invites.identity.fetched import Fetches, Later
from xrpc_invites.identity.plc import SECONDS, PlcRegistrar, RotationKey
from xrpc_invites.identity.resolver import Resolver


class Outside:
    """Resolves DIDs over the network, and makes them."""

    def __init__(
        self, *, plc_url: str | None, private_network: bool, now: Callable[[], datetime]
    ) -> None:
        """Nothing is connected to before a DID is resolved."""
        self._plc_url = plc_url
        self._sender = Later(partial(_to_directory, SECONDS))
        self._directories = Directories(
            plc=Later(_to_directory),
            plc_url=plc_url,
            web=Later(partial(_to_anyone, private_network=private_network)),
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


def _to_directory(seconds: float | None = None) -> Fetches:
    from xrpc_invites.identity import fetching  # noqa: PLC0415  # see `Later`

    return fetching.to_directory(seconds=seconds or fetching.TIMEOUT)


def _to_anyone(*, private_network: bool) -> Fetches:
    from xrpc_invites.identity import fetching  # noqa: PLC0415  # see `Later`

    return fetching.to_anyone(private_network=private_network)

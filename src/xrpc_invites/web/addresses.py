"""Whose request it is: the client's address behind proxies, as limits count it."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.types import Scope

Network = IPv4Network | IPv6Network

_Address = IPv4Address | IPv6Address

_LONGEST = 4096
"""Characters of a header that are read: its end, where the nearest proxies write."""

_WITH_PORT = re.compile(r"\[([^\[\]]+)\](?::[0-9]{1,5})?|([^:]+):[0-9]{1,5}")


class Addresses:
    """Knows which proxies tell the truth about where a request comes from."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self._trusted = trusted

    def of(self, scope: Scope) -> str:
        """The address to count an ASGI request by. See `client`."""
        peer = scope.get("client")
        # A proxy may write a line of its own below those that it was sent.
        forwarded = (
            value.decode("latin-1")
            for name, value in scope["headers"]
            if name == b"x-forwarded-for"
        )
        return self.client(peer[0] if peer else "", forwarded)

    def client(self, peer: str, forwarded: Iterable[str] = ()) -> str:
        """The address to count by: an IPv4 address or the network of an IPv6 home.

        Args:
            peer: Who opened the connection; what is no IP address is returned as it is.
            forwarded: The values of `X-Forwarded-For`, in their order.
        """
        nearest = _address(peer) if self._trusted else None
        if nearest is None or not self._trusts(nearest):
            return _counted(peer)
        return _name(self._first_stranger(nearest, ",".join(forwarded)))

    def _first_stranger(self, proxy: _Address, forwarded: str) -> _Address:
        # Every proxy adds at the right whom it saw; what stands left of a stranger is his word.
        client = proxy
        for entry in reversed(_newest(forwarded)):
            address = _address(entry)
            if address is None:
                break
            client = address
            if not self._trusts(client):
                break
        return client

    def _trusts(self, address: _Address) -> bool:
        return any(address in network for network in self._trusted)


def _newest(forwarded: str) -> Sequence[str]:
    entries = forwarded[-_LONGEST:].split(",")
    # A cut may have left half an address at the front.
    return entries[1:] if len(forwarded) > _LONGEST else entries


@lru_cache(maxsize=8192)
def _counted(peer: str) -> str:
    address = _address(peer)
    return peer if address is None else _name(address)


def _name(address: _Address) -> str:
    # One home has a whole /64, and could ask from another address of it each time.
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((int(address), 64), strict=False))


def _address(entry: str) -> _Address | None:
    text = entry.strip()
    found = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(found[1] or found[2] if found else text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address

"""Where a token may be sent: to servers with TLS, and to this machine."""

from ipaddress import ip_address

import httpx


def origin_of(address: str) -> str:
    """The origin of the server that somebody means.

    Raises:
        ValueError: The address is none to which a token may be sent; the text says why.
    """
    try:
        url = httpx.URL(address if "://" in address else f"https://{address}")
    except httpx.InvalidURL:
        raise ValueError("must be a URL, for example https://invites.example.org") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("must be a URL, for example https://invites.example.org")
    if url.userinfo or url.query or url.fragment or url.path not in {"", "/", "/xrpc", "/xrpc/"}:
        raise ValueError("must be a scheme and a host, for example https://invites.example.org")
    if url.scheme == "http" and not _is_loopback(url.host):
        raise ValueError(
            "must begin with https://, since a token would be read on the way; "
            "without TLS use a tunnel, for example ssh -L 2585:localhost:2585 HOST"
        )
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

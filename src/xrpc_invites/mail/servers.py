"""Which server takes our mail, and whose mail it is, as settings say it."""

from dataclasses import dataclass, field
from email.headerregistry import Address, Group, HeaderRegistry
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit


class Security(StrEnum):
    """How a connection is encrypted; the names are the schemes of URLs."""

    OFFERED = "smtp"
    """By STARTTLS, where the server offers it."""
    DEMANDED = "starttls"
    """By STARTTLS, or not at all."""
    FIRST = "smtps"
    """From the first byte."""


_PORTS = {Security.OFFERED: 25, Security.DEMANDED: 587, Security.FIRST: 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """A server, and what it knows us by."""

    host: str
    port: int
    security: Security
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> "SmtpServer":
        """Read a URL; a ValueError says what is wrong, and shows nothing of it."""
        url, security, port = _split(text)
        username, password = _credentials(url)
        if username and security is Security.OFFERED and not _here(url.hostname or ""):
            raise ValueError(
                "must be starttls:// or smtps:// to send a password to another machine"
            )
        return cls(
            host=url.hostname or "",
            port=port,
            security=security,
            username=username,
            password=password,
        )


def sender(text: str) -> Address:
    """Read an address, perhaps with a name; a ValueError says what is wrong."""
    header = HeaderRegistry()("from", text) if text.isprintable() else None
    # Addresses that stand alone are groups without a name.
    groups: tuple[Group, ...] = getattr(header, "groups", ())
    found = [one for group in groups if group.display_name is None for one in group.addresses]
    if (
        header is None
        or header.defects
        or not (len(found) == len(groups) == 1 and _mailable(*found))
    ):
        raise ValueError("must be one address, such as Name <invites@example.org>")
    return found[0]


def _split(text: str) -> tuple[SplitResult, Security, int]:
    try:
        url = urlsplit(text)
        security = Security(url.scheme)
        port = url.port or _PORTS[security]
    except ValueError:
        url, security, port = urlsplit(""), Security.OFFERED, 0
    if not url.hostname or url.path.strip("/") or url.query or url.fragment:
        raise ValueError(
            "must be smtp://, starttls:// or smtps://, a host, and perhaps a port, such as"
            " starttls://user:password@mail.example.org:587 (percent-encode what a URL cannot hold)"
        )
    return url, security, port


def _credentials(url: SplitResult) -> tuple[str | None, str | None]:
    if not url.username and not url.password:
        return None, None
    username, password = unquote(url.username or ""), unquote(url.password or "")
    if not (username and password and (username + password).isprintable()):
        raise ValueError("must have both a user and a password, or neither")
    return username, password


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _mailable(address: Address) -> bool:
    return bool(address.username and address.domain) and address.addr_spec.isascii()

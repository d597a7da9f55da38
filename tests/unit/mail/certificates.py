"""Certificates of mail servers that only tests have."""

import ssl

import trustme


def certified(authority: trustme.CA, host: str = "127.0.0.1") -> ssl.SSLContext:
    """What a server shows that has a certificate for a host."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    return context

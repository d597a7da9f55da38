"""Hands mails to an SMTP server, and says what became of each."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from aiosmtplib.errors import SMTPConnectError

from xrpc_invites.invites.outbox import Accepted, Deferred, Outcome, Refused
from xrpc_invites.mail.messages import Envelope
from xrpc_invites.mail.servers import Security, SmtpServer

DEADLINE = timedelta(minutes=2)
"""How long a mail may take in all, from the connection to the last answer."""
FAREWELL = 2.0
"""Seconds for a server to say good-bye."""

LONGEST_READ = 1_000
LONGEST_SAID = 300
_PRIVATE = re.compile(r"\S*@\S*|\w+://\S*")
"""Addresses, and links: a link holds an invite code."""
_BUSY = 421
_OK = range(200, 300)
_PERMANENT = range(500, 600)
_ABOUT_US = frozenset({530, 534, 535, 538})
"""Answers about our credentials: no fault of the mail's, however permanent they look."""


class Courier:
    """Brings mails to one server; a connection is kept for the next mail."""

    def __init__(
        self,
        server: SmtpServer,
        *,
        our_host: str,
        tls: ssl.SSLContext | None = None,
        deadline: timedelta = DEADLINE,
    ) -> None:
        """`tls` trusts whom the system trusts, unless told otherwise."""
        self._server = server
        self._our_name = _helo(our_host)
        self._tls = tls or ssl.create_default_context()
        self._deadline = deadline.total_seconds()
        self._idle: list[SMTP] = []

    async def send(self, envelope: Envelope) -> Outcome:
        """Try to send one mail, within the deadline."""
        try:
            async with asyncio.timeout(self._deadline):
                await self._send(envelope)
        except (SMTPRecipientRefused, SMTPDataError) as refusal:
            return _outcome(refusal, envelope)
        except _UnsupportedError:
            return Refused("the server takes no addresses beyond ASCII")
        except (OSError, SMTPException) as trouble:
            return Deferred(reason(trouble, envelope.recipient))
        return Accepted()

    async def look(self) -> str | None:
        """Do everything but send a mail; what is wrong, if anything is."""
        try:
            async with asyncio.timeout(self._deadline):
                connection = await self._connected()
                await connection.noop()
        except (OSError, SMTPException) as trouble:
            return reason(trouble)
        self._idle.append(connection)
        return None

    async def close(self) -> None:
        """End the connections that are kept."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_leave(connection) for connection in idle))

    async def _send(self, envelope: Envelope) -> None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_connected:
                # The server may have ended it meanwhile, which says nothing about the mail.
                with suppress(_EndedError):
                    return await self._over(connection, envelope, kept=True)
        return await self._over(await self._connected(), envelope)

    async def _over(self, connection: SMTP, envelope: Envelope, *, kept: bool = False) -> None:
        again = False
        try:
            await _open(connection, envelope, kept=kept)
            try:
                await connection.rcpt(envelope.recipient, encoding="utf-8")
                await connection.data(envelope.message)
            except (SMTPRecipientRefused, SMTPDataError) as refusal:
                if refusal.code not in _OK:
                    with suppress(SMTPException):
                        again = (await connection.rset()).code in _OK
                    raise
            again = True
        finally:
            if again and connection.is_connected:
                self._idle.append(connection)
            else:
                connection.close()

    async def _connected(self) -> SMTP:
        server = self._server
        connection = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            local_hostname=self._our_name,
            # The deadline is for everything together.
            timeout=None,
            use_tls=server.security is Security.FIRST,
            start_tls={Security.OFFERED: None, Security.DEMANDED: True}.get(server.security, False),
            tls_context=self._tls,
        )
        await connection.connect()
        return connection


class _EndedError(Exception):
    """The server had ended a connection that was kept."""


class _UnsupportedError(Exception):
    """The server cannot take such a mail."""


async def _open(connection: SMTP, envelope: Envelope, *, kept: bool) -> None:
    if envelope.utf8:
        if connection.is_ehlo_or_helo_needed:
            await connection.ehlo()
        if not connection.supports_extension("smtputf8"):
            raise _UnsupportedError
    options = ["SMTPUTF8"] if envelope.utf8 else []
    try:
        await connection.mail(envelope.sender, options=options)
    except SMTPServerDisconnected:
        if kept:
            raise _EndedError from None
        raise
    except SMTPSenderRefused as refusal:
        if kept and refusal.code == _BUSY:
            raise _EndedError from None
        raise


async def _leave(connection: SMTP) -> None:
    with suppress(OSError, SMTPException):
        async with asyncio.timeout(FAREWELL):
            await connection.quit()
    connection.close()


def _outcome(refusal: SMTPRecipientRefused | SMTPDataError, envelope: Envelope) -> Outcome:
    said = reason(refusal, envelope.recipient)
    if refusal.code in _PERMANENT and refusal.code not in _ABOUT_US:
        return Refused(said)
    return Deferred(said)


_WORDS: Mapping[type[Exception], str] = {
    TimeoutError: "the server took too long",
    SMTPConnectError: "the server cannot be reached",
    SMTPServerDisconnected: "the connection was lost",
}


def reason(trouble: Exception, recipient: str = "") -> str:
    """Why a mail was not sent, without addresses, credentials and links."""
    if tls := _tls_error(trouble):
        return f"TLS failed: {said(getattr(tls, 'verify_message', '') or tls.reason or '')}"
    if isinstance(trouble, SMTPAuthenticationError):
        return f"the server does not take the credentials ({trouble.code})"
    if isinstance(trouble, SMTPResponseException):
        return said(f"{trouble.code} {trouble.message}", recipient)
    for kind, words in _WORDS.items():
        if isinstance(trouble, kind):
            return words
    return said(trouble.message) if isinstance(trouble, SMTPException) else "the connection failed"


def said(text: str, recipient: str = "") -> str:
    """What a server said, as far as anybody may read it."""
    # Cut first: looking for addresses in a text without blanks takes the square of its length.
    shown = " ".join("".join(c if c.isprintable() else " " for c in text[:LONGEST_READ]).split())
    shown = _PRIVATE.sub("…", shown)
    name = recipient.rpartition("@")[0]
    if name:
        shown = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", shown, flags=re.IGNORECASE)
    return shown[:LONGEST_SAID]


def _tls_error(trouble: BaseException | None) -> ssl.SSLError | None:
    while trouble is not None:
        if isinstance(trouble, ssl.SSLError):
            return trouble
        trouble = trouble.__cause__
    return None


def _helo(host: str) -> str:
    """Our name for a greeting; addresses have a notation of their own there."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"  # noqa: PLR2004

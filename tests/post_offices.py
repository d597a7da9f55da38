"""A real SMTP server on this machine, which takes mails, or does not, as a test wants it."""

import asyncio
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from queue import SimpleQueue
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PATIENCE = 60
"""Seconds after which a mail that does not come fails the test."""
OK = "250 taken"
HANG = "hang"
DROP = "drop"

Answer = Callable[[str], str]
"""What a recipient's mail is answered: a reply, or HANG, or DROP."""


@dataclass(slots=True)
class PostOffice:
    """What a server is like, and what it has seen. It may be changed while it is open."""

    to_sender: Callable[[], str] = lambda: OK
    to_recipient: Answer = lambda _recipient: OK
    to_data: Answer = lambda _recipient: OK
    login: tuple[str, str] | None = None
    certificate: ssl.SSLContext | None = None
    tls_first: bool = False
    utf8: bool = True
    mails: "SimpleQueue[EmailMessage]" = field(default_factory=SimpleQueue)
    """Everything that was taken."""
    seen: list[tuple[str, str]] = field(default_factory=list)
    """The recipient and the Message-ID of every mail that came, taken or not."""
    logins: list[str] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)
    connections: int = 0
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0

    def taken(self) -> EmailMessage:
        """The next mail that was taken."""
        return self.mails.get(timeout=PATIENCE)

    @contextmanager
    def open(self) -> Generator["PostOffice"]:
        """Listen during the block, on a loop of its own."""
        # That of the standard library, whatever else runs here: the server knows its insides.
        loop = asyncio.SelectorEventLoop()
        thread = Thread(target=loop.run_forever, daemon=True)
        thread.start()
        started = asyncio.run_coroutine_threadsafe(self._listen(loop), loop)
        server = started.result(PATIENCE)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(_end(server), loop).result(PATIENCE)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(PATIENCE)
            loop.close()

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        first = self.certificate if self.tls_first else None
        return await loop.create_server(self._protocol, "127.0.0.1", 0, ssl=first)

    def _protocol(self) -> SMTP:
        self.connections += 1
        return SMTP(
            _Clerk(self),
            enable_SMTPUTF8=self.utf8,
            hostname="mail.test",
            tls_context=None if self.tls_first else self.certificate,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )

    def _authenticate(self, _server: SMTP, *others: Any) -> AuthResult:
        given = others[-1]
        assert isinstance(given, LoginPassword)
        pair = (given.login.decode(), given.password.decode())
        self.logins.append(pair[0])
        return AuthResult(success=pair == self.login, handled=False)


class _Clerk:
    """Answers for a post office."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office

    async def handle_MAIL(  # noqa: N802  # as the server calls it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._office.login and not session.authenticated:
            return "530 5.7.0 authentication required"
        self._office.greetings.append(str(session.host_name))
        answer = await _given(server, self._office.to_sender())
        if answer.startswith("2"):
            envelope.mail_from, envelope.mail_options = address, options
        return answer

    async def handle_RCPT(  # noqa: N802  # as the server calls it
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = await _given(server, self._office.to_recipient(address))
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self._office.encrypted.append(session.ssl is not None or self._office.tls_first)
        self._office.seen.append((envelope.rcpt_tos[0], str(message["Message-ID"])))
        answer = await _given(server, self._office.to_data(envelope.rcpt_tos[0]))
        if answer.startswith("2"):
            self._office.mails.put(message)
        return answer


async def _given(server: SMTP, answer: str) -> str:
    if answer == DROP:
        transport = server.transport
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
    if answer in {DROP, HANG}:
        # The server cancels this when the connection ends.
        await asyncio.Event().wait()
    return answer


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)

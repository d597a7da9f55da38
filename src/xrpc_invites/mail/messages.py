"""Makes a message of what a mail says. No header holds what an inviter wrote."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, Policy

import idna

from xrpc_invites.mail.letters import Written


class UnmailableError(Exception):
    """No mail can have this address; the text does not show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message, and between whom it goes."""

    sender: str
    recipient: str
    message: bytes
    utf8: bool
    """Whether the recipient's name needs a server that knows more than ASCII."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a message has besides its text; of one mail always the same id."""

    id: str
    sender: Address
    at: datetime


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header in one line: folding would write a long URL or id in another way."""

    def fold(self, *, policy: Policy) -> str:  # noqa: ARG002
        return f"{self.name}: {self}\r\n"


_HEADERS = HeaderRegistry()
for _name in ("list-unsubscribe", "message-id"):
    _HEADERS.map_to_type(_name, _Unfolded)
# What is not ASCII is encoded, so that any server can take it.
_PLAIN = SMTP.clone(header_factory=_HEADERS, cte_type="7bit")
_UTF8 = SMTPUTF8.clone(header_factory=_HEADERS, cte_type="7bit")


def envelope(written: Written, email: str, stamp: Stamp) -> Envelope:
    """Make a message to an address.

    Raises:
        UnmailableError: It is no address.
    """
    recipient = _recipient(email)
    utf8 = not recipient.addr_spec.isascii()
    policy = _UTF8 if utf8 else _PLAIN
    message = EmailMessage(policy)
    message["From"] = stamp.sender
    message["To"] = recipient
    message["Subject"] = written.subject
    message["Date"] = stamp.at
    message["Message-ID"] = stamp.id
    # No out-of-office answers, please: RFC 3834.
    message["Auto-Submitted"] = "auto-generated"
    # One click in the mail program ends it: RFC 8058.
    message["List-Unsubscribe"] = f"<{written.opt_out}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(written.text)
    message.add_alternative(written.html, subtype="html")
    message["Content-Language"] = written.language
    return Envelope(
        sender=stamp.sender.addr_spec,
        recipient=recipient.addr_spec,
        message=message.as_bytes(),
        utf8=utf8,
    )


def _recipient(email: str) -> Address:
    name, at, domain = email.rpartition("@")
    # A backslash or a blank would need quotes, which nobody has and many servers misread.
    usable = at and name and all(c.isprintable() and c not in ' "\\(),:;<>[]' for c in name)
    if not usable:
        raise UnmailableError
    try:
        return Address(username=name, domain=idna.encode(domain, uts46=True).decode())
    except (ValueError, UnicodeError):
        raise UnmailableError from None

"""The sending of mail, joined to the real store, clock, dice, keys and mail server."""

import hmac
import random
import secrets
from collections.abc import Callable
from datetime import timedelta

from pydantic import SecretStr

from xrpc_invites.app.means import clock, given
from xrpc_invites.invites.mail_rates import Rate, Rates
from xrpc_invites.invites.outbox import Waiting
from xrpc_invites.invites.posting import Posting
from xrpc_invites.mail.letters import Letters, OptOutToken
from xrpc_invites.mail.post import Post
from xrpc_invites.mail.servers import SmtpServer, sender
from xrpc_invites.mail.smtp import DEADLINE, Courier
from xrpc_invites.settings import Settings
from xrpc_invites.storage.database import Database
from xrpc_invites.web.limits import windows


def post(settings: Settings, database: Database, opt_out_token: OptOutToken) -> Post | None:
    """What sends mail; None where there is no server to send it to.

    Raises:
        MailFault: Mail cannot be written.
    """
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    letters = writer(settings, opt_out_token)
    letters.check()
    return Post(
        _posting(settings, database),
        letters,
        courier(settings.smtp_url, settings),
        sender=sender(settings.mail_from),
        message_id=_message_ids(settings),
        now=clock(settings),
    )


def writer(settings: Settings, opt_out_token: OptOutToken) -> Letters:
    """What writes letters.

    Raises:
        MailFault: A language is not there.
    """
    return Letters(
        origin=settings.origin,
        host=settings.host,
        opt_out_token=opt_out_token,
        folder=settings.mail_templates,
    )


def courier(url: SecretStr, settings: Settings, deadline: timedelta = DEADLINE) -> Courier:
    """What brings mail to the server of a URL."""
    server = SmtpServer.parse(url.get_secret_value())
    return Courier(server, our_host=settings.host, deadline=deadline)


def _posting(settings: Settings, database: Database) -> Posting:
    return Posting(
        database.read,
        database.write,
        now=clock(settings),
        # It spreads mails over a while, and nobody gains anything by a guess.
        dice=random.random,
        holder=secrets.token_hex(8),
        rates=_rates(settings),
        remind_after=settings.remind_after,
    )


def _rates(settings: Settings) -> Rates:
    if not settings.rate_limits:
        return Rates()
    rules = (settings.limit_mail_operator, settings.limit_mail_account, settings.limit_mail_domain)
    operator, account, domain = (
        [Rate(window.uses, timedelta(seconds=window.seconds)) for window in windows(rule)]
        for rule in rules
    )
    return Rates(operator=operator, account=account, domain=domain)


def _message_ids(settings: Settings) -> Callable[[Waiting], str]:
    key = given(settings.hash_key).encode()

    def message_id(waiting: Waiting) -> str:
        # Another server of the same name would count from 1 as well.
        mac = hmac.digest(key, f"mail {waiting.id}".encode(), "sha256").hex()[:16]
        return f"<{waiting.id}.{mac}@{settings.host}>"

    return message_id

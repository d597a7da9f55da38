"""Sends what is due, in rounds: as many mails at a time as there are connections."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.headerregistry import Address
from typing import Protocol

from xrpc_invites.invites.outbox import Deferred, Ending, Outcome, Refused, Taken, Waiting
from xrpc_invites.invites.ports import Clock, StoreBusyError
from xrpc_invites.invites.posting import Posting
from xrpc_invites.mail.letters import Letters
from xrpc_invites.mail.messages import Envelope, Stamp, UnmailableError, envelope

GRACE = timedelta(seconds=10)
"""How long a server that stops waits for mails that are under way."""

SETTLINGS = 60
"""How often it is tried to write down what came of a mail; all within its lease."""
SECONDS_BETWEEN = 1.0

_CODE = re.compile(r"\d{3}(?: \d\.\d{1,3}\.\d{1,3})?\b")

log = logging.getLogger(__name__)

Pause = Callable[[float], Awaitable[object]]


class Carrier(Protocol):
    """Brings mails to a server."""

    async def send(self, envelope: Envelope, /) -> Outcome: ...

    async def close(self) -> None:
        """End connections that are kept for more mails."""
        ...


class Post:
    """What a server does to send its mail."""

    def __init__(  # noqa: PLR0913  # its parts, each by its name
        self,
        posting: Posting,
        letters: Letters,
        carrier: Carrier,
        *,
        sender: Address,
        message_id: Callable[[Waiting], str],
        now: Clock,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """Join what is to be sent with who sends it.

        Args:
            posting: Knows what is to be sent, and keeps what came of it.
            letters: Writes what mails say.
            carrier: Brings them away.
            sender: Whose mails they are.
            message_id: Of one mail always the same, so that a mail that comes twice is known.
            now: The clock.
            pause: Waits for so many seconds.
        """
        self._posting = posting
        self._letters = letters
        self._carrier = carrier
        self._sender = sender
        self._message_id = message_id
        self._now = now
        self._pause = pause
        self._stopped = False
        self._sends: set[asyncio.Task[Outcome]] = set()

    async def round(self) -> bool:
        """Send some of what is due; whether more may wait."""
        if self._stopped:
            return False
        batch = await self._posting.take()
        done = await asyncio.gather(*map(self._deliver, batch.taken), return_exceptions=True)
        more = batch.more and not self._stopped
        if not more:
            await self._carrier.close()
        for failure in filter(None, done):
            raise failure
        return more

    async def stop(self, grace: timedelta = GRACE) -> None:
        """Begin no more, and give up what takes too long; it is tried again at the next start."""
        self._stopped = True
        if self._sends:
            _, late = await asyncio.wait(self._sends, timeout=grace.total_seconds())
            for send in late:
                send.cancel()

    async def _deliver(self, taken: Taken) -> None:
        outcome = await self._outcome(taken)
        ending = await self._settled(taken, outcome)
        _tell(taken, outcome, ending)

    async def _outcome(self, taken: Taken) -> Outcome:
        try:
            # Some milliseconds of work, in which a server should answer others.
            message = await asyncio.to_thread(self._envelope, taken)
        except UnmailableError:
            return Refused("no mail can have this address")
        except Exception as error:  # noqa: BLE001  # an operator's template can do anything
            return Deferred(f"the mail could not be written ({type(error).__name__})")
        send = asyncio.ensure_future(self._carrier.send(message))
        self._sends.add(send)
        try:
            return await send
        except asyncio.CancelledError:
            if not self._stopped:
                raise
            return Deferred("the server was stopped")
        finally:
            self._sends.discard(send)

    def _envelope(self, taken: Taken) -> Envelope:
        kind = taken.waiting.mail.kind
        stamp = Stamp(id=self._message_id(taken.waiting), sender=self._sender, at=self._now())
        return envelope(self._letters.write(kind, taken.letter), taken.letter.email, stamp)

    async def _settled(self, taken: Taken, outcome: Outcome) -> Ending | None:
        for _ in range(SETTLINGS - 1):
            try:
                return await self._posting.settle(taken, outcome)
            except StoreBusyError:
                # What was sent and is not written down is sent again, so it is worth waiting.
                await self._pause(SECONDS_BETWEEN)
        return await self._posting.settle(taken, outcome)


def _tell(taken: Taken, outcome: Outcome, ending: Ending | None) -> None:
    """One line; of what a server said only the number, since it can quote what it likes."""
    said = getattr(outcome, "said", "")
    code = _CODE.match(said)
    log.info(
        "mail_%s mail=%d tries=%d reason=%s",
        ending or "deferred",
        taken.waiting.id,
        taken.waiting.tries,
        code[0] if code else said or "-",
    )

"""A running server somewhere, asked over HTTP with an operator's token."""

import re
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from json import loads
from typing import Any

import httpx

from xrpc_invites import __version__
from xrpc_invites.cli import exits
from xrpc_invites.cli.calls import CallFailed, Carrier
from xrpc_invites.xrpc.messages import TYPED, Answer

TOKEN = "xit_"  # noqa: S105  # how every token begins
_TOKEN = re.compile(r"\w+", re.ASCII)
TRIES = 5
"""Times that one call is made when the server asks to come again."""
MAX_WAIT = 300
"""Seconds: a server that asks for more patience than this is left alone."""
PATIENCE = httpx.Timeout(60, connect=15)

Wait = Callable[[float], object]

_COME_AGAIN = {429, 503}
_AWAY = {502, 503, 504}
_TOO_LARGE = 413
_TOO_MANY = 429
_FIRST_ERROR = 400


@contextmanager
def remote(
    origin: str,
    secret: str | None,
    *,
    wait: Wait = time.sleep,
    transport: httpx.BaseTransport | None = None,
) -> Generator[Carrier]:
    """Carries calls to the server at `origin`; without a secret, those that need none."""
    headers = {"User-Agent": f"xrpc-invites/{__version__}"}
    headers |= {} if secret is None else {"Authorization": _credentials(secret)}
    with httpx.Client(
        base_url=f"{origin}/xrpc/",
        headers=headers,
        timeout=PATIENCE,
        transport=transport,
        # A proxy of the environment would read what goes to this very machine without TLS.
        trust_env=origin.startswith("https:"),
    ) as client:
        yield _Remote(origin, client, wait)


class _Remote:
    def __init__(self, origin: str, client: httpx.Client, wait: Wait) -> None:
        self._origin = origin
        self._client = client
        self._wait = wait

    def __call__(self, http_method: str, path: str, body: bytes | None, *, once: bool) -> Answer:
        for _ in range(TRIES - 1):
            answer = self._ask(http_method, path, body)
            # Only a 429 is certain to have done nothing.
            again = {_TOO_MANY} if once else _COME_AGAIN
            seconds = _seconds(answer.headers.get("retry-after"))
            if answer.status_code not in again or seconds is None or seconds > MAX_WAIT:
                break
            exits.say(f"the server asks to wait {seconds} s")
            self._wait(seconds)
        else:
            answer = self._ask(http_method, path, body)
        self._check(answer)
        return Answer(answer.status_code, answer.content, dict(answer.headers))

    def _ask(self, http_method: str, path: str, body: bytes | None) -> httpx.Response:
        headers = {} if body is None else dict(TYPED)
        try:
            return self._client.request(http_method, path, content=body, headers=headers)
        except httpx.TransportError as error:
            raise self._no_answer(error) from None

    def _no_answer(self, error: httpx.TransportError) -> CallFailed:
        if reason := _tls_reason(error):
            return CallFailed(
                f"{self._origin} does not prove who it is: {reason}. For an authority of your own "
                "set SSL_CERT_FILE",
                status=exits.CONFIG,
            )
        if isinstance(error, httpx.TimeoutException):
            reason = "it took too long"
        else:
            reason = str(error) or "the connection broke"
        return CallFailed(f"no answer from {self._origin}: {reason}", status=exits.TEMPFAIL)

    def _check(self, answer: httpx.Response) -> None:
        """Raise unless it is an answer as XRPC has them."""
        said = _object(answer)
        if answer.is_success and (said is not None or not answer.content):
            return
        if answer.status_code >= _FIRST_ERROR and said is not None and "error" in said:
            return
        if answer.is_redirect:
            place = answer.headers.get("location", "")
            reason = f"{self._origin} sends us on to {place}: ask there if that is right"
            raise CallFailed(reason, status=exits.CONFIG)
        if answer.status_code in _AWAY:
            reason = f"{self._origin} is not there now (status {answer.status_code})"
            raise CallFailed(reason, status=exits.TEMPFAIL)
        if answer.status_code == _TOO_LARGE:
            reason = f"something before {self._origin} refuses bodies of this size: allow 2 MiB"
            raise CallFailed(reason, status=exits.CONFIG)
        reason = f"{self._origin} does not answer as an XRPC server (status {answer.status_code})"
        raise CallFailed(f"{reason}: is the address right?", status=exits.CONFIG)


def _credentials(secret: str) -> str:
    if secret.startswith(TOKEN):
        # What no header can carry would come back in the text of an error.
        if not _TOKEN.fullmatch(secret):
            raise CallFailed("the token has characters that no token has", status=exits.CONFIG)
        return f"Bearer {secret}"
    # What is no token is the admin password, with which the first token is made.
    return f"Basic {b64encode(f'admin:{secret}'.encode()).decode()}"


def _seconds(retry_after: str | None) -> int | None:
    return int(retry_after) if retry_after and retry_after.isdecimal() else None


def _object(answer: httpx.Response) -> dict[str, Any] | None:
    with suppress(ValueError):
        value = loads(answer.content)
        if isinstance(value, dict):
            return value
    return None


def _tls_reason(error: BaseException | None) -> str | None:
    """What TLS found wrong, if it was TLS."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        if isinstance(error, ssl.SSLError):
            return str(error.reason or "TLS failed").lower().replace("_", " ")
        error = error.__cause__ or error.__context__
    return None

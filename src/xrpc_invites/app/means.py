"""What the parts are given of the world: the clock, secrets, hashes by a key."""

import hmac
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from time import time_ns

from pydantic import SecretStr

from xrpc_invites.invites.paging import EPOCH
from xrpc_invites.invites.ports import Clock
from xrpc_invites.invites.status import Refusal
from xrpc_invites.invites.text import fold
from xrpc_invites.settings import Settings

log = logging.getLogger(__name__)


def clock(settings: Settings) -> Clock:
    """The present in whole milliseconds, as it is stored; only tests of processes move it."""
    start = EPOCH + settings.clock_offset

    def now() -> datetime:
        return start + timedelta(milliseconds=time_ns() // 1_000_000)

    return now


def tracer(hash_key: bytes) -> Callable[[str], str]:
    """Hashes addresses, so that the audit log can tell clients apart and names none."""

    @lru_cache(maxsize=1_024)
    def trace(address: str) -> str:
        return hmac.digest(hash_key, f"address {address}".encode(), "sha256").hex()[:16]

    return trace


def recorder(hash_key: bytes) -> Callable[[Refusal, str], None]:
    """Logs refused codes by a keyed hash: a log must not be a list of codes."""

    def record(refusal: Refusal, text: str) -> None:
        if not log.isEnabledFor(logging.INFO):
            return
        digest = hmac.digest(hash_key, (fold(text) or text).encode(), "sha256")
        log.info("code_refused reason=%s code=%s", refusal, digest.hex()[:10])

    return record


def given(secret: SecretStr | None) -> str:
    """A secret's text; the first start made those that nobody gave."""
    if secret is None:
        raise ValueError("secrets are made before the server is built")
    return secret.get_secret_value()

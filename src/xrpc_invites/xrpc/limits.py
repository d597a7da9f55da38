"""How often somebody may ask: the rules by name, and what is left of one."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import NamedTuple, Protocol

from xrpc_invites.xrpc.errors import XrpcError


class Rule(StrEnum):
    """Every rule; how often is a setting of its name."""

    PUBLIC = "public"
    """Requests to methods that need no credentials, per address."""
    CREATE_ACCOUNT = "create_account"
    """Sign-ups, per address."""
    ACCOUNT = "account"
    """Requests of one account."""
    FAILED_CODES = "failed_codes"
    """Codes that could not be used, per address."""
    FAILED_CREDENTIALS = "failed_credentials"
    """Wrong passwords and tokens, per address."""


class Quota(NamedTuple):
    """What a rule leaves to somebody."""

    limit: int
    """Requests in a window."""
    window: int
    """Seconds."""
    remaining: int
    wait: int
    """Seconds until more is left; at least 1."""
    reset: int
    """When that is, in seconds since 1970."""
    exceeded: bool = False
    """Whether this request is one too many."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The `RateLimit-*` headers of an answer.

        As atproto clients read them: the reset is a time, where others send the seconds until it.
        """
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
            "RateLimit-Policy": f"{self.limit};w={self.window}",
        }


class Limits(Protocol):
    """Counts requests by rule and key; a key is an address or a DID."""

    async def spend(self, rule: Rule, key: str, /) -> Quota:
        """Count one request; what is left after it."""
        ...

    def turn(self, rule: Rule, key: str, /) -> AbstractAsyncContextManager[Quota]:
        """Wait for the turn to try something that is counted only if it fails.

        No more of one key are under way than may still fail, so that many at once get no
        more tries than one after another. What fails is spent before the turn ends.

        Gives what is left before the try.
        """
        ...


def too_many(quota: Quota) -> XrpcError:
    """The answer to a request that is one too many."""
    headers = {**quota.headers, "Retry-After": str(quota.wait)}
    return XrpcError("RateLimitExceeded", "Rate Limit Exceeded", headers=headers)


def tightest(quotas: Sequence[Quota]) -> Quota:
    """The one that ends first."""
    if len(quotas) == 1:
        return quotas[0]
    return min(quotas, key=lambda quota: (not quota.exceeded, quota.remaining, -quota.wait))

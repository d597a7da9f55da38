"""Counts one request by the rules that its method and its caller fall under.

Only an address or an account is ever limited. A code or a name that is guessed at is not,
or a stranger could keep its owner out by guessing.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from xrpc_invites.xrpc.errors import NO_HEADERS, XrpcError
from xrpc_invites.xrpc.limits import Limits, Quota, Rule, tightest, too_many
from xrpc_invites.xrpc.local import Callers
from xrpc_invites.xrpc.roles import (
    AccountOrOperator,
    Caller,
    Needs,
    Operator,
    Public,
    SelfOrOperator,
    SignUp,
)

_UNAUTHORIZED = 401


class Metered(Protocol):
    """What can be asked for: a method, or an address beside them."""

    @property
    def nsid(self) -> str: ...

    @property
    def needs(self) -> Needs: ...

    @property
    def spends(self) -> Rule | None:
        """The rule under which each request counts, besides those of all methods."""
        ...


class Meter:
    """One request's account of what it uses up."""

    def __init__(self, limits: Limits, method: Metered, address: str) -> None:
        self._limits = limits
        self._method = method
        self._address = address
        self._quotas: list[Quota] = []

    @property
    def headers(self) -> Mapping[str, str]:
        """What the rule says that leaves the least."""
        if not self._quotas:
            return NO_HEADERS
        return tightest(self._quotas).headers

    async def caller(self, credentials: Callers, authorization: str | None) -> Caller:
        """Who is calling: the address is counted before, and the account after.

        Raises:
            XrpcError: It is one request too many, or the method needs other credentials.
        """
        needs = self._method.needs
        if isinstance(needs, Public | SignUp):
            await self._spend(Rule.PUBLIC, self._address)
        if self._method.spends:
            await self._spend(self._method.spends, self._address)
        # Nobody guesses a password by sending none.
        guessable = (
            isinstance(needs, Operator | SelfOrOperator | AccountOrOperator) and authorization
        )
        tried = self._tried if guessable else self._asked
        caller = await tried(credentials, authorization)
        if caller.did and caller.role is None:
            await self._spend(Rule.ACCOUNT, caller.did)
        return caller

    @asynccontextmanager
    async def guess(self, rule: Rule) -> AsyncGenerator[Callable[[], None]]:
        """Watch what may turn out to be a wrong guess; gives what to call if it does.

        Raises:
            XrpcError: Too many guesses from this address were wrong.
        """
        missed = False

        def miss() -> None:
            nonlocal missed
            missed = True

        async with self._limits.turn(rule, self._address) as quota:
            if quota.exceeded:
                raise too_many(quota)
            try:
                yield miss
            finally:
                if missed:
                    await self._missed(rule)

    async def _asked(self, credentials: Callers, authorization: str | None) -> Caller:
        method = self._method
        return await credentials.caller(method.needs, authorization, nsid=method.nsid)

    async def _tried(self, credentials: Callers, authorization: str | None) -> Caller:
        async with self._limits.turn(Rule.FAILED_CREDENTIALS, self._address) as quota:
            if quota.exceeded:
                raise too_many(quota)
            try:
                return await self._asked(credentials, authorization)
            except XrpcError as error:
                if error.status == _UNAUTHORIZED:
                    await self._missed(Rule.FAILED_CREDENTIALS)
                raise

    async def _missed(self, rule: Rule) -> None:
        self._quotas.append(await self._limits.spend(rule, self._address))

    async def _spend(self, rule: Rule, key: str) -> None:
        quota = await self._limits.spend(rule, key)
        if quota.exceeded:
            raise too_many(quota)
        self._quotas.append(quota)


class Unmetered:
    """Counts nothing, where there are no limits. See `Meter`."""

    headers = NO_HEADERS

    def __init__(self, method: Metered) -> None:
        self._method = method

    async def caller(self, credentials: Callers, authorization: str | None) -> Caller:
        method = self._method
        return await credentials.caller(method.needs, authorization, nsid=method.nsid)

    @asynccontextmanager
    async def guess(self, _rule: Rule) -> AsyncGenerator[Callable[[], None]]:
        yield _uncounted


def _uncounted() -> None:
    pass

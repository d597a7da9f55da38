"""The person at this machine: who can read the database needs no other credentials."""

from typing import Protocol

from xrpc_invites.xrpc.roles import Caller, Needs, Role


class Callers(Protocol):
    """Tells who is calling."""

    async def caller(self, needs: Needs, authorization: str | None, /, *, nsid: str) -> Caller:
        """Who is calling the method of this NSID.

        Raises:
            XrpcError: The method needs other credentials.
        """
        ...


class AtThisMachine:
    """Takes every call for one person's, who may do all."""

    def __init__(self, person: str) -> None:
        self._caller = Caller(role=Role.OWNER, name=f"local:{person}", credentials="local")

    async def caller(self, _needs: Needs, _authorization: str | None, /, *, nsid: str) -> Caller:  # noqa: ARG002
        return self._caller

"""Operators' credentials as clients of this API send them: `Token …` or `Bearer …`."""

from base64 import b64encode

from xrpc_invites.invites.operators import PREFIX
from xrpc_invites.xrpc.local import Callers
from xrpc_invites.xrpc.roles import Caller, Needs


class V2Credentials:
    """Reads the headers of this API, and leaves it to the server's credentials who calls."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    async def caller(self, needs: Needs, authorization: str | None, /, *, nsid: str) -> Caller:
        """See `Callers.caller`."""
        return await self._callers.caller(needs, as_xrpc(authorization), nsid=nsid)


def as_xrpc(authorization: str | None) -> str | None:
    """The header that says the same to XRPC.

    A token that is no operator's can only be the admin password, which is compared where it
    is known: this room has no secrets.
    """
    scheme, _, rest = (authorization or "").strip().partition(" ")
    if scheme.lower() not in {"token", "bearer"}:
        return authorization
    token = rest.strip()
    if token.startswith(PREFIX):
        return f"Bearer {token}"
    # Headers come as latin-1, so these are the bytes that were sent.
    return "Basic " + b64encode(b"admin:" + token.encode("latin-1", "replace")).decode()

"""What the two methods that switch codes have in common."""

from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.changes import Changes
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.fields import Reason
from xrpc_invites.methods.proofs import first_or_again
from xrpc_invites.xrpc.method import Call
from xrpc_invites.xrpc.views import Did, Omittable, View


class Input(View):
    """Codes, and owners whose codes are meant, all of them."""

    codes: Omittable[
        Annotated[list[Annotated[str, Field(max_length=1_024)]], Field(max_length=10_000)]
    ] = None
    accounts: Omittable[Annotated[list[Did], Field(max_length=1_000)]] = None
    reason: Omittable[Reason] = None


class Output(View):
    """How many codes changed."""

    changed: int


async def switch(changes: Changes, asked: Input, call: Call, *, disabled: bool) -> Output:
    """Switch what is named."""
    changed = await changes.switch(
        disabled=disabled,
        texts=asked.codes or [],
        owners=asked.accounts or [],
        reason=asked.reason,
        by=author(call),
    )
    return Output(changed=first_or_again(changed, again=0))

"""org.xrpcinvites.reserveCode: an app holds one use for somebody who is just joining."""

import json
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.redeeming import Redeeming, Wish
from xrpc_invites.invites.redemption import (
    LONGEST_LEASE,
    SHORTEST_LEASE,
    RedemptionRefusal,
)
from xrpc_invites.methods.fields import CodeText, Email
from xrpc_invites.methods.redemption_views import (
    RedemptionView,
    given_address,
    redemption_error,
    redemption_view,
)
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Did, Handle, Omittable, View


class Input(View):
    """The code, who wants to join, and for how long the use is held."""

    code: CodeText
    idempotency_key: Omittable[Annotated[str, Field(min_length=1, max_length=128)]] = None
    email: Omittable[Email] = None
    handle: Omittable[Handle] = None
    did: Omittable[Did] = None
    lease_seconds: Annotated[int, Field(ge=SHORTEST_LEASE, le=LONGEST_LEASE)] = 900


def method(redeeming: Redeeming) -> Procedure[Input, RedemptionView]:
    """Bind the method to the use cases of redemption."""

    async def handle(asked: Input, call: Call) -> RedemptionView:
        wish = Wish(
            code=asked.code,
            idempotency_key=asked.idempotency_key,
            address=given_address(asked.email),
            request=_request(asked),
            lease=timedelta(seconds=asked.lease_seconds),
        )
        reserved = await redeeming.reserve(wish, caller=call.caller.credentials)
        if isinstance(reserved, RedemptionRefusal):
            raise redemption_error(reserved)
        return redemption_view(reserved)

    return Procedure(
        nsid="org.xrpcinvites.reserveCode",
        input=Input,
        output=RedemptionView,
        needs=Operator(Role.APP),
        handle=handle,
    )


def _request(asked: Input) -> str:
    """All that makes a request the same one; the code is compared by what it means."""
    return json.dumps([asked.email, asked.handle, asked.did, asked.lease_seconds])

"""com.atproto.temp.checkSignupQueue: nobody waits here, so everyone is activated."""

from xrpc_invites.xrpc.method import Call, Nothing, Query
from xrpc_invites.xrpc.roles import Public
from xrpc_invites.xrpc.views import View


class Output(View):
    """Whether the account may go on, and how long it must wait if not."""

    activated: bool
    place_in_queue: int | None = None
    estimated_time_ms: int | None = None


def method() -> Query[Nothing, Output]:
    """There is no queue to bind to."""

    async def handle(_asked: Nothing, _call: Call) -> Output:
        return Output(activated=True)

    return Query(
        nsid="com.atproto.temp.checkSignupQueue",
        params=Nothing,
        output=Output,
        needs=Public(),
        handle=handle,
    )

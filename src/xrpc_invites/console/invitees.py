"""What people see who were invited: the invitation, and the way to hear no more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from xrpc_invites.console.one_click import LIMIT, is_one_click
from xrpc_invites.invites.corresponding import Invitations, Looked
from xrpc_invites.invites.status import Status
from xrpc_invites.xrpc.body import read_bytes
from xrpc_invites.xrpc.fields import checked
from xrpc_invites.xrpc.messages import Request
from xrpc_invites.xrpc.method import Call

MAX_CODE = 1_024
"""Characters of a code, as for methods."""

MAX_TOKEN = 200
"""Characters of a token, as for methods."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: its template, and what stands in it."""

    page: str
    status: int = HTTPStatus.OK
    values: Mapping[str, str | None] = field(default_factory=dict)


NO_INVITATION = Shown("no-invitation", HTTPStatus.NOT_FOUND)
"""The one page for what is unknown, used up, expired, disabled or not yet begun."""

NO_OPT_OUT = Shown("no-opt-out", HTTPStatus.NOT_FOUND)


class Invitees:
    """The pages of invitees, made from the use cases of invitations."""

    def __init__(self, invitations: Invitations) -> None:
        self._invitations = invitations

    async def invitation(self, code: str, call: Call) -> Shown:
        """Who invites, and the code; nothing is spent by looking."""
        text = checked(code, of="The code", longest=MAX_CODE)
        looked = await self._invitations.look_up(text)
        if looked is None or looked.found.status is not Status.ACTIVE:
            call.missed()
            return NO_INVITATION
        values = {"inviter": _inviter(looked), "code": looked.found.code.code}
        return Shown("invitation", values=values)

    async def ask(self, token: str, call: Call) -> Shown:
        """The page with the button; nothing is changed."""
        text = checked(token, of="The token", longest=MAX_TOKEN)
        return _known(Shown("opt-out"), call, known=await self._invitations.opts_out(text))

    async def opt_out(self, token: str, came: Request, call: Call) -> Shown:
        """What the button does, and what a mail program does for its user."""
        text = checked(token, of="The token", longest=MAX_TOKEN)
        body = await read_bytes(came, LIMIT)
        if not is_one_click(came.headers.get("content-type", ""), body):
            return Shown("trouble", HTTPStatus.BAD_REQUEST)
        return _known(Shown("opted-out"), call, known=await self._invitations.opt_out(text))


def _known(shown: Shown, call: Call, *, known: bool) -> Shown:
    if known:
        return shown
    call.missed()
    return NO_OPT_OUT


def _inviter(looked: Looked) -> str | None:
    """How the page names who invites; None where it does not."""
    if looked.invited is not None:
        return looked.named
    shown = looked.found.code.terms.show_inviter
    return f"@{looked.inviter}" if shown and looked.inviter else None

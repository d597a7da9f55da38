"""Making an account: the same account, by the same rules, as createAccount makes."""

from collections.abc import Callable, Mapping

from pydantic import ValidationError

from xrpc_invites.accounts.admission import Refused
from xrpc_invites.accounts.sign_up import Application, SignUp
from xrpc_invites.invites.audit import Author
from xrpc_invites.invites.status import Refusal
from xrpc_invites.v2 import users
from xrpc_invites.v2.lookup import Lookup
from xrpc_invites.v2.new_account import NewAccount
from xrpc_invites.v2.problems import Problem, of_fields, of_sign_up
from xrpc_invites.v2.views import User
from xrpc_invites.xrpc.method import Call

Record = Callable[[Refusal, str], None]
"""Notes that a code was refused, without its text."""


class Creation:
    """Answers `POST /api/v2/account/create/`."""

    def __init__(self, sign_up: SignUp, lookup: Lookup, *, domain: str, record: Record) -> None:
        """`domain` is what follows a username in a handle, with its dot."""
        self._sign_up = sign_up
        self._lookup = lookup
        self._domain = domain
        self._record = record

    async def answer(self, fields: Mapping[str, object], call: Call) -> User | Problem:
        """The user whom this operator made of these fields."""
        try:
            asked = NewAccount.model_validate(fields)
        except ValidationError as error:
            return of_fields(error)
        admitted = await self._sign_up.admit(
            Application(
                handle=f"{asked.username}{self._domain}",
                email=asked.email,
                password=asked.password,
                code=asked.invite_code,
                by=_author(call),
            )
        )
        if isinstance(admitted, Refused):
            if admitted.code:
                self._record(admitted.code, asked.invite_code or "")
            return of_sign_up(admitted.why)
        came = await self._lookup.came_by(asked.invite_code)
        return users.of_account(
            admitted.account, domain=self._domain, tags=came.tags, name=came.name
        )


def _author(call: Call) -> Author:
    caller = call.caller
    return Author(
        actor=caller.name,
        role=caller.role or "",
        credentials=caller.credentials,
        address=call.origin,
        request=call.request,
        action=call.nsid,
    )

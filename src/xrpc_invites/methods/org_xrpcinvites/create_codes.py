"""org.xrpcinvites.createCodes: an operator makes codes with terms of their own."""

import re
from typing import Annotated

from pydantic import Field

from xrpc_invites.invites.catalog import Catalog
from xrpc_invites.invites.codes import InviteCodes
from xrpc_invites.invites.making import Order
from xrpc_invites.invites.model import ADMIN
from xrpc_invites.invites.words import words
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.code_views import CodeView, code_views
from xrpc_invites.methods.fields import Available, EmailDomains, GrantedRole, Note, Tags
from xrpc_invites.methods.terms import new_terms
from xrpc_invites.xrpc.errors import XrpcError, invalid_request
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Datetime, Did, Omittable, View

MAX_ROWS = 200_000
"""Tags and words of notes in one request: everyone else's writes wait for theirs."""

_TEXT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", re.ASCII)


class Input(View):
    """How many codes, for whom, and on which terms."""

    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    available: Available = 1
    for_account: Omittable[Did] = None
    code: Omittable[Annotated[str, Field(min_length=4, max_length=64)]] = None
    not_before: Omittable[Datetime] = None
    expires_at: Omittable[Datetime] = None
    note: Omittable[Note] = None
    role: Omittable[GrantedRole] = None
    tags: Omittable[Tags] = None
    email_domains: Omittable[EmailDomains] = None
    show_inviter: bool = False


class Output(View):
    """The codes."""

    codes: list[CodeView]


def method(codes: InviteCodes, catalog: Catalog) -> Procedure[Input, Output]:
    """Bind the method to the use cases of codes."""

    async def handle(asked: Input, call: Call) -> Output:
        _check_text(asked)
        _check_size(asked)
        order = Order(
            available=asked.available,
            owners=[asked.for_account or ADMIN],
            each=asked.count,
            terms=new_terms(asked),
        )
        if asked.code is None:
            created = await codes.create(order, by=author(call))
        else:
            named = await codes.create_named(asked.code, order, by=author(call))
            if named is None:
                raise XrpcError("CodeTaken", "a code that is typed alike exists: choose another")
            created = [named]
        return Output(codes=code_views(await catalog.describe(created)))

    return Procedure(
        nsid="org.xrpcinvites.createCodes",
        input=Input,
        output=Output,
        needs=Operator(Role.ISSUER),
        handle=handle,
    )


def _check_size(asked: Input) -> None:
    found_by = len({*(asked.tags or [])}) + len({*words(asked.note or "")})
    if asked.count * found_by > MAX_ROWS:
        most = MAX_ROWS // found_by
        raise invalid_request(f"count must be at most {most} with so many tags and words of a note")


def _check_text(asked: Input) -> None:
    if asked.code is None:
        return
    if asked.count != 1:
        raise invalid_request("code names one code: leave it out, or leave count at 1")
    if not _TEXT.fullmatch(asked.code):
        raise invalid_request(
            "code must be letters, digits and hyphens, with a letter or a digit at both ends"
        )

"""org.xrpcinvites.importCodes: codes with their history, from an export or from elsewhere."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from xrpc_invites.invites.importing import Batch, Imports, Row, RowRefusal
from xrpc_invites.invites.model import ADMIN, InviteCode, InviteCodeUse, Terms
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.fields import CodeText, EmailDomains, GrantedRole, Note, Reason, Tags
from xrpc_invites.methods.terms import given_terms, instant
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.method import KIB, Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Datetime, Did, Omittable, View, is_did

BODY_LIMIT = 2 * KIB * KIB

MESSAGES: Mapping[RowRefusal, str] = MappingProxyType(
    {
        RowRefusal.CODE_TAKEN: "this code is here already, and is not the same",
        RowRefusal.DUPLICATE_ROW: "an earlier row has the same code",
        RowRefusal.TOO_MANY_USES: "there are more uses than useCount says",
    }
)

_Owner = Annotated[str, Field(min_length=1, max_length=2_048)]


class Use(View):
    """One use of a code."""

    used_by: Did
    used_at: Datetime


class RowView(View):
    """A code with its history."""

    code: CodeText
    available: int
    use_count: Omittable[Annotated[int, Field(ge=0)]] = None
    disabled: bool = False
    for_account: _Owner = "admin"
    created_by: _Owner = "admin"
    created_at: Datetime
    not_before: Omittable[Datetime] = None
    expires_at: Omittable[Datetime] = None
    disabled_at: Omittable[Datetime] = None
    disabled_reason: Omittable[Reason] = None
    note: Omittable[Note] = None
    role: Omittable[GrantedRole] = None
    tags: Omittable[Tags] = None
    email_domains: Omittable[EmailDomains] = None
    show_inviter: bool = False
    last_used_at: Omittable[Datetime] = None
    uses: Omittable[Annotated[list[Use], Field(max_length=25_000)]] = None


class Input(View):
    """The rows, and what happens to them when some are refused."""

    rows: Annotated[list[RowView], Field(min_length=1, max_length=1_000)]
    partial: bool = False
    dry_run: bool = False


class Accepted(View):
    """A row that can be kept."""

    type_: Literal["org.xrpcinvites.importCodes#accepted"] = Field(
        default="org.xrpcinvites.importCodes#accepted", alias="$type"
    )
    code: str
    change: str


class Refused(View):
    """A row that cannot be kept."""

    type_: Literal["org.xrpcinvites.importCodes#refused"] = Field(
        default="org.xrpcinvites.importCodes#refused", alias="$type"
    )
    code: str
    reason: str
    message: str


Result = Annotated[Accepted | Refused, Field(discriminator="type_")]


class Output(View):
    """What became of the rows."""

    imported: int
    results: list[Result]


def method(imports: Imports) -> Procedure[Input, Output]:
    """Bind the method to the use case of importing."""

    async def handle(asked: Input, call: Call) -> Output:
        read = [_read(row) for row in asked.rows]
        rows = [row if isinstance(row, Row) else None for row in read]
        batch = Batch(rows=rows, partial=asked.partial, dry_run=asked.dry_run)
        done = await imports.take_in(batch, by=author(call))
        results = [
            _result(row.code, verdict, found if isinstance(found, str) else "")
            for row, verdict, found in zip(asked.rows, done.verdicts, read, strict=True)
        ]
        accepted = sum(isinstance(result, Accepted) for result in results)
        return Output(imported=accepted if done.kept else 0, results=results)

    return Procedure(
        nsid="org.xrpcinvites.importCodes",
        input=Input,
        output=Output,
        needs=Operator(Role.OWNER),
        handle=handle,
        body_limit=BODY_LIMIT,
    )


def _result(code: str, verdict: str, fault: str) -> Accepted | Refused:
    if isinstance(verdict, RowRefusal):
        return Refused(code=code, reason=verdict, message=fault or MESSAGES[verdict])
    return Accepted(code=code, change=verdict)


def _read(row: RowView) -> Row | str:
    """The row as the domain has it, or what is wrong with it."""
    try:
        return _row(row)
    except XrpcError as error:
        return error.message


def _row(row: RowView) -> Row:
    if not row.disabled and (row.disabled_at or row.disabled_reason is not None):
        raise XrpcError("InvalidRequest", "disabledAt and disabledReason are of disabled codes")
    for name, owner in (("forAccount", row.for_account), ("createdBy", row.created_by)):
        if owner != ADMIN and not is_did(owner):
            raise XrpcError("InvalidRequest", f"{name} must be a DID or admin")
    uses = _uses(row.uses or [])
    last = max((use.used_at for use in uses), default=None)
    code = InviteCode(
        key="",
        code=row.code,
        available=row.available,
        use_count=len(uses) if row.use_count is None else row.use_count,
        disabled=row.disabled,
        for_account=row.for_account,
        created_by=row.created_by,
        created_at=instant(row.created_at, "createdAt"),
        terms=Terms(**given_terms(row)),
        disabled_at=None if row.disabled_at is None else instant(row.disabled_at, "disabledAt"),
        disabled_reason=row.disabled_reason,
        last_used_at=last if row.last_used_at is None else instant(row.last_used_at, "lastUsedAt"),
        uses=uses,
    )
    return Row(code=code, dated=row.last_used_at is not None)


def _uses(uses: Sequence[Use]) -> tuple[InviteCodeUse, ...]:
    if len({use.used_by for use in uses}) < len(uses):
        raise XrpcError("InvalidRequest", "uses must name everyone once")
    read = (
        InviteCodeUse(use.used_by, instant(use.used_at, f"uses[{place}].usedAt"))
        for place, use in enumerate(uses)
    )
    return tuple(sorted(read, key=lambda use: (use.used_at, use.used_by), reverse=True))

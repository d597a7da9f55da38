"""Codes as operators see them."""

from collections.abc import Sequence
from datetime import datetime

from xrpc_invites.invites.status import Described
from xrpc_invites.methods.views import moment
from xrpc_invites.xrpc.views import Datetime, Did, Handle, View


class CodeView(View):
    """org.xrpcinvites.defs#codeView."""

    code: str
    status: str
    available: int
    use_count: int
    reserved_count: int
    remaining: int
    disabled: bool
    for_account: str
    created_by: str
    created_at: Datetime
    not_before: Datetime | None = None
    expires_at: Datetime | None = None
    disabled_at: Datetime | None = None
    disabled_reason: str | None = None
    note: str | None = None
    role: str | None = None
    tags: list[str]
    email_domains: list[str]
    invitation_id: int | None = None
    last_used_at: Datetime | None = None
    show_inviter: bool


class UseView(View):
    """org.xrpcinvites.defs#useView."""

    used_by: Did
    used_at: Datetime
    handle: Handle | None = None


def code_view(found: Described) -> CodeView:
    """The wire's form of a code and its status."""
    code, terms = found.code, found.code.terms
    return CodeView(
        code=code.code,
        status=found.status,
        available=code.available,
        use_count=code.use_count,
        reserved_count=code.pending,
        remaining=code.remaining,
        disabled=code.disabled,
        for_account=code.for_account,
        created_by=code.created_by,
        created_at=moment(code.created_at),
        not_before=_moment(terms.not_before),
        expires_at=_moment(terms.expires_at),
        disabled_at=_moment(code.disabled_at),
        disabled_reason=code.disabled_reason,
        note=terms.note,
        role=terms.role,
        tags=list(terms.tags),
        email_domains=list(terms.email_domains),
        invitation_id=found.invitation,
        last_used_at=_moment(code.last_used_at),
        show_inviter=terms.show_inviter,
    )


def code_views(codes: Sequence[Described]) -> list[CodeView]:
    """The wire's form of codes, in their order."""
    return [code_view(found) for found in codes]


def _moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)

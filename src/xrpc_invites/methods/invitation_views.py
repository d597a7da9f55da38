"""Invitations and tags on the wire, and why somebody is not invited or not mailed."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from xrpc_invites.invites.invitations import InvitationRefusal, Invited, link
from xrpc_invites.invites.tags import Tag, TagRefusal
from xrpc_invites.methods.views import moment
from xrpc_invites.xrpc.errors import XrpcError
from xrpc_invites.xrpc.views import Datetime, Did, Language, Uri, View

MESSAGES: Mapping[InvitationRefusal, str] = MappingProxyType(
    {
        InvitationRefusal.INVALID_EMAIL: "this is no e-mail address that an account can have",
        InvitationRefusal.INVALID_NAME: "name must be one line of plain text without links",
        InvitationRefusal.INVALID_NOTE: "note must be plain text without links and addresses",
        InvitationRefusal.INVALID_LANGUAGE: "language must be written as de or pt-BR",
        InvitationRefusal.INACTIVE_TAG: "a tag is not active: leave it out, or activate it",
        InvitationRefusal.ALREADY_INVITED: (
            "this address has an invitation that is still good: send that one again, or say again"
        ),
        InvitationRefusal.ALREADY_MEMBER: "this address has joined already",
        InvitationRefusal.OPTED_OUT: "who reads mail at this address wants no more invitations",
        InvitationRefusal.DUPLICATE_ROW: "an earlier row has the same address",
        InvitationRefusal.NO_CODE: "the account has no code left to give away",
        InvitationRefusal.NOT_FOUND: "there is no such invitation",
        InvitationRefusal.USED: "the person has joined by it",
        InvitationRefusal.EXPIRED: "it has expired: invite the person again",
        InvitationRefusal.REVOKED: "it is revoked: invite the person again",
        InvitationRefusal.TOO_SOON: "the last mail is not long ago: wait a while",
        InvitationRefusal.MAIL_OFF: "this server sends no mail: hand the link on yourself",
    }
)


_TAG: Mapping[TagRefusal, tuple[str, str]] = MappingProxyType(
    {
        TagRefusal.UNKNOWN: ("TagNotFound", "there is no such tag, or it is deleted"),
        TagRefusal.TAKEN: ("TagTaken", "a tag of this type has this name"),
    }
)


class InvitationView(View):
    """org.xrpcinvites.defs#invitationView."""

    id: int
    code: str
    url: Uri
    email: str
    name: str | None = None
    role: str | None = None
    tags: list[str]
    language: Language | None = None
    note: str | None = None
    status: str
    generated_at: Datetime
    sent_at: Datetime | None = None
    last_sent_at: Datetime | None = None
    send_count: int
    expires_at: Datetime | None = None
    used_at: Datetime | None = None
    used_by: Did | None = None
    invited_by: str
    failure: str | None = None


class TagView(View):
    """org.xrpcinvites.defs#tagView."""

    id: int
    name: str
    type: str
    description: str | None = None
    color: str | None = None
    visible: bool
    active: bool
    visibility_boost: bool
    deleted: bool
    created_at: Datetime


def invitation_view(found: Invited, origin: str) -> InvitationView:
    """The wire's form of an invitation; `origin` is how the world reaches this server."""
    ours, code, use = found.invitation, found.found.code, found.first_use
    return InvitationView(
        id=ours.id,
        code=code.code,
        url=link(origin, code.code),
        email=ours.email,
        name=ours.name,
        role=code.terms.role,
        tags=list(code.terms.tags),
        language=ours.language,
        note=code.terms.note,
        status=found.standing,
        generated_at=moment(ours.generated_at),
        sent_at=_moment(ours.sent_at),
        last_sent_at=_moment(ours.last_sent_at),
        send_count=ours.send_count,
        expires_at=_moment(code.terms.expires_at),
        used_at=None if use is None else moment(use.used_at),
        used_by=None if use is None else use.used_by,
        invited_by=ours.invited_by,
        failure=ours.failure,
    )


def tag_view(tag: Tag | TagRefusal) -> TagView:
    """The wire's form of a tag.

    Raises:
        XrpcError: There is none.
    """
    if isinstance(tag, TagRefusal):
        raise XrpcError(*_TAG[tag])
    return TagView(
        id=tag.id,
        name=tag.name,
        type=tag.type,
        description=tag.description,
        color=tag.color,
        visible=tag.visible,
        active=tag.active,
        visibility_boost=tag.visibility_boost,
        deleted=tag.deleted_at is not None,
        created_at=moment(tag.created_at),
    )


def not_there() -> XrpcError:
    """The invitation that was named is not here."""
    return XrpcError("InvitationNotFound", "there is no such invitation")


def _moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)

"""Looking at one code: in full for operators, and as little as is useful for strangers."""

from collections.abc import Sequence
from dataclasses import dataclass

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.invites.corresponding import Invitations, Looked
from xrpc_invites.invites.invitations import Invitation
from xrpc_invites.invites.model import ADMIN
from xrpc_invites.invites.status import Status
from xrpc_invites.invites.tags import Tag
from xrpc_invites.v2 import users
from xrpc_invites.v2.ids import user_id
from xrpc_invites.v2.masking import masked_email, masked_name
from xrpc_invites.v2.problems import GONE, NOT_FOUND, Problem
from xrpc_invites.v2.views import InviteCode, User
from xrpc_invites.xrpc.method import Call


@dataclass(frozen=True, slots=True)
class CameBy:
    """What a code says of whoever joins by it."""

    tags: Sequence[Tag] = ()
    name: str | None = None


class Lookup:
    """Answers `GET /api/v2/invite_code/{code}/`."""

    def __init__(
        self, invitations: Invitations, directory: Directory, *, domain: str, public: bool
    ) -> None:
        """Join the lookup to the use cases.

        Args:
            invitations: What is known of codes.
            directory: What is known of accounts.
            domain: What follows a username in a handle, with its dot.
            public: Whether whoever has a code is told all that an operator is.
        """
        self._invitations = invitations
        self._directory = directory
        self._domain = domain
        self._public = public

    async def answer(self, code: str, call: Call) -> InviteCode | Problem:
        """What this caller may know of a code."""
        looked = await self._invitations.look_up(code)
        operator = call.caller.role is not None
        if looked is None or not (operator or looked.found.status is Status.ACTIVE):
            call.missed()
            return self._refused(looked)
        full = operator or self._public
        return self._shown(looked, full=full, user=await self._user(looked) if full else None)

    async def came_by(self, code: str | None) -> CameBy:
        """What the code of somebody who joined says of them."""
        looked = None if code is None else await self._invitations.look_up(code)
        return CameBy() if looked is None else CameBy(_tags(looked), _name(looked))

    def _refused(self, looked: Looked | None) -> Problem:
        # What has not begun yet is not gone.
        gone = looked is not None and looked.found.status is not Status.SCHEDULED
        return GONE if gone and self._public else NOT_FOUND

    def _shown(self, looked: Looked, *, full: bool, user: User | None) -> InviteCode:
        code, invitation = looked.found.code, _invitation(looked)
        name, email = _name(looked), None if invitation is None else invitation.email
        # Who is invited may know by whom; whoever else has a code, where its terms say so.
        tells = full or invitation is not None or code.terms.show_inviter
        used_at = None if looked.first_use is None else looked.first_use.used_at
        return InviteCode(
            id=None if invitation is None else invitation.id,
            invited_by_username=self._inviter(looked) if tells else None,
            role=code.terms.role,
            tags=[users.of_tag(tag) for tag in _tags(looked)],
            name=name if full or name is None else masked_name(name),
            email=email if full or email is None else masked_email(email),
            code=code.code,
            generated_at=code.created_at if invitation is None else invitation.generated_at,
            sent_at=None if invitation is None else invitation.sent_at,
            used_at=used_at if full else None,
            invited_by=user_id(_identity(looked)) if tells else None,
            user=user,
        )

    def _inviter(self, looked: Looked) -> str | None:
        if looked.inviter is not None:
            return users.username(looked.inviter, self._domain)
        invitation = _invitation(looked)
        if invitation is not None and not invitation.by_account:
            return invitation.invited_by
        return ADMIN if _identity(looked) == ADMIN else None

    async def _user(self, looked: Looked) -> User | None:
        use = looked.first_use
        if use is None:
            return None
        account = await self._directory.account(use.used_by)
        tags, name = _tags(looked), _name(looked)
        if account is None:
            return users.of_did(use.used_by, joined=use.used_at, tags=tags, name=name)
        return users.of_account(account, domain=self._domain, tags=tags, name=name)


def _invitation(looked: Looked) -> Invitation | None:
    return None if looked.invited is None else looked.invited.invitation


def _name(looked: Looked) -> str | None:
    return None if looked.invited is None else looked.invited.invitation.name


def _identity(looked: Looked) -> str:
    """What the id of the inviter is made from: a DID, `token:` and an id, or `admin`."""
    invitation = _invitation(looked)
    if invitation is None:
        return looked.found.code.for_account
    return ADMIN if invitation.invited_by == ADMIN else invitation.credentials


def _tags(looked: Looked) -> Sequence[Tag]:
    """The tags of a code in its order, also those that nobody has described."""
    code = looked.found.code
    return [looked.tags.get(name) or _plain(name, looked) for name in code.terms.tags]


def _plain(name: str, looked: Looked) -> Tag:
    # No stored id is as large.
    return Tag(id=user_id(f"tag:{name}"), name=name, created_at=looked.found.code.created_at)

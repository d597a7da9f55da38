"""Users of that API: accounts here, and others who joined with a code from here."""

from collections.abc import Sequence
from datetime import datetime

from xrpc_invites.accounts.model import Account, Standing
from xrpc_invites.invites.tags import Tag
from xrpc_invites.v2 import views
from xrpc_invites.v2.ids import user_id

_GONE = {Standing.DELETED, Standing.TAKENDOWN}


def username(handle: str, domain: str) -> str:
    """The name of a user, from a handle: its first part where it is under the server's domain.

    Other handles have an underscore for each dot. No handle has underscores, so that no two
    users have one name.
    """
    return handle.removesuffix(domain).replace(".", "_")


def of_account(
    account: Account, *, domain: str, tags: Sequence[Tag], name: str | None
) -> views.User:
    """A user who has an account here; `name` is that of the invitation that brought them."""
    return views.User(
        id=user_id(account.did),
        username=username(account.handle, domain),
        real_name=name,
        reg_approved=account.standing not in _GONE,
        date_joined=account.created_at,
        ext_id=account.did,
        tags=[of_tag(tag) for tag in tags],
        deleted=account.standing is Standing.DELETED,
    )


def of_did(did: str, *, joined: datetime, tags: Sequence[Tag], name: str | None) -> views.User:
    """A user of whom only the DID is known: the account is elsewhere."""
    return views.User(
        id=user_id(did),
        username=None,
        real_name=name,
        reg_approved=True,
        date_joined=joined,
        ext_id=did,
        tags=[of_tag(tag) for tag in tags],
        deleted=False,
    )


def of_tag(tag: Tag) -> views.Tag:
    """A tag as it is answered."""
    return views.Tag(
        id=tag.id,
        active=tag.active,
        name=tag.name,
        type=tag.type,
        description=tag.description,
        color=tag.color,
        visible=tag.visible,
        visibility_boost=tag.visibility_boost,
        created_at=tag.created_at,
        deleted=tag.deleted_at is not None,
    )

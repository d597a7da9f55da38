"""The subjects of moderation, as both subject methods have them."""

from typing import Annotated, Literal

from pydantic import Field

from xrpc_invites.accounts.model import Account, Standing
from xrpc_invites.xrpc.views import AtUri, Cid, Did, Omittable, View


class RepoRef(View):
    """com.atproto.admin.defs#repoRef."""

    type_: Literal["com.atproto.admin.defs#repoRef"] = Field(
        default="com.atproto.admin.defs#repoRef", alias="$type"
    )
    did: Did


class StrongRef(View):
    """com.atproto.repo.strongRef."""

    type_: Literal["com.atproto.repo.strongRef"] = Field(
        default="com.atproto.repo.strongRef", alias="$type"
    )
    uri: AtUri
    cid: Cid


class RepoBlobRef(View):
    """com.atproto.admin.defs#repoBlobRef."""

    type_: Literal["com.atproto.admin.defs#repoBlobRef"] = Field(
        default="com.atproto.admin.defs#repoBlobRef", alias="$type"
    )
    did: Did
    cid: Cid
    record_uri: Omittable[AtUri] = None


class StatusAttr(View):
    """com.atproto.admin.defs#statusAttr."""

    applied: bool
    ref: Omittable[str] = None


Subject = Annotated[RepoRef | StrongRef | RepoBlobRef, Field(discriminator="type_")]


def repo_ref(did: str) -> RepoRef:
    """An account as a subject."""
    return RepoRef(did=did)


def takedown_of(account: Account) -> StatusAttr:
    """Whether the account is taken down, and for which case."""
    if account.standing is Standing.TAKENDOWN and account.takedown_ref is not None:
        return StatusAttr(applied=True, ref=account.takedown_ref)
    return StatusAttr(applied=account.standing is Standing.TAKENDOWN)

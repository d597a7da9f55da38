"""All methods of this server, made from its use cases."""

from collections.abc import Sequence
from dataclasses import dataclass

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.accounts.sessions import Sessions
from xrpc_invites.accounts.sign_up import SignUp
from xrpc_invites.invites.access import Access
from xrpc_invites.invites.auditing import Auditing
from xrpc_invites.invites.catalog import Catalog
from xrpc_invites.invites.changes import Changes
from xrpc_invites.invites.codes import InviteCodes
from xrpc_invites.invites.corresponding import Invitations
from xrpc_invites.invites.freezing import InviteTrees
from xrpc_invites.invites.importing import Imports
from xrpc_invites.invites.inviting import Inviting
from xrpc_invites.invites.redeeming import Redeeming
from xrpc_invites.invites.statistics import Statistics
from xrpc_invites.invites.tagging import Tagging
from xrpc_invites.invites.tokens import Tokens
from xrpc_invites.methods.com_atproto_admin import (
    delete_account,
    disable_account_invites,
    disable_invite_codes,
    enable_account_invites,
    get_account_info,
    get_account_infos,
    get_invite_codes,
    get_subject_status,
    search_accounts,
    update_subject_status,
)
from xrpc_invites.methods.com_atproto_identity import resolve_handle
from xrpc_invites.methods.com_atproto_server import (
    create_account,
    create_invite_code,
    create_invite_codes,
    create_session,
    delete_session,
    describe_server,
    get_account_invite_codes,
    get_session,
    refresh_session,
)
from xrpc_invites.methods.com_atproto_temp import check_handle_availability, check_signup_queue
from xrpc_invites.methods.org_xrpcinvites import (
    check_access,
    complete_redemption,
    create_codes,
    create_invitations,
    create_tag,
    create_token,
    delete_tag,
    disable_codes,
    disable_invite_tree,
    enable_codes,
    enable_invite_tree,
    get_code,
    get_invitation,
    get_invite_tree,
    get_stats,
    import_codes,
    list_audit_entries,
    list_invitations,
    list_tags,
    list_tokens,
    opt_out,
    preview_code,
    redeem_code,
    release_redemption,
    reserve_code,
    revoke_grant,
    revoke_invitation,
    revoke_token,
    search_codes,
    send_invitations,
    update_code,
    update_tag,
    verify_audit,
)
from xrpc_invites.methods.views import Document
from xrpc_invites.xrpc.method import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """What the methods are made from."""

    codes: InviteCodes
    access: Access
    redeeming: Redeeming
    catalog: Catalog
    inviting: Inviting
    invitations: Invitations
    tagging: Tagging
    changes: Changes
    trees: InviteTrees
    imports: Imports
    sign_up: SignUp
    sessions: Sessions
    directory: Directory
    tokens: Tokens
    auditing: Auditing
    statistics: Statistics
    document: Document
    host: str
    """The public host."""
    origin: str
    """How the world reaches this server."""
    accounts_invite: bool
    """Whether accounts may invite people."""
    record: create_account.Record
    terms: describe_server.Output
    """What describeServer says."""


def every_method(use: UseCases) -> Sequence[Method]:
    """The methods, in the order of their NSIDs."""
    return [
        delete_account.method(use.directory),
        disable_account_invites.method(use.directory),
        disable_invite_codes.method(use.changes),
        enable_account_invites.method(use.directory),
        get_account_info.method(use.directory),
        get_account_infos.method(use.directory),
        get_invite_codes.method(use.codes),
        get_subject_status.method(use.directory),
        search_accounts.method(use.directory),
        update_subject_status.method(use.directory),
        resolve_handle.method(use.directory),
        create_account.method(use.sign_up, use.document, use.record),
        create_invite_code.method(use.codes),
        create_invite_codes.method(use.codes),
        create_session.method(use.sessions, use.document),
        delete_session.method(use.sessions),
        describe_server.method(use.terms),
        get_account_invite_codes.method(use.codes, use.directory),
        get_session.method(use.directory, use.document),
        refresh_session.method(use.sessions, use.document),
        check_handle_availability.method(use.directory),
        check_signup_queue.method(),
        check_access.method(use.access),
        complete_redemption.method(use.redeeming),
        redeem_code.method(use.redeeming),
        release_redemption.method(use.redeeming),
        reserve_code.method(use.redeeming),
        revoke_grant.method(use.access),
        create_codes.method(use.codes, use.catalog),
        create_token.method(use.tokens),
        disable_codes.method(use.changes),
        disable_invite_tree.method(use.trees),
        enable_codes.method(use.changes),
        enable_invite_tree.method(use.trees),
        get_code.method(use.catalog),
        get_stats.method(use.statistics),
        get_invite_tree.method(use.trees),
        import_codes.method(use.imports),
        list_tokens.method(use.tokens),
        preview_code.method(use.catalog, use.host),
        revoke_token.method(use.tokens),
        search_codes.method(use.catalog),
        update_code.method(use.changes),
        create_invitations.method(
            use.inviting, use.directory, use.origin, accounts=use.accounts_invite
        ),
        get_invitation.method(use.invitations, use.origin),
        list_invitations.method(use.invitations, use.origin),
        opt_out.method(use.invitations),
        revoke_invitation.method(use.invitations, use.origin),
        send_invitations.method(use.invitations, use.origin),
        create_tag.method(use.tagging),
        delete_tag.method(use.tagging),
        list_tags.method(use.tagging),
        update_tag.method(use.tagging),
        list_audit_entries.method(use.auditing),
        verify_audit.method(use.auditing),
    ]

"""org.xrpcinvites.updateCode: an operator changes the terms of a code."""

from xrpc_invites.invites.changes import Changes
from xrpc_invites.invites.terms import Amendment, TermsRefusal
from xrpc_invites.methods.authors import author
from xrpc_invites.methods.code_views import CodeView, code_view
from xrpc_invites.methods.errors import terms_error
from xrpc_invites.methods.fields import Available, CodeText, EmailDomains, GrantedRole, Note, Tags
from xrpc_invites.methods.terms import given_terms
from xrpc_invites.xrpc.method import Call, Procedure
from xrpc_invites.xrpc.roles import Operator, Role
from xrpc_invites.xrpc.views import Datetime, Omittable, View


class Input(View):
    """The code, and what is to be otherwise; null takes a term away."""

    code: CodeText
    available: Omittable[Available] = None
    not_before: Datetime | None = None
    expires_at: Datetime | None = None
    note: Note | None = None
    role: GrantedRole | None = None
    tags: Omittable[Tags] = None
    email_domains: Omittable[EmailDomains] = None
    show_inviter: Omittable[bool] = None


def method(changes: Changes) -> Procedure[Input, CodeView]:
    """Bind the method to the use cases of changing codes."""

    async def handle(asked: Input, call: Call) -> CodeView:
        amendment = Amendment(available=asked.available, terms=given_terms(asked))
        changed = await changes.amend(asked.code, amendment, by=author(call))
        if isinstance(changed, TermsRefusal):
            raise terms_error(changed)
        return code_view(changed)

    return Procedure(
        nsid="org.xrpcinvites.updateCode",
        input=Input,
        output=CodeView,
        needs=Operator(Role.ISSUER),
        handle=handle,
    )

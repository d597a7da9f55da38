"""com.atproto.server.describeServer: what a client must know before it signs anyone up."""

from xrpc_invites.xrpc.method import Call, Encoded, Nothing, Query
from xrpc_invites.xrpc.roles import Public
from xrpc_invites.xrpc.views import Did, Uri, View


class Links(View):
    """com.atproto.server.describeServer#links."""

    privacy_policy: Uri | None = None
    terms_of_service: Uri | None = None


class Contact(View):
    """com.atproto.server.describeServer#contact."""

    email: str | None = None


class Output(View):
    """The server's terms."""

    invite_code_required: bool | None = None
    phone_verification_required: bool | None = None
    blob_upload_limit: int | None = None
    available_user_domains: list[str]
    links: Links | None = None
    contact: Contact | None = None
    did: Did


def method(terms: Output) -> Query[Nothing, Output]:
    """Bind the method to what the server says of itself."""
    # Nothing of it changes while the server runs, and nothing is asked more often.
    said: Encoded[Output] = Encoded(
        terms.model_dump_json(by_alias=True, exclude_none=True).encode()
    )

    async def handle(_asked: Nothing, _call: Call) -> Encoded[Output]:
        return said

    return Query(
        nsid="com.atproto.server.describeServer",
        params=Nothing,
        output=Output,
        needs=Public(),
        handle=handle,
    )

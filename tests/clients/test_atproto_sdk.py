"""PyPI's atproto SDK: an operator makes a code, somebody joins with it, and nobody again."""

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from atproto import Client
from atproto.exceptions import BadRequestError
from atproto_client.models.common import XrpcError

from tests.processes import ServerProcess
from tests.servers import ADMIN_PASSWORD

NewClient = Callable[[], Client]


@pytest.fixture
def new_client(process: ServerProcess) -> Iterator[NewClient]:
    """Makes clients of the server, and closes their connections in the end."""
    with ExitStack() as stack:

        def make() -> Client:
            made = Client(base_url=process.url)
            stack.callback(made.request._client.close)
            return made

        yield make


def authorized(client: Client, credentials: str) -> Client:
    client.request.set_additional_headers({"Authorization": credentials})
    return client


def test_the_python_sdk_works_unchanged(new_client: NewClient) -> None:
    password = base64.b64encode(f"admin:{ADMIN_PASSWORD}".encode()).decode()
    operator = authorized(new_client(), f"Basic {password}")
    code = operator.com.atproto.server.create_invite_code({"use_count": 1}).code
    ada = {"handle": "ada.test", "email": "ada@mail.test", "password": "pw", "invite_code": code}

    account = new_client().com.atproto.server.create_account(ada)
    login = {"identifier": "ada.test", "password": "pw"}
    session = new_client().com.atproto.server.create_session(login)
    signed_in = authorized(new_client(), f"Bearer {session.access_jwt}")
    own = signed_in.com.atproto.server.get_account_invite_codes()
    bea = ada | {"handle": "bea.test", "email": "bea@mail.test"}
    with pytest.raises(BadRequestError) as refused:
        new_client().com.atproto.server.create_account(bea)

    assert account.did == session.did == "did:web:ada.test"
    assert own.codes == []
    assert refused.value.response is not None
    content = refused.value.response.content
    assert isinstance(content, XrpcError)
    assert content.error == "InvalidInviteCode"
    [listed] = operator.com.atproto.admin.get_invite_codes().codes
    assert [use.used_by for use in listed.uses] == [account.did]

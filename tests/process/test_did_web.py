"""A DID of its own host: its document over real HTTPS, where the settings let it be near."""

import json
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import trustme

from tests.processes import SECRETS, serving
from tests.speakers import Speaker
from tests.unit.identity.speaking import document, multikey_of

NSID = "com.atproto.server.createAccount"
SERVICE = "https://invites.test"


class Host:
    """An HTTPS server on loopback, and the DID that it gives a document for."""

    def __init__(self, port: int) -> None:
        self.asked: list[str] = []
        self.speaker = Speaker(f"did:web:localhost%3A{port}")
        self.document: Mapping[str, Any] = document(self.speaker.did, multikey_of(self.speaker.key))


@contextmanager
def https(authority: trustme.CA) -> Generator[Host]:
    """A host with a certificate of this authority, for `localhost`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked.append(f"{self.headers['Host']}{self.path}")
            body = json.dumps(host.document).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    host = Host(server.server_port)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def outcome(url: str, speaker: Speaker) -> str:
    """What a sign-up with a wrong code hears: of the code, once the DID is known."""
    body = {"handle": "ada.test", "email": "ada@mail.test", "inviteCode": "no code"}
    headers = speaker.speaks(NSID, aud="did:web:invites.test")
    answer = httpx.post(f"{url}/xrpc/{NSID}", json=body | {"did": speaker.did}, headers=headers)
    error: str = answer.json()["error"]
    return f"{answer.status_code} {error}"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Whom the server trusts."""
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a server that trusts this authority."""
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return {**SECRETS, "SSL_CERT_FILE": str(file), "INVITES_PUBLIC_URL": SERVICE}


def test_a_document_is_fetched_from_its_host(
    tmp_path: Path, authority: trustme.CA, trusting: dict[str, str]
) -> None:
    near = {**trusting, "INVITES_ALLOW_PRIVATE_NETWORK": "true"}
    with https(authority) as host, serving(tmp_path, **near) as server:
        port = host.speaker.did.rpartition("%3A")[2]

        assert outcome(server.url, host.speaker) == "400 InvalidInviteCode"
        assert host.asked == [f"localhost:{port}/.well-known/did.json"]


def test_a_host_nearby_is_never_asked_unless_the_settings_say_so(
    tmp_path: Path, authority: trustme.CA, trusting: dict[str, str]
) -> None:
    with https(authority) as host, serving(tmp_path, **trusting) as server:
        assert outcome(server.url, host.speaker) == "401 UnresolvableDid"
        assert host.asked == []


def test_a_host_must_prove_its_name(tmp_path: Path, trusting: dict[str, str]) -> None:
    near = {**trusting, "INVITES_ALLOW_PRIVATE_NETWORK": "true"}
    with https(trustme.CA()) as stranger, serving(tmp_path, **near) as server:
        assert outcome(server.url, stranger.speaker) == "401 UnresolvableDid"
        assert stranger.asked == []


def test_a_document_must_be_of_the_did_that_was_asked_for(
    tmp_path: Path, authority: trustme.CA, trusting: dict[str, str]
) -> None:
    near = {**trusting, "INVITES_ALLOW_PRIVATE_NETWORK": "true"}
    with https(authority) as host, serving(tmp_path, **near) as server:
        host.document = {**host.document, "id": "did:web:other.test"}

        assert outcome(server.url, host.speaker) == "401 UnresolvableDid"

"""Asking a server over HTTP: what is sent, how often, and what every kind of answer means."""

import datetime as dt
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest
import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.commands import Place
from xrpc_invites.cli.calls import CallFailed, Calls
from xrpc_invites.cli.remote import TRIES, remote

ORIGIN = "https://invites.example.org"
NSID = "com.example.get"
TOKEN = "xit_" + "a" * 49
Answers = Callable[[httpx.Request], httpx.Response]


def asked(
    answers: Answers, *, once: bool | None = None, secret: str = TOKEN
) -> tuple[object, list[float]]:
    """What a call comes to, and how long it waited; a query unless `once` is said."""
    waited: list[float] = []
    transport = httpx.MockTransport(answers)
    with remote(ORIGIN, secret, wait=waited.append, transport=transport) as carry:
        calls = Calls(carry)
        try:
            if once is None:
                return calls.query(NSID, limit=5, all=True, none=None, tags=["a b", "c"]), waited
            return calls.procedure(NSID, {"note": "ä"}, once=once), waited
        except CallFailed as failure:
            return failure, waited


def failed(answers: Answers) -> CallFailed:
    result, _ = asked(answers)
    assert isinstance(result, CallFailed)
    return result


def test_a_query_goes_out_as_the_protocol_has_it() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"codes": []})

    result, _ = asked(answer)

    assert result == {"codes": []}
    assert seen[0].method == "GET"
    assert str(seen[0].url) == f"{ORIGIN}/xrpc/{NSID}?limit=5&all=true&tags=a+b&tags=c"
    assert seen[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_what_is_no_token_is_the_admin_password() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"sent": request.headers["authorization"]})

    result, _ = asked(answer, secret="pässword")

    assert result == {"sent": "Basic YWRtaW46cMOkc3N3b3Jk"}


@pytest.mark.parametrize("rest", ["ä", "a b", "a\nb", "\x00"])
def test_what_no_token_is_goes_nowhere_and_is_not_repeated(rest: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"sent": request.headers["authorization"]})

    with pytest.raises(CallFailed, match=r"^the token has characters that no token has$"):
        asked(answer, secret=f"xit_secret{rest}")


def test_a_proxy_reads_nothing_that_goes_to_this_machine(place: Place) -> None:
    nowhere = {"HTTP_PROXY": "http://localhost:1", "ALL_PROXY": "http://localhost:1"}

    ended = place.there("accounts", "list", "--limit", "1", **nowhere)

    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_to_wait_is_obeyed(status: int) -> None:
    busy = httpx.Response(status, json={"error": "Busy"}, headers={"Retry-After": "7"})
    answers = iter([busy, busy, httpx.Response(200, json={})])

    result, waited = asked(lambda _: next(answers))

    assert (result, waited) == ({}, [7, 7])


def test_patience_has_an_end() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        body = {"error": "RateLimitExceeded", "message": "Too many"}
        return httpx.Response(429, json=body, headers={"Retry-After": "1"})

    result, waited = asked(answer)

    assert str(result) == "RateLimitExceeded: Too many"
    assert isinstance(result, CallFailed)
    assert (result.status, len(seen), len(waited)) == (75, TRIES, TRIES - 1)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "3600"}, {"Retry-After": "soon"}])
def test_nobody_waits_for_an_hour_or_for_nothing(headers: dict[str, str]) -> None:
    busy = httpx.Response(503, json={"error": "ServiceUnavailable"}, headers=headers)

    result, waited = asked(lambda _: busy)

    assert isinstance(result, CallFailed)
    assert (str(result), result.status, waited) == ("ServiceUnavailable", 75, [])


@pytest.mark.parametrize(("status", "tries"), [(503, 1), (429, TRIES)])
def test_what_must_not_be_done_twice_is_asked_again_only_when_nothing_was_done(
    status: int, tries: int
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, json={"error": "Busy"}, headers={"Retry-After": "1"})

    asked(answer, once=True)

    assert len(seen) == tries
    assert {request.content for request in seen} == {'{"note": "ä"}'.encode()}


@pytest.mark.parametrize(
    ("response", "status", "said"),
    [
        (httpx.Response(401, json={"error": "AuthenticationRequired", "message": "No"}), 78, "No"),
        (httpx.Response(403, json={"error": "Forbidden", "message": "Not you"}), 1, "Not you"),
        (httpx.Response(400, json={"error": "InvalidRequest", "message": "x"}), 2, "x"),
        (httpx.Response(400, json={"error": "CodeTaken"}), 1, "CodeTaken"),
        (httpx.Response(501, json={"error": "MethodNotImplemented"}), 1, "older than this"),
        (httpx.Response(404, text="<h1>Not here</h1>"), 78, "is the address right?"),
        (httpx.Response(200, text="<h1>Hello</h1>"), 78, "is the address right?"),
        (httpx.Response(200, json=["a"]), 78, "is the address right?"),
        (httpx.Response(400, json={"message": "x"}), 78, "is the address right?"),
        (httpx.Response(308, headers={"Location": "https://new.example"}), 78, "new.example"),
        (httpx.Response(502, text="Bad gateway"), 75, "not there now"),
    ],
)
def test_every_answer_has_a_sentence_and_a_status(
    response: httpx.Response, status: int, said: str
) -> None:
    failure = failed(lambda _: response)

    assert failure.status == status
    assert said in str(failure)


def test_any_success_is_one() -> None:
    result, _ = asked(lambda _: httpx.Response(202, json={"codes": []}))

    assert result == {"codes": []}


def test_what_an_answer_lacks_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    result, _ = asked(lambda _: httpx.Response(200, json={"status": "ok"}))
    assert isinstance(result, dict)

    with pytest.raises(typer.Exit) as caught:
        result["codes"]

    assert caught.value.exit_code == 78
    assert "the server's answer has no codes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpx.ConnectError("Connection refused"), "Connection refused"),
        (httpx.ReadTimeout(""), "too long"),
        (httpx.ReadError(""), "the connection broke"),
    ],
)
def test_no_answer_may_become_one_later(error: httpx.TransportError, said: str) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    failure = failed(answer)

    assert failure.status == 75
    assert str(failure).startswith(f"no answer from {ORIGIN}: ")
    assert said in str(failure)


def test_a_certificate_that_proves_nothing_is_said_so(tmp_path: Path) -> None:
    with (
        tls_server(tmp_path) as port,
        remote(f"https://localhost:{port}", TOKEN) as carry,
        pytest.raises(CallFailed, match=r"self-signed certificate.*SSL_CERT_FILE") as caught,
    ):
        Calls(carry).query(NSID)

    assert caught.value.status == 78


def test_a_server_without_tls_is_said_so() -> None:
    with (
        plain_server() as port,
        remote(f"https://localhost:{port}", TOKEN) as carry,
        pytest.raises(CallFailed, match="does not prove who it is") as caught,
    ):
        Calls(carry).query(NSID)

    assert caught.value.status == 78


@contextmanager
def tls_server(folder: Path) -> Iterator[int]:
    """A server whose certificate nobody vouches for; its port."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def greet(connection: socket.socket) -> None:
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(connection, server_side=True)

    with listening(greet) as port:
        yield port


@contextmanager
def plain_server() -> Iterator[int]:
    """A server that takes a TLS greeting for a bad request; its port."""

    def greet(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with listening(greet) as port:
        yield port


@contextmanager
def listening(greet: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("localhost", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                greet(connection)

        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()

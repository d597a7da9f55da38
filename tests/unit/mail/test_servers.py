"""How settings name a mail server and a sender."""

import pytest

from xrpc_invites.mail.servers import Security, SmtpServer, sender


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtp://mail.example.org", Security.OFFERED, 25),
        ("starttls://mail.example.org", Security.DEMANDED, 587),
        ("smtps://mail.example.org/", Security.FIRST, 465),
        ("smtps://mail.example.org:2465", Security.FIRST, 2465),
    ],
)
def test_the_scheme_says_how_a_connection_is_encrypted(
    url: str, security: Security, port: int
) -> None:
    server = SmtpServer.parse(url)

    assert (server.host, server.security, server.port) == ("mail.example.org", security, port)


def test_credentials_are_percent_decoded_and_not_shown() -> None:
    server = SmtpServer.parse("smtps://bea%40example.org:hunter%2F2@mail.example.org")

    assert (server.username, server.password) == ("bea@example.org", "hunter/2")
    assert "hunter" not in repr(server)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_a_password_may_go_unencrypted_to_this_machine(host: str) -> None:
    assert SmtpServer.parse(f"smtp://bea:hunter2@{host}").password == "hunter2"


@pytest.mark.parametrize(
    "url",
    [
        "smtp://bea:hunter2@mail.example.org",
        "smtp://bea:hunter2@192.0.2.1",
        "smtp://bea:hunter2@localhost.example.org",
        "http://bea:hunter2@mail.example.org",
        "bea:hunter2@mail.example.org",
        "smtps://bea:hunter2@mail.example.org:99999",
        "smtps://bea:hunter2@mail.example.org/path",
        "smtps://bea:hunter2@mail.example.org?query",
        "smtps://bea:hunter2@",
        "smtps://bea:hunter2@[::1",
        "smtps://bea@mail.example.org",
        "smtps://:hunter2@mail.example.org",
        "smtps://bea:hunter2%0d%0aQUIT@mail.example.org",
        "",
    ],
)
def test_a_url_that_will_not_do_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="must ") as caught:
        SmtpServer.parse(url)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("invites@example.org", "", "invites@example.org"),
        ("The Example <invites@example.org>", "The Example", "invites@example.org"),
        ('"Example, Inc." <invites@example.org>', "Example, Inc.", "invites@example.org"),
        ("Büro <invites@example.org>", "Büro", "invites@example.org"),
    ],
)
def test_a_sender_is_an_address_perhaps_with_a_name(text: str, name: str, address: str) -> None:
    found = sender(text)

    assert (found.display_name, found.addr_spec) == (name, address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nobody",
        "a@example.org, b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "bücher@example.org",
        "The Example <invites@>",
        "Friends: a@example.org;",
    ],
)
def test_a_sender_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be one address"):
        sender(text)

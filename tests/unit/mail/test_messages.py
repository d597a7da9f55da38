"""Messages: every header as it should be, and none that somebody else wrote."""

from dataclasses import fields, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mail.examples import LETTER, STAMP, letters, mail
from xrpc_invites.invites.outbox import Kind
from xrpc_invites.mail.messages import Envelope, UnmailableError, envelope

WRITER = letters()
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]
OURS = {
    "From": "The Example <invites@example.org>",
    "Subject": "You are invited to invites.example.org",
    "Date": "Thu, 01 Jan 2026 12:00:00 +0000",
    "Message-ID": "<1.abc@invites.example.org>",
    "Auto-Submitted": "auto-generated",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "Content-Language": "en",
}


def parsed(made: Envelope) -> EmailMessage:
    message = message_from_bytes(made.message, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_message_says_what_mail_programs_and_filters_ask_for() -> None:
    made = mail()

    message = parsed(made)
    assert message.keys() == HEADERS
    assert {name: message[name] for name in OURS} == OURS
    assert message["To"] == "ada@example.com"
    assert message["List-Unsubscribe"] == "<https://invites.example.org/opt-out/token-7-15>"
    assert (made.sender, made.recipient) == ("invites@example.org", "ada@example.com")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_any_server_can_take_the_bytes(language: str) -> None:
    made = mail(language=language, message="Grüße 🎈 " * 60, name="Jürgen")

    assert made.message.isascii()
    assert max(map(len, made.message.split(b"\r\n"))) <= 998
    assert b"\n" not in made.message.replace(b"\r\n", b"")


def test_long_urls_and_ids_stay_as_they_are() -> None:
    token, identity = "t" * 300, f"<{'i' * 200}@invites.example.org>"
    written = replace(WRITER.write(Kind.INVITATION, LETTER), opt_out=f"https://x.test/{token}")

    made = envelope(written, LETTER.email, replace(STAMP, id=identity))

    assert f"List-Unsubscribe: <https://x.test/{token}>\r\n".encode() in made.message
    assert f"Message-ID: {identity}\r\n".encode() in made.message


ENDS = st.sampled_from(["\r\n", "\r", "\n", "\r\n\r\n", "\x00", "\x0b", "\x85", "\u2028"])
HEADER = st.sampled_from(["Bcc: eve@example.net", "Subject: win", "X: y", " folded", ""])
INJECTED = st.tuples(st.text(max_size=8), ENDS, HEADER, ENDS, st.text(max_size=8)).map("".join)
TEXTS = [field.name for field in fields(LETTER) if field.name not in {"invitation", "expires_at"}]


@given(st.sampled_from(TEXTS), INJECTED, st.sampled_from(Kind))
def test_no_field_of_a_letter_changes_or_adds_a_header(field: str, text: str, kind: Kind) -> None:
    letter = replace(LETTER, **{field: text})  # type: ignore[arg-type]
    try:
        made = envelope(WRITER.write(kind, letter), letter.email, STAMP)
    except UnmailableError:
        assert field == "email"
        return

    message = parsed(made)
    assert message.keys() == HEADERS
    assert {name: message[name] for name in OURS if name != "Subject"} == {
        name: value for name, value in OURS.items() if name != "Subject"
    }
    assert message["Subject"] in {
        OURS["Subject"],
        "Your invitation to invites.example.org is still open",
    }
    assert "\n" not in made.recipient + made.sender


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@example..com",
        "ada@example.com\r\nBcc: eve@example.net",
        "ada\r\nBcc: eve@example.net@example.com",
        "a b@example.com",
        '"ada"@example.com',
        "ada,bea@example.com",
        "ada@[127.0.0.1]",
        "ada@" + "x" * 64 + ".com",
    ],
)
def test_what_is_no_address_gets_no_message(email: str) -> None:
    with pytest.raises(UnmailableError):
        mail(email=email)


def test_a_domain_beyond_ascii_is_written_in_ascii() -> None:
    made = mail(email="ada@bücher.example")

    assert made.recipient == "ada@xn--bcher-kva.example"
    assert not made.utf8


def test_a_name_beyond_ascii_is_marked() -> None:
    made = mail(email="jürgen@example.com")

    assert made.utf8
    assert made.recipient == "jürgen@example.com"
    assert "To: jürgen@example.com\r\n".encode() in made.message

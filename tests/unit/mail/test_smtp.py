"""What becomes of a mail, by what a real server does with it."""

import ssl
from datetime import timedelta

import pytest
import trustme

from tests.post_offices import DROP, HANG, PostOffice
from tests.unit.mail.certificates import certified
from tests.unit.mail.examples import mail
from xrpc_invites.invites.outbox import Accepted, Deferred, Outcome, Refused
from xrpc_invites.mail.servers import SmtpServer
from xrpc_invites.mail.smtp import Courier, said

pytestmark = pytest.mark.anyio

AUTHORITY = trustme.CA()
SOON = timedelta(milliseconds=300)
UNHURRIED = timedelta(minutes=1)


def courier(
    office: PostOffice,
    scheme: str = "smtp",
    *,
    login: str = "",
    trusts: bool = True,
    deadline: timedelta = UNHURRIED,
) -> Courier:
    context = ssl.create_default_context()
    if trusts:
        AUTHORITY.configure_trust(context)
    server = SmtpServer.parse(f"{scheme}://{login}127.0.0.1:{office.port}")
    return Courier(server, our_host="invites.example.org", tls=context, deadline=deadline)


async def sent(office: PostOffice, scheme: str = "smtp", **options: object) -> Outcome:
    """What becomes of one mail."""
    one = courier(office, scheme, **options)  # type: ignore[arg-type]
    try:
        return await one.send(mail())
    finally:
        await one.close()


async def test_a_mail_that_is_taken_arrives_as_it_was_written() -> None:
    with PostOffice().open() as office:
        outcome = await sent(office)

        message = office.taken()
    assert outcome == Accepted()
    assert message["To"] == "ada@example.com"
    text, html = message.iter_parts()
    assert "https://invites.example.org/i/invites-abcde-fghij" in text.get_content()
    assert "https://invites.example.org/i/invites-abcde-fghij" in html.get_content()


@pytest.mark.parametrize("stage", ["to_recipient", "to_data"])
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 5.1.1 no such mailbox", Refused("550 5.1.1 no such mailbox")),
        ("554 looks like spam", Refused("554 looks like spam")),
        ("451 4.7.1 greylisted, come again", Deferred("451 4.7.1 greylisted, come again")),
        ("421 closing", Deferred("421 closing")),
        ("530 5.7.0 authentication required", Deferred("530 5.7.0 authentication required")),
        (DROP, Deferred("the connection was lost")),
    ],
)
async def test_what_a_server_says_decides(stage: str, answer: str, outcome: Outcome) -> None:
    office = PostOffice(**{stage: lambda _recipient: answer})  # type: ignore[arg-type]

    with office.open():
        assert await sent(office) == outcome


@pytest.mark.parametrize("stage", ["to_recipient", "to_data"])
async def test_a_server_that_hangs_costs_the_deadline_and_no_more(stage: str) -> None:
    office = PostOffice(**{stage: lambda _recipient: HANG})  # type: ignore[arg-type]

    with office.open():
        assert await sent(office, deadline=SOON) == Deferred("the server took too long")


async def test_a_server_that_is_away_defers() -> None:
    with PostOffice().open() as office:
        pass

    assert await sent(office) == Deferred("the server cannot be reached")


@pytest.mark.parametrize(
    ("scheme", "first", "encrypted"),
    [("smtp", False, True), ("starttls", False, True), ("smtps", True, True)],
)
async def test_a_connection_is_encrypted_as_the_url_says(
    scheme: str,
    first: bool,  # noqa: FBT001
    encrypted: bool,  # noqa: FBT001
) -> None:
    office = PostOffice(certificate=certified(AUTHORITY), tls_first=first)

    with office.open():
        assert await sent(office, scheme) == Accepted()
    assert office.encrypted == [encrypted]


@pytest.mark.parametrize(("scheme", "first"), [("starttls", False), ("smtps", True)])
@pytest.mark.parametrize("host", ["127.0.0.1", "elsewhere.test"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    scheme: str,
    first: bool,  # noqa: FBT001
    host: str,
) -> None:
    office = PostOffice(certificate=certified(AUTHORITY, host), tls_first=first)

    with office.open():
        outcome = await sent(office, scheme, trusts=host != "127.0.0.1")

    assert isinstance(outcome, Deferred)
    assert outcome.said.startswith("TLS failed: ")
    assert office.seen == []


async def test_without_encryption_nothing_is_sent_where_it_is_demanded() -> None:
    with PostOffice().open() as office:
        outcome = await sent(office, "starttls")

    assert isinstance(outcome, Deferred)
    assert "STARTTLS" in outcome.said
    assert office.seen == []


async def test_a_server_is_told_the_password_that_the_url_holds() -> None:
    with PostOffice(login=("bea@example.org", "p:a/s%s")).open() as office:
        taken = await sent(office, login="bea%40example.org:p%3Aa%2Fs%25s@")
        wrong = await sent(office, login="bea%40example.org:wrong-password@")

    assert taken == Accepted()
    assert wrong == Deferred("the server does not take the credentials (535)")
    assert set(office.logins) == {"bea@example.org"}


async def test_one_connection_carries_many_mails_also_past_a_refusal() -> None:
    office = PostOffice(
        to_recipient=lambda name: "550 unknown" if name == "bad@example.com" else "250 ok"
    )
    with office.open():
        one = courier(office)
        outcomes = [
            await one.send(mail(email=email))
            for email in ("ada@example.com", "bad@example.com", "bea@example.com")
        ]
        await one.close()

    assert outcomes == [Accepted(), Refused("550 unknown"), Accepted()]
    assert office.connections == 1


@pytest.mark.parametrize("answer", ["421 too many", DROP])
async def test_a_connection_that_ended_meanwhile_says_nothing_about_the_next_mail(
    answer: str,
) -> None:
    answers = iter([answer, "250 ok"])
    with PostOffice().open() as office:
        one = courier(office)
        assert await one.send(mail()) == Accepted()
        # The server ends the connection before it hears of the next mail.
        office.to_sender = lambda: next(answers)

        assert await one.send(mail()) == Accepted()
        await one.close()

    assert office.connections == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [("550 not for you", "550 not for you"), (DROP, "the connection was lost")],
)
async def test_who_sends_is_no_fault_of_the_mails(answer: str, said: str) -> None:
    with PostOffice(to_sender=lambda: answer).open() as office:
        assert await sent(office) == Deferred(said)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("invites.example.org", "invites.example.org"),
        ("192.0.2.1", "[192.0.2.1]"),
        ("[2001:db8::1]", "[IPv6:2001:db8::1]"),
    ],
)
async def test_we_greet_by_our_name_or_by_an_address_in_brackets(host: str, name: str) -> None:
    with PostOffice().open() as office:
        server = SmtpServer.parse(f"smtp://127.0.0.1:{office.port}")
        one = Courier(server, our_host=host)
        await one.send(mail())
        await one.close()

    assert office.greetings == [name]


async def test_a_name_beyond_ascii_needs_a_server_that_knows_it() -> None:
    with PostOffice().open() as office:
        one = courier(office)
        knows = await one.send(mail(email="jürgen@bücher.example"))
        await one.close()
    with PostOffice(utf8=False).open() as plain:
        one = courier(plain)
        does_not = await one.send(mail(email="jürgen@bücher.example"))
        await one.close()

    assert knows == Accepted()
    assert office.seen[0][0] == "jürgen@xn--bcher-kva.example"
    assert does_not == Refused("the server takes no addresses beyond ASCII")


async def test_looking_at_a_server_sends_nothing() -> None:
    with PostOffice(login=("bea", "right")).open() as office:
        well, unwell = courier(office, login="bea:right@"), courier(office, login="bea:wrong@")

        found = [await well.look(), await unwell.look()]
        await well.close()

    assert found == [None, "the server does not take the credentials (535)"]
    assert office.seen == []


def test_what_a_server_says_is_kept_short_printable_and_without_addresses() -> None:
    shown = said("550 <ada.l@example.com>: user ADA.L\r\n\x1b[31m is unknown", "ada.l@example.com")
    link = said("554 blocked https://invites.example.org/i/code-abcde")

    assert shown == "550 … user … [31m is unknown"
    assert link == "554 blocked …"
    assert len(said("x" * 99_999)) == 300

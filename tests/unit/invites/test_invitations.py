"""Where an invitation stands, who may have one, and what a mail may say."""

from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.storage.books import NOON, code
from xrpc_invites.invites.invitations import (
    Delivery,
    Invitation,
    InvitationRefusal,
    Invited,
    Invitee,
    Standing,
    link,
    linkless,
    named,
    why_not_invited,
    why_not_mailed,
)
from xrpc_invites.invites.model import InviteCode, Terms
from xrpc_invites.invites.status import described

PAST = Terms(expires_at=NOON)


def invited(
    made: InviteCode, delivery: Delivery = Delivery.SENT, *, owner_available: bool = True
) -> Invited:
    kept = Invitation(
        id=1,
        key=made.key,
        email="ada@mail.test",
        invited_by="admin",
        credentials="password",
        generated_at=NOON,
        delivery=delivery,
    )
    return Invited(kept, described(made, now=NOON, owner_available=owner_available))


@pytest.mark.parametrize("delivery", Delivery)
def test_an_invitation_that_nothing_happened_to_stands_as_its_mail_does(delivery: Delivery) -> None:
    assert invited(code("c"), delivery).standing == delivery.value


@pytest.mark.parametrize(
    ("made", "standing"),
    [
        (code("c", use_count=1, available=2, disabled=True, terms=PAST), Standing.USED),
        (code("c", disabled=True, terms=PAST), Standing.REVOKED),
        (code("c", terms=PAST), Standing.EXPIRED),
        (code("c", pending=1), Standing.SENT),
    ],
)
def test_the_first_that_holds_is_where_it_stands(made: InviteCode, standing: Standing) -> None:
    assert invited(made).standing is standing


def test_an_invitation_of_an_account_that_is_gone_is_revoked() -> None:
    assert invited(code("c"), owner_available=False).standing is Standing.REVOKED


LIVE = invited(code("c"))
USED = invited(code("c", use_count=1))
OVER = [invited(code("c", terms=PAST)), invited(code("c", disabled=True))]


@pytest.mark.parametrize(
    ("known", "once", "again"),
    [
        (Invitee(), None, None),
        (Invitee(invited=OVER), None, None),
        (Invitee(invited=[LIVE, *OVER]), InvitationRefusal.ALREADY_INVITED, None),
        (Invitee(invited=[*OVER, USED]), InvitationRefusal.ALREADY_MEMBER, None),
        (
            Invitee(member=True, invited=[USED]),
            InvitationRefusal.ALREADY_MEMBER,
            InvitationRefusal.ALREADY_MEMBER,
        ),
        (Invitee(opted_out=True), InvitationRefusal.OPTED_OUT, InvitationRefusal.OPTED_OUT),
    ],
    ids=["nobody", "over", "live", "joined", "member", "opted out"],
)
def test_who_is_not_invited_again(
    known: Invitee, once: InvitationRefusal | None, again: InvitationRefusal | None
) -> None:
    assert why_not_invited(known, again=False) is once
    assert why_not_invited(known, again=True) is again


def test_nothing_is_mailed_about_an_invitation_that_has_ended() -> None:
    assert why_not_mailed(LIVE) is None
    assert [why_not_mailed(one) for one in [USED, *OVER]] == [
        InvitationRefusal.USED,
        InvitationRefusal.EXPIRED,
        InvitationRefusal.REVOKED,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "HTTP://X",
        "see www.example",
        "go to example.org now",
        "evil.com",
        "write to ada@mail",
        "a\x1b[31mred",
        "a\rb",
        "\u202eright to left",
        "zero\u200bwidth",
    ],
)
def test_what_looks_like_a_link_or_does_not_print_is_not_plain(text: str) -> None:
    assert not linkless(text)


@pytest.mark.parametrize(
    "text",
    ["We meet on Monday. Bring cake!", "日本語で。どうぞ", "1.5 hours, 3.4 km", "A\nB", "Dr. Ada"],
)
def test_plain_words_are_plain(text: str) -> None:
    assert linkless(text)


@given(st.text(), st.from_regex(r"[a-z]{1,8}\.[a-z]{2,5}", fullmatch=True), st.text())
def test_no_words_around_a_host_hide_it(before: str, host: str, after: str) -> None:
    assert not linkless(before + host + after)


def test_the_server_is_not_named_as_an_inviter() -> None:
    assert [named(name, None) for name in ("admin", "local:root", "did:web:gone.test")] == [
        None
    ] * 3
    assert named("the team", None) == "the team"
    assert named("did:web:ada.test", "ada.test") == "@ada.test"


def test_a_link_holds_any_code() -> None:
    assert link("https://x.test", "a b/c?d#é") == "https://x.test/i/a%20b%2Fc%3Fd%23%C3%A9"


def test_an_account_invites_under_its_own_name_alone() -> None:
    of_account = replace(LIVE.invitation, invited_by="did:web:a.test", credentials="did:web:a.test")

    assert of_account.by_account
    assert not LIVE.invitation.by_account


def test_an_invitation_ends_by_the_clock() -> None:
    ending = code("c", terms=Terms(expires_at=NOON + timedelta(milliseconds=1)))

    assert invited(ending).live

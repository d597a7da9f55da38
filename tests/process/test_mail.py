"""Mail as an operator has it: set up by the environment, sent by a server, once."""

import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from tests.post_offices import PostOffice
from tests.processes import SECRETS, ServerProcess, command, serving
from tests.servers import ADMIN
from tests.unit.mail.certificates import certified

FROM = {"INVITES_MAIL_FROM": "The Example <invites@example.org>"}
PATIENCE = 10_000
"""Requests that are made before a test gives up on what it waits for."""


def settings(office: PostOffice) -> dict[str, str]:
    return {**SECRETS, **FROM, "INVITES_SMTP_URL": f"smtp://127.0.0.1:{office.port}"}


def invite(server: ServerProcess, who: str, **fields: object) -> int:
    """Invite somebody; the id of the invitation."""
    body = {"invitations": [{"email": f"{who}@example.com", **fields}]}
    url = f"{server.url}/xrpc/org.xrpcinvites.createInvitations"
    answer = httpx.post(url, json=body, auth=ADMIN).raise_for_status().json()
    id_: int = answer["results"][0]["invitation"]["id"]
    return id_


def look(server: ServerProcess, id_: int) -> dict[str, Any]:
    url = f"{server.url}/xrpc/org.xrpcinvites.getInvitation"
    found: dict[str, Any] = httpx.get(url, params={"id": id_}, auth=ADMIN).json()
    return found


def until_sent(server: ServerProcess, id_: int) -> dict[str, Any]:
    """The invitation, once its mail is known to be sent."""
    found: dict[str, Any] = {}
    for _ in range(PATIENCE):
        found = look(server, id_)
        if found["status"] == "sent":
            return found
    raise AssertionError(found)


def test_an_invitation_is_mailed_and_shown_as_sent(tmp_path: Path) -> None:
    with PostOffice().open() as office, serving(tmp_path, **settings(office)) as server:
        id_ = invite(server, "ada", name="Ada", language="de")
        mail = office.taken()
        found = until_sent(server, id_)

    assert mail["To"] == "ada@example.com"
    assert mail["From"] == "The Example <invites@example.org>"
    assert mail["Subject"] == "Einladung zu localhost"
    assert found["url"] in next(mail.iter_parts()).get_content()
    assert found["sendCount"] == 1
    assert "ada@" not in str(server.log)
    assert "mail_sent" in str(server.log)


def test_a_server_killed_before_it_wrote_down_what_was_sent_sends_that_again(
    tmp_path: Path,
) -> None:
    """The one case of a second mail, under the same Message-ID; nothing else comes twice."""
    office = PostOffice()
    with office.open():
        with serving(tmp_path, **settings(office)) as server:
            until_sent(server, invite(server, "ada"))

            def killing(_recipient: str) -> str:
                # The mail is taken, and nobody is left to hear of it.
                os.killpg(server.process.pid, signal.SIGKILL)
                return "250 taken"

            office.to_data = killing
            killed = invite(server, "bea")
            server.process.wait(60)
            office.to_data = lambda _recipient: "250 taken"

        with serving(tmp_path, **settings(office)) as early:
            leased = look(early, killed)["status"]
            until_sent(early, invite(early, "cleo"))
            before_the_lease_ends = [recipient for recipient, _ in office.seen]
        with serving(tmp_path, **settings(office), INVITES_CLOCK_OFFSET="PT6M") as late:
            found = until_sent(late, killed)

    assert leased == "queued"
    assert before_the_lease_ends == ["ada@example.com", "bea@example.com", "cleo@example.com"]
    recipients = [recipient for recipient, _ in office.seen]
    assert recipients == [*before_the_lease_ends, "bea@example.com"]
    ids = [id_ for _, id_ in office.seen]
    assert ids[1] == ids[3]
    assert len(set(ids)) == 3
    assert found["sendCount"] == 1


def test_a_mail_is_followed_by_one_reminder_and_its_reader_can_opt_out(tmp_path: Path) -> None:
    with PostOffice().open() as office:
        given = settings(office) | {"INVITES_REMIND_AFTER": "PT1S"}
        with serving(tmp_path, **given) as server:
            invite(server, "ada", name="Ada")
            first, second = office.taken(), office.taken()
            url = str(first["List-Unsubscribe"]).strip("<>")
            xrpc = f"{server.url}/xrpc/org.xrpcinvites"
            token = {"token": url.rpartition("/")[2]}
            opted_out = httpx.post(f"{xrpc}.optOut", json=token)
            again = {"invitations": [{"email": "ada@example.com"}], "again": True}
            refused = httpx.post(f"{xrpc}.createInvitations", json=again, auth=ADMIN).json()

    assert url.startswith("http://localhost")
    assert "/opt-out/" in url
    assert first["Subject"] == "You are invited to localhost"
    assert second["Subject"] == "Your invitation to localhost is still open"
    assert first["Message-ID"] != second["Message-ID"]
    assert opted_out.status_code == 200
    assert refused["results"][0]["reason"] == "opted-out"


@pytest.mark.parametrize(
    ("limited", "statuses"), [("true", {"sent", "queued"}), ("false", {"sent"})]
)
def test_a_full_rate_has_mails_wait_where_limits_are_on(
    tmp_path: Path, limited: str, statuses: set[str]
) -> None:
    rates = {
        "INVITES_RATE_LIMITS": limited,
        "INVITES_LIMIT_MAIL_OPERATOR": "9/day",
        "INVITES_LIMIT_MAIL_DOMAIN": "1/hour; 5/day",
    }
    with PostOffice().open() as office, serving(tmp_path, **settings(office) | rates) as server:
        body = {"invitations": [{"email": f"{who}@example.com"} for who in ("ada", "bea")]}
        url = f"{server.url}/xrpc/org.xrpcinvites.createInvitations"
        made = httpx.post(url, json=body, auth=ADMIN).json()["results"]
        ids = [one["invitation"]["id"] for one in made]
        # Both were looked at when one of them was taken.
        for id_ in ids[: len(ids) if limited == "false" else 1]:
            until_sent(server, id_)
        found = {look(server, id_)["status"] for id_ in ids}

    assert found == statuses
    assert len(office.seen) == len(ids) - (limited == "true")


def test_mails_go_encrypted_by_the_trust_store_of_the_system(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    office = PostOffice(certificate=certified(authority), login=("bea", "p@ss word"))

    with office.open():
        url = f"starttls://bea:p%40ss%20word@127.0.0.1:{office.port}"
        trust = {"SSL_CERT_FILE": str(tmp_path / "ca.pem")}
        with serving(tmp_path, **SECRETS, **FROM, **trust, INVITES_SMTP_URL=url) as server:
            until_sent(server, invite(server, "ada"))
            log = str(server.log)

    assert office.encrypted == [True]
    assert "p@ss" not in log
    assert "p%40ss" not in log


@pytest.mark.parametrize("workers", ["1", "2"])
def test_without_a_mail_server_that_is_said_once(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, "--workers", workers, **SECRETS) as server:
        id_ = invite(server, "ada")
        found = look(server, id_)

    assert found["status"] == "draft"
    assert "sentAt" not in found
    assert found["url"].startswith("http://")
    assert str(server.log).count("mail_off") == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"INVITES_SMTP_URL": "smtps://bea:hunter2@mail.test"}, "INVITES_MAIL_FROM: must be set"),
        (
            {"INVITES_SMTP_URL": "smtp://bea:hunter2@mail.test", **FROM},
            "INVITES_SMTP_URL: must be starttls:// or smtps://",
        ),
        ({"INVITES_MAIL_FROM": "nobody"}, "INVITES_MAIL_FROM: must be one address"),
        ({"INVITES_MAIL_TEMPLATES": "/nowhere/at/all"}, "INVITES_MAIL_TEMPLATES: "),
        ({"INVITES_LIMIT_MAIL_DOMAIN": "some"}, "INVITES_LIMIT_MAIL_DOMAIN: must be a number"),
        ({"INVITES_REMIND_AFTER": "0"}, "INVITES_REMIND_AFTER: "),
    ],
)
def test_a_setting_of_mail_that_is_wrong_stops_the_start(
    tmp_path: Path, given: dict[str, str], said: str
) -> None:
    ended = command(tmp_path, "serve", "--port", "0", **SECRETS, **given)

    assert ended.returncode == 78
    assert said in ended.stderr
    assert "hunter2" not in ended.stderr


def test_a_template_that_is_wrong_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "reminder.html").write_text("{{ url }} {{ nobody }}")

    ended = command(
        tmp_path,
        *("serve", "--port", "0"),
        **SECRETS,
        **FROM,
        INVITES_SMTP_URL="smtp://localhost",
        INVITES_MAIL_TEMPLATES="mail",
    )

    assert ended.returncode == 78
    assert "reminder in en: 'nobody' is undefined" in ended.stderr
    assert "Traceback" not in ended.stderr

"""Two hundred people are invited to a community, by a file, and some of them come."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from tests.clients.node_programs import outcome
from tests.commands import SIGN_UP, Ended, Place
from tests.post_offices import PostOffice
from tests.processes import SECRETS, serving

PEOPLE = 200
LANGUAGES = ("en", "de", "fr", "es", "pt-BR", "ja", "nl", "")
SUBJECTS = {
    "en": "You are invited to localhost",
    "de": "Einladung zu localhost",
    "fr": "Invitation à rejoindre localhost",
    "es": "Invitación a localhost",
    "pt-BR": "Convite para participar em localhost",
    "ja": "localhost への招待が届いています",
    "nl": "You are invited to localhost",
    "": "You are invited to localhost",
}
BOUNCES = "p100@mail.test"
BROKEN = {20: "p18-at-mail.test,Person 18", 90: "p88@mail.test,see evil.com", 150: ",Person 148"}
"""Rows that are wrong at first, by their lines."""
PATIENCE = 10_000
"""Looks at what a server does by itself, each of which takes a while."""
V2 = "/api/v2/account/create/"
PASSWORD = "Analytical-1843"


def row(number: int) -> str:
    language = LANGUAGES[number % len(LANGUAGES)]
    role = "editor" if number % 10 == 0 else ""
    return f'p{number}@mail.test,Person {number},{role},"founders;wave {number % 2}",{language}'


def table(folder: Path, *, broken: Mapping[int, str]) -> str:
    lines = ["email,name,role,tags,language", *(row(number) for number in range(PEOPLE))]
    for line, text in broken.items():
        lines[line - 1] = f"{text},,,"
    file = folder / "people.csv"
    file.write_text("\n".join(lines))
    return str(file)


@contextmanager
def community(folder: Path, office: PostOffice) -> Iterator[Place]:
    settings = {
        **SECRETS,
        "INVITES_DATA_DIR": str(folder),
        "INVITES_SMTP_URL": f"smtp://127.0.0.1:{office.port}",
        "INVITES_MAIL_FROM": "Community <invites@example.org>",
        "INVITES_MAIL_COOL_DOWN": "PT0S",
    }
    with serving(folder, **settings) as server:
        yield Place(folder, settings, server.url)


def said(ended: Ended) -> Any:
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def until(place: Place, status: str, count: int) -> list[dict[str, Any]]:
    """The invitations that stand so, once there are so many."""
    found: list[dict[str, Any]] = []
    for _ in range(PATIENCE):
        found = invitations(place, "--status", status)
        if len(found) == count:
            return found
    raise AssertionError(len(found))


def invitations(place: Place, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = said(
        place.there("invitations", "list", "--json", "--limit", "500", *words)
    )["invitations"]
    return found


def code_in(mail: EmailMessage) -> str:
    found = re.search(r"/i/(\S+)", next(mail.iter_parts()).get_content())
    assert found
    return found[1]


def person(number: int) -> str:
    return f"p{number}@mail.test"


def preview(place: Place) -> None:
    """It tells of the three rows that are wrong, and nobody is invited because of them."""
    ended = place.there("invitations", "import", table(place.folder, broken=BROKEN), "--yes")

    assert ended.returncode == 1
    assert [int(n) for n in re.findall(r"people\.csv:(\d+): ", ended.stderr)] == [*BROKEN]
    assert invitations(place) == []


def invite(place: Place, office: PostOffice) -> Mapping[str, EmailMessage]:
    """Put right, all are invited, each by a mail in their own language; one mail bounces."""
    file = table(place.folder, broken={})
    report = said(place.there("invitations", "import", file, "--yes", "--json"))

    assert report["counts"]["invited"] == PEOPLE
    mails = {str(mail["To"]): mail for mail in (office.taken() for _ in range(PEOPLE - 1))}
    assert mails.keys() == {person(n) for n in range(PEOPLE)} - {BOUNCES}
    for number in (n for n in range(PEOPLE) if person(n) != BOUNCES):
        assert mails[person(number)]["Subject"] == SUBJECTS[LANGUAGES[number % len(LANGUAGES)]]
    [failed] = until(place, "failed", 1)
    assert (failed["email"], failed["failure"]) == (BOUNCES, "550 5.1.1 no such mailbox")
    until(place, "sent", PEOPLE - 1)
    return mails


def send_again(place: Place, office: PostOffice, first: EmailMessage) -> None:
    """A second mail to somebody has the link of the first, which still works."""
    [lost] = [one for one in invitations(place) if one["email"] == first["To"]]
    said(place.there("invitations", "send", str(lost["id"]), "--json"))

    assert code_in(office.taken()) == code_in(first) == lost["code"]
    assert lost["code"] in httpx.get(f"{place.url}/i/{code_in(first)}").text


def join(place: Place, number: int, code: str) -> None:
    """Somebody signs up as any client does."""
    asked = {"handle": f"member{number}.test", "email": person(number), "password": PASSWORD}
    joined = httpx.post(f"{place.url}{SIGN_UP}", json={**asked, "inviteCode": code})
    assert joined.status_code == 200, joined.text


def join_by_v2(place: Place, number: int, code: str, token: str) -> None:
    """Somebody is signed up by a program of the other interface."""
    fields = {"username": f"member{number}", "email": person(number), "password": PASSWORD}
    headers = {"Authorization": f"Token {token}"}
    asked = {**fields, "invite_code": code}
    made = httpx.post(f"{place.url}{V2}", json=asked, headers=headers)
    assert made.status_code == 201, made.text


def look(place: Place, token: str) -> None:
    """The list shows who came and what they were given, and so does the client of v2."""
    used = invitations(place, "--status", "used")

    assert {one["email"]: one["usedBy"] for one in used} == {
        person(number): f"did:web:member{number}.test" for number in range(5, 12)
    }
    [tenth] = [one for one in used if one["email"] == person(10)]
    assert (tenth["role"], tenth["tags"]) == ("editor", ["founders", "wave 0"])
    seen = outcome("lookup.mjs", place.url, token, *(one["code"] for one in used))
    assert [one["user"]["ext_id"] for one in seen] == [one["usedBy"] for one in used]
    assert all(one["used_at"] and one["sent_at"] for one in seen)


def test_two_hundred_people_are_invited_and_some_of_them_come(tmp_path: Path) -> None:
    office = PostOffice(
        to_recipient=lambda email: "550 5.1.1 no such mailbox" if email == BOUNCES else "250 taken"
    )
    with office.open(), community(tmp_path, office) as place:
        preview(place)
        mails = invite(place, office)
        send_again(place, office, mails[person(7)])
        token = place.there("tokens", "create", "team", "--role", "issuer").stdout.strip()
        for number in range(5, 10):
            join(place, number, code_in(mails[person(number)]))
        for number in (10, 11):
            join_by_v2(place, number, code_in(mails[person(number)]), token)
        look(place, token)

        # The same file once more invites nobody.
        file = table(tmp_path, broken={})
        again = place.there("invitations", "import", file, "--yes")
        assert "nobody is invited" in again.stderr
        assert len(invitations(place)) == PEOPLE

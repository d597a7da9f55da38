"""Invitations and tags from the command line: at the database, and by a server, all the same."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import SIGN_UP, Ended, Place
from tests.process.test_terminal import seen

_numbers = itertools.count(1)
WAYS = pytest.mark.parametrize("way", ["here", "there"])


def somebody() -> str:
    """An address that nobody has yet."""
    return f"guest{next(_numbers)}@mail.test"


def table(place: Place, *lines: str, name: str = "people.csv") -> str:
    """A file of people; its path."""
    file: Path = place.folder / name
    file.write_bytes("".join(f"{line}\r\n" for line in lines).encode("utf-8-sig"))
    return str(file)


def imported(place: Place, way: str, *words: str, stdin: str | bytes | None = None) -> Ended:
    ended: Ended = getattr(place, way)("invitations", "import", *words, stdin=stdin)
    return ended


def outcomes(ended: Ended) -> dict[int, str]:
    """What became of each line, by the report for programs."""
    return {
        row["line"]: row.get("reason", row["outcome"])
        for row in json.loads(ended.stdout)["results"]
    }


def listed(place: Place, *words: str) -> list[dict[str, Any]]:
    answer = json.loads(place.both("invitations", "list", "--json", *words).stdout)
    found: list[dict[str, Any]] = answer["invitations"]
    return found


@WAYS
def test_a_file_of_a_spreadsheet_is_imported(place: Place, way: str) -> None:
    one, two = somebody(), somebody()
    file = table(
        place,
        "Name, TAGS,Email,language,Role",
        f'Ada Ånström,"press; {way}",{one},pt-BR,editor',
        ",,,,",
        f',"press,{way}",{two},,',
    )

    terms = ("--uses", "2", "--expires", "2099-12-31", "--no-send", "--yes")
    ended = imported(place, way, file, *terms)

    assert ended.returncode == 0, ended.stderr
    head, first, second = (line.split("\t") for line in ended.stdout.splitlines())
    assert head == ["line", "email", "outcome", "id", "link", "why"]
    assert (first[:3], second[:3]) == (["2", one, "invited"], ["4", two, "invited"])
    assert ended.stderr.splitlines()[-2:] == ["can be invited: 2", "invited: 2"]
    shown = json.loads(place.both("invitations", "show", first[3], "--json").stdout)
    assert shown["url"] == first[4]
    assert (shown["name"], shown["role"], shown["language"]) == ("Ada Ånström", "editor", "pt-BR")
    assert (shown["tags"], shown["expiresAt"]) == (["press", way], "2099-12-31T00:00:00.000Z")
    code = json.loads(place.both("codes", "show", shown["code"], "--json").stdout)["code"]
    assert code["available"] == 2
    assert [one["email"] for one in listed(place, "--tag", way)] == [two, one]


@WAYS
def test_a_dry_run_tells_of_each_line_and_invites_nobody(place: Place, way: str) -> None:
    email = somebody()
    file = table(place, "email,name", f"{email},Ada", "nobody,Bob")

    people = imported(place, way, file, "--dry-run")
    programs = imported(place, way, file, "--dry-run", "--json")

    assert people.returncode == programs.returncode == 1
    assert people.stdout.splitlines()[1] == f"2\t{email}\tAda\t\t\t\tcan be invited"
    assert people.stdout.splitlines()[2].startswith("3\tnobody\tBob\t\t\t\temail: is no address")
    report = json.loads(programs.stdout)
    assert (report["dryRun"], report["rows"]) == (True, 2)
    assert outcomes(programs) == {2: "invited", 3: "invalid-email"}
    assert listed(place, "--text", email) == []


BROKEN = [
    ("not an address,,,,,", "email: is no address that an account can have; write one like ada@"),
    (",Ada,,,,", "email: is empty; write one like ada@example.org"),
    ("{},see evil.com,,,,", "name: is not one line of plain text without links; write the name"),
    (f"{{}},,{'r' * 65},,,", "role: must have at most 64 bytes, got 65"),
    (f'{{}},,,"a;{"t" * 65}",,', "tags 2: must have at most 64 characters, got 65"),
    ("{},,,,klingonese!,", "language: is none; write it like de or pt-BR, or leave it empty"),
    ("{},,,,,http://evil.example", "note: has a link or an address; write plain text"),
    ("{},,,one,two,de,", "has 7 cells, and the head has 6; a cell with a comma"),
]


@pytest.mark.parametrize(("line", "said"), BROKEN, ids=[said[:20] for _, said in BROKEN])
def test_a_row_that_is_wrong_says_the_line_the_column_and_what_to_write(
    place: Place, line: str, said: str
) -> None:
    good = somebody()
    file = table(
        place, "email,name,role,tags,language,note", f"{good},,,,,", line.format(somebody())
    )

    kept_out = imported(place, "here", file, "--yes")
    none_yet = listed(place, "--text", good)
    partial = imported(place, "there", file, "--yes", "--partial")

    for ended in (kept_out, partial):
        assert ended.returncode == 1
        assert f"{file}:3: {said}" in ended.stderr
    assert kept_out.stdout.splitlines()[1] == f"2\t{good}\tnot-asked\t\t\t"
    assert "nobody is invited" in kept_out.stderr
    assert none_yet == []
    assert "invited: 1, refused: 1" in partial.stderr
    assert len(listed(place, "--text", good)) == 1


def test_a_tag_that_is_not_active_is_for_nobody_new(place: Place) -> None:
    tag = f"old {next(_numbers)}"
    place.here("tags", "create", tag, "--inactive")

    ended = imported(place, "here", table(place, "email,tags", f"{somebody()},{tag}"), "--yes")

    assert ":2: tags: has one that is not active; leave it out" in ended.stderr


def test_a_file_that_is_wrong_as_a_whole_invites_nobody(place: Place) -> None:
    ended = imported(place, "here", table(place, "email,phone", f"{somebody()},1"), "--yes")

    assert ended.returncode == 1
    assert ":1: has the column 'phone', which an invitation does not have" in ended.stderr


@WAYS
def test_nobody_is_invited_twice_unless_again(place: Place, way: str) -> None:
    guest, member = somebody(), f"{place.account()}@mail.test"
    file = table(place, "email", guest, member)

    first = imported(place, way, file, "--yes", "--json")
    second = imported(place, way, file, "--json")
    again = imported(place, way, file, "--yes", "--json", "--again")

    assert first.returncode == second.returncode == again.returncode == 0
    assert outcomes(first) == {2: "invited", 3: "already-member"}
    assert outcomes(second) == {2: "already-invited", 3: "already-member"}
    assert "can be invited: 0, passed over: 2" in second.stderr
    assert outcomes(again) == {2: "invited", 3: "already-member"}
    assert len(listed(place, "--text", guest)) == 2


def test_an_address_that_comes_twice_is_found_however_far_apart(place: Place) -> None:
    people = [f"far{number}@mail.test" for number in range(1_200)]
    file = table(place, "email", *people, "FAR3@mail.test", "far1199@mail.test")

    ended = imported(place, "here", file, "--dry-run")

    assert ended.returncode == 1
    assert f"{file}:1202: email: stands on line 5 already; take one of the two out" in ended.stderr
    assert f"{file}:1203: email: stands on line 1201 already" in ended.stderr
    assert "can be invited: 1200, bad rows: 2" in ended.stderr


@WAYS
def test_people_are_invited_once_somebody_agrees(place: Place, way: str) -> None:
    email = somebody()
    file = table(place, "email", email)

    refused = imported(place, way, file, stdin="n\n")
    nobody = imported(place, way, file, stdin="")
    before = listed(place, "--text", email)
    agreed = imported(place, way, file, stdin="y\n")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Invite 1 person? [y/N] " in refused.stderr
    assert nobody.stderr.endswith("nobody is invited; say --yes where nobody can answer\n")
    assert before == []
    assert agreed.returncode == 0
    assert len(listed(place, "--text", email)) == 1


@WAYS
def test_people_come_by_stdin_and_as_json(place: Place, way: str) -> None:
    one, two = somebody(), somebody()
    rows = [{"email": one, "tags": ["a, b"], "note": "Hello"}, {"email": two}]
    text = "".join(f"{json.dumps(row)}\n" for row in rows)

    ended = imported(place, way, "-", "--yes", "--json", stdin=text)

    report = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stderr
    assert report["counts"] == {"invited": 2, "refused": 0, "unknown": 0, "not-asked": 0}
    first, second = (row["invitation"] for row in report["results"])
    assert (first["email"], first["tags"], first["note"]) == (one, ["a, b"], "Hello")
    assert (second["email"], second["status"]) == (two, "draft")
    assert "this server sends no mail: hand the links on yourself" in ended.stderr


def test_a_file_that_is_not_there_is_no_import(place: Place) -> None:
    ended = imported(place, "here", str(place.folder / "missing.csv"))

    assert ended.returncode == 1
    assert "cannot read" in ended.stderr


def test_a_terminal_shows_first_what_would_be_done(place: Place) -> None:
    one, two = somebody(), somebody()
    file = table(place, "email,name", f"{one},Ada", f"{two},Bob")
    wide = {**place.settings, "COLUMNS": "300"}

    shown = seen(place.folder, ["invitations", "import", file, "--yes"], wide)

    preview, report = shown.split("can be invited: 2")
    assert [preview.count(text) for text in (one, "Ada", "can be invited", "/i/")] == [1, 1, 2, 0]
    assert report.count("/i/") == 2


@WAYS
def test_one_person_is_invited_shown_and_taken_back(place: Place, way: str) -> None:
    ask, email = getattr(place, way), somebody()
    words = ["--name", "Ada", "--role", "editor", "--tag", "a", "--tag", "b", "--language", "de"]
    made = json.loads(
        ask("invitations", "create", "--email", email, "--note", "Hi", *words, "--json").stdout
    )

    again = ask("invitations", "create", "--email", email)
    sent = ask("invitations", "send", f"{made['id']}")
    revoked = ask("invitations", "revoke", f"{made['id']}", "--reason", "typo")
    afresh = ask("invitations", "create", "--email", email)

    assert (made["name"], made["role"], made["tags"]) == ("Ada", "editor", ["a", "b"])
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("already-invited: ")
    assert sent.returncode == 1
    assert sent.stdout.splitlines()[1].split("\t")[:3] == [f"{made['id']}", "", "refused"]
    assert "status    revoked" in revoked.stdout
    assert f"link    {made['url'].rpartition('/')[0]}" in afresh.stdout
    assert "status    revoked" in place.both("invitations", "show", f"{made['id']}").stdout


def test_an_invitation_that_is_not_there_is_not_found(place: Place) -> None:
    for words in (["show"], ["revoke"]):
        ended = place.both("invitations", *words, "999999")

        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.startswith("InvitationNotFound: ")
    sent = place.both("invitations", "send", "999999", "--json")
    assert sent.returncode == 1
    assert "reason" in json.loads(sent.stdout)["results"][0]


def test_invitations_are_listed_by_what_they_are_like(place: Place) -> None:
    email, name = somebody(), f"joiner{next(_numbers)}"
    made = json.loads(
        place.here(
            "invitations", "create", "--email", email, "--name", f"Eve {name}", "--json"
        ).stdout
    )
    other = json.loads(place.there("invitations", "create", "--email", somebody(), "--json").stdout)
    body = {"handle": f"{name}.test", "email": email, "password": "pw"}
    place._post(SIGN_UP, body | {"inviteCode": made["code"]})

    [used] = listed(place, "--status", "used", "--text", name)
    ours = listed(place, "--invited-by", made["invitedBy"])
    cut = place.both("invitations", "list", "--limit", "1")

    assert (used["id"], used["usedBy"]) == (made["id"], f"did:web:{name}.test")
    assert made["id"] in {one["id"] for one in ours}
    assert other["id"] not in {one["id"] for one in ours}
    assert cut.stdout.splitlines()[0].split("\t")[:4] == ["id", "email", "name", "status"]
    assert len(cut.stdout.splitlines()) == 2
    assert "--limit" in cut.stderr


@WAYS
def test_tags_are_described_changed_and_deleted(place: Place, way: str) -> None:
    ask, name = getattr(place, way), f"tag {next(_numbers)}"
    known = ["--description", "What it means", "--color", "#ff8800", "--hidden", "--boost"]
    made = json.loads(ask("tags", "create", name, "--type", "category", *known, "--json").stdout)
    id_ = f"{made['id']}"

    taken = ask("tags", "create", name, "--type", "category")
    changed = ask("tags", "update", id_, "--name", f"{name} b", "--visible", "--no-color")
    before = place.both("tags", "list", "--type", "category").stdout
    deleted = json.loads(ask("tags", "delete", id_, "--json").stdout)
    gone = ask("tags", "delete", id_)

    assert made.pop("createdAt")
    assert made == {
        "id": int(id_),
        "name": name,
        "type": "category",
        "description": "What it means",
        "color": "#ff8800",
        "visible": False,
        "active": True,
        "visibilityBoost": True,
        "deleted": False,
    }
    assert (taken.returncode, taken.stderr[:9]) == (1, "TagTaken:")
    assert changed.returncode == 0, changed.stderr
    assert f"{id_}\t{name} b\tcategory\tWhat it means\t\tyes\tyes\tyes\t\t" in before
    assert deleted["deleted"] is True
    assert gone.stderr.startswith("TagNotFound: ")
    assert f"\n{id_}\t" not in place.both("tags", "list").stdout
    assert f"{id_}" in {
        line.split("\t")[0] for line in place.both("tags", "list", "--deleted").stdout.splitlines()
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["1"], "nothing to change"),
        (["1", "--color", "#112233", "--no-color"], "both given and taken away"),
        (["1", "--description", "x", "--no-description"], "both given and taken away"),
    ],
)
def test_a_change_of_a_tag_that_says_nothing_is_refused(
    place: Place, words: list[str], said: str
) -> None:
    ended = place.both("tags", "update", *words)

    assert ended.returncode == 2
    assert said in ended.stderr


def test_a_list_of_tags_that_goes_on_says_so(place: Place) -> None:
    for _ in range(2):
        place.here("tags", "create", f"tag {next(_numbers)}", "--type", "contribution")

    cut = place.both("tags", "list", "--type", "contribution", "--limit", "1", "--json")

    assert len(json.loads(cut.stdout)["tags"]) == 1
    assert "--limit" in cut.stderr

"""Codes from the command line: at the database, and by a server, with the same output."""

import json
from typing import Any

import pytest

from tests.commands import Place

DID = "did:web:nobody.test"


def made(place: Place, *options: str) -> list[str]:
    ended = place.here("codes", "create", *options)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


def shown(place: Place, code: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(place.both("codes", "show", code, "--json").stdout)
    return answer


def test_codes_are_made_one_a_line(place: Place) -> None:
    codes = made(place, "--count", "3", "--uses", "2")

    assert len(set(codes)) == 3
    assert all(code.startswith("localhost-") for code in codes)


def test_a_code_is_made_with_all_its_terms(place: Place) -> None:
    terms = ["--not-before", "2099-01-01", "--expires", "2099-12-31T12:00:00+01:00"]
    words = ["--note", "for a test of terms", "--role", "member", "--show-inviter"]
    lists = ["--tag", "a", "--tag", "b c", "--email-domain", "Example.org"]

    ended = place.there("codes", "create", "--for", DID, *terms, *words, *lists, "--json")
    [code] = json.loads(ended.stdout)["codes"]

    assert shown(place, code["code"].upper()) == {"code": code, "uses": []}
    assert code.pop("code").startswith("localhost-")
    assert code.pop("createdAt")
    assert code == {
        "status": "scheduled",
        "available": 1,
        "useCount": 0,
        "reservedCount": 0,
        "remaining": 1,
        "disabled": False,
        "forAccount": DID,
        "createdBy": "admin",
        "notBefore": "2099-01-01T00:00:00.000Z",
        "expiresAt": "2099-12-31T11:00:00.000Z",
        "note": "for a test of terms",
        "role": "member",
        "tags": ["a", "b c"],
        "emailDomains": ["example.org"],
        "showInviter": True,
    }


def test_what_a_date_was_taken_for_is_said(place: Place) -> None:
    ended = place.here("codes", "create", "--expires", "2099-12-31")

    assert ended.stderr.startswith("expires: 2099-12-31T00:00:00.000Z, in ")


def test_a_code_has_the_text_that_it_is_given(place: Place) -> None:
    by_option = made(place, "--code", "Own-Text-1")
    by_stdin = place.here("codes", "create", "--code", "-", stdin=b"  Own-Text-2\n")
    again = place.both("codes", "create", "--code", "own-text-l")

    assert by_option == ["Own-Text-1"]
    assert by_stdin.stdout == "Own-Text-2\n"
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("CodeTaken: ")


def test_a_list_shows_whole_codes(place: Place) -> None:
    codes = made(place, "--count", "2", "--note", "tab\tand\nline")

    lines = place.both("codes", "list", "--limit", "2").stdout.splitlines()

    assert lines[0].split("\t")[:3] == ["code", "status", "uses"]
    assert {line.split("\t")[0] for line in lines[1:]} == set(codes)
    assert all("\tactive\t0/1\tadmin\t\ttab\\tand\\nline\t" in line for line in lines[1:])


def test_a_list_is_narrowed_by_what_codes_are_like(place: Place) -> None:
    name = place.account()
    did = f"did:web:{name}.test"
    [one] = made(place, "--for", did, "--tag", "narrow", "--expires", "2099-01-01")
    [other] = made(place, "--for", did, "--tag", "wide", "--expires", "2098-01-01")
    place.here("codes", "disable", other)

    def listed(*options: str) -> list[str]:
        answer = place.both("codes", "list", "--json", *options)
        return [code["code"] for code in json.loads(answer.stdout)["codes"]]

    assert listed("--for", did) == [other, one]
    assert listed("--for", f"{name}.test", "--status", "active") == [one]
    assert listed("--for", did, "--sort", "expiry") == [other, one]
    assert listed("--tag", "narrow") == [one]
    assert listed("--for", did, "--created-after", "2099-01-01") == []
    assert listed("--for", did, "--created-before", "2099-01-01", "--by", "admin") == [other, one]
    assert listed("--for", did, "--by", did) == []


def test_codes_are_found_by_what_is_noted_and_by_how_they_begin(place: Place) -> None:
    made(place, "--code", "summer-camp", "--note", "The Beaches of Ålesund")

    by_note = place.both("codes", "search", "ålesund beach")
    by_code = place.both("codes", "search", "SUMMERC", "--json")
    nothing = place.both("codes", "search", "ålesund", "--status", "disabled", "--json")

    assert by_note.stdout.splitlines()[1].startswith("summer-camp\t")
    assert [code["code"] for code in json.loads(by_code.stdout)["codes"]] == ["summer-camp"]
    assert json.loads(nothing.stdout) == {"codes": []}


def test_a_list_that_goes_on_says_so(place: Place) -> None:
    made(place, "--count", "3", "--tag", "goes-on")

    cut = place.both("codes", "list", "--tag", "goes-on", "--limit", "2")
    whole = place.both("codes", "list", "--tag", "goes-on", "--limit", "3")

    assert "--limit" in cut.stderr
    assert whole.stderr == ""


def test_who_used_a_code_is_shown(place: Place) -> None:
    name = place.account()
    account = json.loads(place.here("accounts", "show", f"{name}.test", "--json").stdout)
    code = account["invitedBy"]["code"]

    assert f"\tdid:web:{name}.test\t{name}.test\n" in place.both("codes", "show", code).stdout
    assert [use["usedBy"] for use in shown(place, code)["uses"]] == [f"did:web:{name}.test"]


def test_what_is_changed_is_what_is_given(place: Place) -> None:
    [code] = made(place, "--note", "before", "--tag", "old", "--expires", "2099-01-01")

    place.there("codes", "update", code, "--uses", "5", "--tag", "new", "--role", "member")
    kept = shown(place, code)["code"]
    cleared = place.here(
        "codes", "update", code, "--no-expiry", "--no-note", "--no-role", "--no-tags", "--json"
    )

    assert (kept["available"], kept["tags"], kept["role"]) == (5, ["new"], "member")
    assert (kept["note"], kept["expiresAt"]) == ("before", "2099-01-01T00:00:00.000Z")
    after = json.loads(cleared.stdout)
    assert after["tags"] == []
    assert not {"expiresAt", "note", "role"} & after.keys()


def test_a_change_is_shown(place: Place) -> None:
    [code] = made(place)

    ended = place.here("codes", "update", code, "--email-domain", "example.org", "--show-inviter")
    hidden = place.here("codes", "update", code, "--no-email-domains", "--hide-inviter")

    assert "e-mail domains  example.org\ninviter shown   yes\n" in ended.stdout
    assert "domains" not in hidden.stdout
    assert "inviter" not in hidden.stdout


def test_codes_are_disabled_and_enabled_by_text_and_by_owner(place: Place) -> None:
    name = place.account()
    [one] = made(place)
    made(place, "--for", f"{name}.test", "--count", "2")

    off = place.there("codes", "disable", one, "--account", f"{name}.test", "--reason", "leaked")
    again = place.both("codes", "disable", one, "--json")
    reason = shown(place, one)["code"]["disabledReason"]
    on = place.here("codes", "enable", "--account", f"did:web:{name}.test", "--json")

    assert (off.returncode, off.stdout) == (0, "3 disabled\n")
    assert json.loads(again.stdout) == {"changed": 0}
    assert reason == "leaked"
    assert json.loads(on.stdout) == {"changed": 2}
    assert place.here("codes", "enable", one).stdout == "1 enabled\n"


def test_codes_that_nobody_should_see_come_by_stdin(place: Place) -> None:
    codes = made(place, "--count", "3")

    ended = place.here("codes", "disable", "-", stdin="\n\n".join(codes).encode())
    one = place.here("codes", "show", "-", "--json", stdin=f"{codes[0]}\n".encode())

    assert ended.stdout == "3 disabled\n"
    assert json.loads(one.stdout)["code"]["code"] == codes[0]


def test_more_codes_than_one_request_takes_are_disabled(place: Place) -> None:
    codes = made(place, "--count", "2000")
    unknown = [f"{'unknown' * 20}-{n}" for n in range(1_000)]

    ended = place.there("codes", "disable", "-", stdin="\n".join([*unknown, *codes]).encode())

    assert (ended.returncode, ended.stdout) == (0, "2000 disabled\n")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["codes", "show", "no-such-code"], 1, "CodeNotFound: "),
        (["codes", "update", "no-such-code", "--uses", "2"], 1, "CodeNotFound: "),
        (["codes", "create", "--uses", "0"], 2, "--uses"),
        (["codes", "create", "--count", "10001"], 2, "--count"),
        (["codes", "create", "--for", "ada"], 2, "handle must be"),
        (["codes", "create", "--for", "did:x"], 2, "forAccount must be a DID"),
        (["codes", "create", "--for", "nobody.test"], 1, "by its DID"),
        (["codes", "create", "--code", "a b c d"], 2, "code must be letters"),
        (["codes", "create", "--expires", "soon"], 2, "--expires"),
        (
            ["codes", "create", "--expires", "2099-01-01", "--not-before", "2099-01-02"],
            2,
            "expiresAt",
        ),
        (["codes", "create", "--email-domain", "*.example"], 2, "emailDomains[0]"),
        (["codes", "create", "--code", "-"], 2, "nothing on stdin"),
        (["codes", "disable"], 2, "--account"),
        (["codes", "disable", "--account", "admin"], 2, "handle must be"),
        (["codes", "enable", "-"], 2, "nothing on stdin"),
        (["codes", "update", "x", "--note", "y", "--no-note"], 2, "both given and taken away"),
        (["codes", "update", "x"], 2, "nothing to change"),
        (["codes", "list", "--sort", "oldest"], 2, "--sort"),
        (["codes", "list", "--status", "lost"], 2, "--status"),
        (["codes", "list", "--created-after", "x"], 2, "--created-after"),
        (["codes", "list", "--limit", "0"], 2, "--limit"),
        (["codes", "search"], 2, "Missing argument"),
        (["codes", "search", ""], 2, "must not be empty"),
        (["codes", "show", ""], 2, "must not be empty"),
    ],
)
def test_wrong_words_are_told_what_is_right(
    place: Place, arguments: list[str], status: int, said: str
) -> None:
    ended = place.both(*arguments)

    assert ended.returncode == status, ended.stderr
    assert said in " ".join(ended.stderr.replace("│", "").split()) or said in ended.stderr
    assert ended.stdout == ""

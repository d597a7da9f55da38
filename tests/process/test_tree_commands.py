"""Invite trees from the command line: at the database, and by a server, with the same output."""

import json

import pytest

from tests.commands import SIGN_UP, Place


def branch(place: Place) -> tuple[str, str, str]:
    """Two accounts, one of which invited the other, and the code between them."""
    inviter = place.account()
    code = f"of-{inviter}"
    did = f"did:web:{inviter}.test"
    place.here("codes", "create", "--code", code, "--uses", "2", "--for", did)
    invited = f"friend-{inviter}"
    body = {"handle": f"{invited}.test", "email": f"{invited}@mail.test", "inviteCode": code}
    place._post(SIGN_UP, body | {"password": "pw"})
    return did, f"did:web:{invited}.test", code


def test_a_tree_is_shown_level_by_level(place: Place) -> None:
    root, leaf, code = branch(place)

    lines = place.both("tree", "show", root).stdout.splitlines()
    found = json.loads(place.both("tree", "show", root.removeprefix("did:web:"), "--json").stdout)

    assert lines[0].split("\t")[:3] == ["depth", "did", "handle"]
    assert [line.split("\t")[:2] for line in lines[1:]] == [["0", root], ["1", leaf]]
    assert lines[2].split("\t")[4:] == [code, "0", "0", ""]
    assert (found["root"]["did"], [one["did"] for one in found["nodes"]]) == (root, [leaf])


def test_no_more_is_shown_than_is_asked_for(place: Place) -> None:
    root, _, _ = branch(place)
    friend = f"other-{root[8:-5]}"
    place.here("codes", "create", "--code", friend, "--for", root)
    body = {"handle": f"{friend}.test", "email": f"{friend}@mail.test", "password": "pw"}
    place._post(SIGN_UP, body | {"inviteCode": friend})

    one = place.both("tree", "show", root, "--limit", "1")

    assert len(one.stdout.splitlines()) == 3
    assert "--limit" in one.stderr


@pytest.mark.parametrize("way", ["here", "there"])
def test_a_tree_is_disabled_once_somebody_agrees_and_enabled_again(place: Place, way: str) -> None:
    ask = getattr(place, way)
    root, leaf, code = branch(place)

    refused = ask("tree", "disable", root, "--reason", "spam", stdin="n\n")
    before = place.here("codes", "show", code, "--json").stdout
    agreed = ask("tree", "disable", root, "--reason", "spam", stdin="y\n")

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.splitlines()[:2] == [root, leaf]
    assert "Disable 1 codes and freeze 2 accounts?" in refused.stderr
    assert refused.stderr.endswith("nothing was changed\n")
    assert json.loads(before)["code"]["disabled"] is False
    batch = agreed.stdout.splitlines()[0].split()[1]
    assert [line.split() for line in agreed.stdout.splitlines()[1:]] == [
        ["codes", "1"],
        ["accounts", "2"],
    ]
    assert f"tree enable {batch}" in agreed.stderr
    after = json.loads(place.here("codes", "show", code, "--json").stdout)["code"]
    assert (after["disabled"], after["disabledReason"]) == (True, "spam")
    assert ask("tree", "enable", batch).stdout == "codes     1\naccounts  2\n"


def test_nobody_is_asked_with_yes(place: Place) -> None:
    root, _, _ = branch(place)

    deep = place.here("tree", "disable", root, "--depth", "1", "--keep-root", "--yes", "--json")
    done = json.loads(deep.stdout)
    undone = place.there("tree", "enable", done["batchId"], "--json")

    assert (done["codes"], done["accounts"]) == (0, 1)
    assert "Disable" not in deep.stderr
    assert json.loads(undone.stdout) == {"codes": 0, "accounts": 1}


def test_without_an_answer_nothing_is_done(place: Place) -> None:
    root, _, code = branch(place)

    ended = place.here("tree", "disable", root, stdin="")

    assert ended.returncode == 1
    assert json.loads(place.here("codes", "show", code, "--json").stdout)["code"]["disabled"] is (
        False
    )


def test_a_large_tree_is_named_in_part(place: Place) -> None:
    root = f"did:web:{place.account()}.test"
    code = f"many-{root[8:-5]}"
    row = {
        "code": code,
        "available": 30,
        "forAccount": root,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "uses": [
            {"usedBy": f"did:web:{code}-{n:02}.test", "usedAt": "2026-01-01T00:00:00.000Z"}
            for n in range(25)
        ],
    }
    file = place.folder / f"{code}.jsonl"
    file.write_text(json.dumps(row))
    assert place.here("codes", "import", str(file)).returncode == 0

    asked = place.both("tree", "disable", root)

    assert "and 6 more\n" in asked.stderr


def test_a_batch_that_is_not_here_is_said_so(place: Place) -> None:
    ended = place.both("tree", "enable", "none")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "BatchNotFound: there is no such batch\n"


def test_an_empty_tree_is_no_batch(place: Place) -> None:
    ended = place.both("tree", "disable", "did:web:nobody.test", "--keep-root", "--yes")

    assert (ended.stdout, ended.stderr) == ("codes     0\naccounts  0\n", "")

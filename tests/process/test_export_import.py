"""Codes go into a file and come out of it again, on this server or on another."""

import csv
import io
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import URL

from tests.commands import Ended, Place, run
from tests.processes import SECRETS, serving
from tests.servers import ADMIN, ADMIN_PASSWORD

T1, T2, T3 = (f"2024-0{n}-01T00:00:00.000Z" for n in (1, 2, 3))
HEAD = "code,available,useCount,disabled,createdAt,note,tags,uses\n"
Make = Callable[[], "Store"]


class Store:
    """A database of its own, and commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = {**SECRETS, "INVITES_DATA_DIR": str(folder)}

    def __call__(self, *arguments: str, stdin: bytes | None = None) -> Ended:
        return run(*arguments, stdin=stdin, **self.settings)

    def file(self, name: str, text: str | bytes = "") -> str:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    def codes(self) -> list[dict[str, Any]]:
        ended = self("codes", "list", "--json", "--limit", "100000")
        listed: list[dict[str, Any]] = json.loads(ended.stdout)["codes"]
        return listed


@pytest.fixture
def make(tmp_path: Path, sqlite_template: Path) -> Make:
    numbers = iter(range(100))

    def new() -> Store:
        folder = tmp_path / f"store{next(numbers)}"
        folder.mkdir()
        shutil.copy(sqlite_template, folder / "invites.db")
        return Store(folder)

    return new


def uses(count: int) -> list[dict[str, str]]:
    """Many uses, the newest first."""
    every = (
        {"usedBy": f"did:web:u{n:05}.example", "usedAt": f"2024-02-01T00:00:{n % 60:02}.000Z"}
        for n in range(count)
    )
    return sorted(every, key=lambda use: (use["usedAt"], use["usedBy"]), reverse=True)


ROWS: list[dict[str, Any]] = [
    {"code": "plain", "available": 1, "createdAt": T1},
    {
        "code": "Campaign 2024, spring",
        "available": 5,
        "useCount": 4,
        "disabled": True,
        "forAccount": "did:web:ada.example",
        "createdBy": "did:web:ada.example",
        "createdAt": T2,
        "notBefore": T1,
        "expiresAt": T3,
        "disabledAt": T3,
        "disabledReason": 'they said "stop"',
        "note": "=1+1, a comma,\r\na line\nand \r more\t",
        "role": "editor",
        "tags": ["red", "light; blue", '["x"]'],
        "emailDomains": ["example.org"],
        "showInviter": True,
        "lastUsedAt": T3,
        "uses": uses(2),
    },
    {"code": "over-spent", "available": -1, "useCount": 3, "createdAt": T1, "uses": uses(3)},
    {"code": "-", "available": 0, "createdAt": T1},
    {"code": "::%3A ä🎟️", "available": 9, "createdAt": T1},
]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()


@pytest.mark.parametrize("name", ["codes.csv", "codes.jsonl"])
def test_what_was_exported_and_imported_is_exported_to_the_byte(make: Make, name: str) -> None:
    one, other = make(), make()
    assert one("codes", "import", "-", stdin=LINES).returncode == 0
    first, second = one.file(name), other.file(name)

    exported = one("codes", "export", first)
    imported = other("codes", "import", first)
    other("codes", "export", second)

    assert exported.stderr == "exported 5 codes with 5 uses\n"
    assert imported.stderr == "imported 5 codes\n"
    assert Path(first).read_bytes() == Path(second).read_bytes()
    assert one.codes() == other.codes()
    assert one("codes", "show", "Campaign 2024, spring") == other(
        "codes", "show", "Campaign 2024, spring"
    )


def test_a_file_is_for_its_owners_eyes_and_whole_or_not_there(make: Make) -> None:
    store = make()
    store("codes", "create", "--count", "3")
    file = store.folder / "codes.csv"
    file.write_text("what was there before")
    file.chmod(0o644)

    store("codes", "export", str(file))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().splitlines()) == 4
    assert sorted(path.name for path in store.folder.glob(".*")) == []


def test_an_export_that_fails_leaves_what_was_there(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("what was there before")

    ended = place.there("codes", "export", str(file), INVITES_SERVER="http://localhost:1")
    nowhere = place.here("codes", "export", str(tmp_path / "none" / "codes.csv"))

    assert ended.returncode == 75
    assert file.read_text() == "what was there before"
    assert [path.name for path in tmp_path.iterdir()] == ["codes.csv"]
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    assert "No such file" in nowhere.stderr


def test_a_pipe_is_written_into_and_not_replaced(make: Make) -> None:
    store = make()
    store("codes", "create", "--code", "by-pipe")
    pipe = store.folder / "pipe"
    os.mkfifo(pipe)
    # Open at both ends, so that nobody has to wait for the other.
    descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)

    ended = store("codes", "export", str(pipe), "--format", "jsonl")
    read = os.read(descriptor, 10_000)
    os.close(descriptor)

    assert ended.returncode == 0, ended.stderr
    assert json.loads(read)["code"] == "by-pipe"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_stdout_has_the_codes_and_nothing_else(make: Make) -> None:
    store = make()
    store("codes", "import", "-", stdin=LINES)

    ended = store("codes", "export", "-")
    as_json = store("codes", "export", store.file("x.csv"), "--json")

    assert len(list(csv.reader(io.StringIO(ended.stdout, newline="")))) == 6
    assert ended.stderr == "exported 5 codes with 5 uses\n"
    assert json.loads(as_json.stdout) == {"codes": 5, "uses": 5}


def test_a_code_that_was_used_very_often_takes_several_lines_and_comes_back(make: Make) -> None:
    one, other = make(), make()
    row = {"code": "often", "available": 30_000, "createdAt": T1, "uses": uses(22_000)}
    assert one("codes", "import", "-", stdin=json.dumps(row).encode()).returncode == 0

    exported = one("codes", "export", one.file("codes.csv"))
    checked = other("codes", "import", "--dry-run", one.folder.joinpath("codes.csv").as_posix())
    imported = other("codes", "import", one.folder.joinpath("codes.csv").as_posix())
    other("codes", "export", other.file("codes.csv"))

    assert exported.stderr == "exported 1 codes with 22000 uses\n"
    lines = (one.folder / "codes.csv").read_bytes()
    assert lines.count(b"\r\n") == 4
    assert (checked.returncode, imported.returncode) == (0, 0)
    assert lines == (other.folder / "codes.csv").read_bytes()
    assert other.codes() == one.codes()


def test_importing_again_changes_nothing(make: Make) -> None:
    store = make()
    store("codes", "import", "-", stdin=LINES)
    before = store("codes", "export", "-").stdout

    again = store("codes", "import", "-", stdin=LINES)

    assert again.stderr == "imported 0 codes, 5 were here already\n"
    assert store("codes", "export", "-").stdout == before


BAD = (
    HEAD + 'a,1,,,2024-01-01T00:00:00Z,"two\nlines",,\n'
    "b,x,,,2024-01-01T00:00:00Z,,,\n"
    "a,1,,,2024-01-01T00:00:00Z,,,\n"
    "c,1,,,soon,,,\n"
    "taken,2,,,2024-01-01T00:00:00Z,,,\n"
    "d,1,,,2024-01-01T00:00:00Z,,,did:web:a.example@2024-01-01\n"
    "e,1,0,,2024-01-01T00:00:00Z,,,did:web:a.example@2024-01-01T00:00:00Z\n"
    "f,1,,perhaps,2024-01-01T00:00:00Z,,,\n"
    "g,1\n"
    "h,1,,,2024-01-01T00:00:00Z,,,\n"
)
REASONS = {
    4: 'available must be an integer, got "x"',
    5: "duplicate-row: line 2 has the same code",
    6: 'createdAt must be a datetime as in RFC 3339, got "soon"',
    7: "code-taken: this code is here already, and is not the same",
    8: 'uses[0].usedAt must be a datetime as in RFC 3339, got "2024-01-01"',
    9: "too-many-uses: there are more uses than useCount says",
    10: 'disabled must be true or false, got "perhaps"',
    11: "has 2 cells, and the head has 8; a cell with a comma in it needs quotation marks",
}


def test_each_bad_row_is_told_with_its_line_and_nothing_is_imported(make: Make) -> None:
    store = make()
    store("codes", "create", "--code", "taken")
    file = store.file("bad.csv", BAD)

    ended = store("codes", "import", file)

    assert (ended.returncode, ended.stdout) == (1, "")
    told = [f"{file}:{number}: {reason}" for number, reason in REASONS.items()]
    assert sorted(ended.stderr.splitlines()[:-1]) == sorted(told)
    assert ended.stderr.splitlines()[-1] == "nothing is imported: 8 of 10 rows are bad"
    assert [code["code"] for code in store.codes()] == ["taken"]


def test_the_good_rows_are_imported_when_that_is_asked_for(make: Make) -> None:
    store = make()
    store("codes", "create", "--code", "taken")
    file = store.file("bad.csv", BAD)

    dry = store("codes", "import", file, "--partial", "--dry-run")
    ended = store("codes", "import", file, "--partial", "--json")

    assert dry.returncode == 1
    assert json.loads(ended.stdout) == {
        "rows": 10,
        "created": 2,
        "usesAdded": 0,
        "unchanged": 0,
        "refused": [{"line": n, "reason": REASONS[n]} for n in (4, 5, 6, 8, 10, 11, 7, 9)],
    }
    assert ended.returncode == 1
    assert sorted(code["code"] for code in store.codes()) == ["a", "h", "taken"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", ":1: is empty"),
        (b"code,available\na,1\n", ":1: has no column createdAt"),
        (b'{"code": "a"}\n', ":1: available is required"),
        (b'{"code": "a", "available": 1e400, "createdAt": "x"}\n', ":1: must be JSON"),
        (b'{"code": "\\ud800", "available": 1, "createdAt": "x"}\n', ":1: must be JSON"),
        (b'{"code": "\\u0000", "available": 1, "createdAt": "x"}\n', ":1: code must hold no"),
        (b'{"code": "a", "available": 1, "createdAt": "x", "nope": 1}', ":1: no code has"),
    ],
)
def test_a_file_that_is_wrong_is_told_so(make: Make, text: bytes, said: str) -> None:
    ended = make()("codes", "import", "-", stdin=text)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert said in ended.stderr
    assert ended.stderr.splitlines()[-1] in {
        "nothing is imported",
        "nothing is imported: 1 of 1 rows are bad",
    }


def test_a_file_without_codes_is_no_error(make: Make) -> None:
    ended = make()("codes", "import", "-", stdin=HEAD.encode())

    assert (ended.returncode, ended.stderr) == (0, "imported 0 codes\n")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["export", "codes.txt"], 2, "--format"),
        (["export", "-", "--json"], 2, "stdout"),
        (["import", "none.csv"], 1, "cannot read none.csv: No such file"),
    ],
)
def test_wrong_words_are_told_what_is_right(
    make: Make, arguments: list[str], status: int, said: str
) -> None:
    ended = make()("codes", *arguments)

    assert (ended.returncode, ended.stdout) == (status, "")
    assert said in ended.stderr


def test_a_line_without_an_end_is_not_read_to_it(make: Make) -> None:
    ended = make()("codes", "import", "-", stdin=b"x" * (64 * 1024 * 1024 + 1))

    assert ended.returncode == 2
    assert "a line has more than" in ended.stderr


def test_another_server_answers_the_same_after_an_import(
    make: Make, tmp_path: Path, postgres_url: URL
) -> None:
    here = make()
    here("codes", "import", "-", stdin=LINES)
    many = [row("many", n) for n in range(2_500)]
    here("codes", "import", "-", stdin="".join(many).encode())
    settings = {
        **SECRETS,
        "INVITES_DATABASE_URL": postgres_url.render_as_string(hide_password=False),
    }
    file = here.file("codes.csv")
    here("codes", "export", file)

    with serving(tmp_path, **settings) as there, serving(tmp_path, **here.settings) as old:
        remote = {"INVITES_SERVER": there.url, "INVITES_TOKEN": ADMIN_PASSWORD}
        imported = run("codes", "import", file, **remote)
        again = run("codes", "export", here.file("again.csv"), **remote)

        assert imported.stderr == "imported 2505 codes\n"
        assert again.returncode == 0, again.stderr
        assert list(pages(there.url)) == list(pages(old.url))
    assert Path(file).read_bytes() == (here.folder / "again.csv").read_bytes()


def row(name: str, number: int) -> str:
    one = {
        "code": f"{name}-{number}",
        "available": number,
        "createdAt": f"2024-03-01T00:{number // 60 % 60:02}:{number % 60:02}.000Z",
        "note": "n" * 300,
    }
    return json.dumps(one) + "\n"


def pages(url: str) -> Iterator[dict[str, Any]]:
    """Everything that getInviteCodes lists."""
    cursor = None
    while True:
        params = {"limit": "500", **({"cursor": cursor} if cursor else {})}
        answer = httpx.get(
            f"{url}/xrpc/com.atproto.admin.getInviteCodes", params=params, auth=ADMIN
        ).json()
        yield from answer["codes"]
        cursor = answer.get("cursor")
        if not answer["codes"] or cursor is None:
            return

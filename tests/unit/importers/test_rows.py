"""Codes in files: what is written is read, and what cannot be read is named by its line."""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from xrpc_invites.importers.csv_rows import CsvWriter, read_csv
from xrpc_invites.importers.json_rows import JsonWriter, read_json_lines
from xrpc_invites.importers.rows import FIELDS, FileFault, Kind, Line, Row, exported

HEAD = b"code,available,createdAt,note,tags,uses,disabled\n"
Read = Callable[[Iterable[bytes]], Iterator[Line]]

texts = st.text(st.characters(codec="utf-8"), min_size=1)
uses = st.lists(
    st.fixed_dictionaries(
        {
            "usedBy": st.from_regex(r"did:[a-z]{1,9}:[a-zA-Z0-9._:%-]{1,20}", fullmatch=True),
            "usedAt": st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
        }
    ),
    min_size=1,
)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: texts,
    Kind.INTEGER: st.integers(-(2**53) + 1, 2**53 - 1),
    Kind.BOOLEAN: st.booleans(),
    Kind.LIST: st.lists(texts, min_size=1),
    Kind.USES: uses,
}
rows = st.fixed_dictionaries({}, optional={name: VALUES[kind] for name, kind in FIELDS.items()})


def through(written: list[Row], writer: Any, read: Read) -> list[Line]:
    file = io.StringIO(newline="")
    write = writer(file)
    for row in written:
        write(row)
    return list(read(io.BytesIO(file.getvalue().encode())))


@pytest.mark.parametrize(
    ("writer", "read"), [(CsvWriter, read_csv), (JsonWriter, read_json_lines)], ids=["csv", "jsonl"]
)
@given(rows.filter(bool))
def test_what_is_written_is_read(writer: Any, read: Read, row: Row) -> None:
    [line] = through([row], writer, read)

    assert (line.row, line.fault) == (row, "")


@given(st.lists(rows.filter(bool), min_size=1, max_size=4))
def test_a_row_of_csv_is_known_by_the_line_on_which_it_begins(written: list[Row]) -> None:
    file = io.StringIO(newline="")
    write, begins = CsvWriter(file), []
    for row in written:
        begins.append(file.getvalue().count("\n") + 1)
        write(row)

    assert [line.number for line in read_csv(io.BytesIO(file.getvalue().encode()))] == begins


def test_a_code_that_is_shown_is_written_without_what_follows_from_the_rest() -> None:
    view = {"code": "a", "status": "active", "remaining": 1, "tags": [], "disabled": False}
    used = [{"usedBy": "did:web:a.example", "usedAt": "2024-01-01T00:00:00Z", "handle": "a.test"}]

    assert exported(view, ()) == {"code": "a", "disabled": False}
    assert exported(view, used)["uses"] == [
        {"usedBy": "did:web:a.example", "usedAt": "2024-01-01T00:00:00Z"}
    ]


def cells(text: bytes) -> list[Line]:
    return list(read_csv(io.BytesIO(HEAD + text)))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (b"a,1,x\n", "has 3 cells, and the head has 7"),
        (b"a,1,x,,,,,\n", "has 8 cells, and the head has 7"),
        (b"a,1,x,\xff,,,\n", "is not UTF-8"),
        (b'a,1,x,"n"o,,,\n', "is no CSV: "),
        (b'a,1,x,"never ends\n\n', "is no CSV: unexpected end of data"),
        (b"a,1,x,,[no,,\n", "has a list that begins with [ and is no JSON"),
        (b"a,1,x,,,ada,\n", "has uses that are not DID@TIME"),
        (b"a,1,x,,,@2024,\n", "has uses that are not DID@TIME"),
    ],
)
def test_a_row_of_csv_that_cannot_be_read_says_why(text: bytes, row: str) -> None:
    lines = cells(text)

    assert lines[0].number == 2
    assert lines[0].row is None
    assert row in lines[0].fault


def test_a_bad_row_of_csv_does_not_spoil_the_next() -> None:
    lines = cells(b'a,1,x,"n"o,,,\nb,2,y,,,,\n')

    assert [line.number for line in lines] == [2, 3]
    assert lines[1].row == {"code": "b", "available": 2, "createdAt": "y"}


def test_csv_from_a_spreadsheet_is_read() -> None:
    lines = list(
        read_csv(
            io.BytesIO(
                b"\xef\xbb\xbfcode, available ,createdAt,tags,disabled,status\r\n"
                b"\r\na,1,x,red; light blue;,TRUE,active\r\n"
            )
        )
    )

    assert [line.row for line in lines] == [
        {
            "code": "a",
            "available": 1,
            "createdAt": "x",
            "tags": ["red", "light blue"],
            "disabled": True,
        }
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"code,available\n", "has no column createdAt"),
        (b"code,available,createdAt,expireAt\n", "no code has 'expireAt'"),
        (b"code,code,available,createdAt\n", "has the column 'code' twice"),
        (b"code;available;createdAt\n", "has no commas"),
        (b"\xff\xfec\0o\0", "is UTF-16"),
        (b'"code', "is no CSV"),
    ],
)
def test_a_head_that_is_wrong_spoils_the_file(text: bytes, said: str) -> None:
    with pytest.raises(FileFault, match=said) as caught:
        list(read_csv(io.BytesIO(text)))

    assert caught.value.number == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"{", "is no JSON: Expecting"),
        (b"[]", "must be an object"),
        (b'{"code": "\xff"}', "is not UTF-8"),
        (b'{"expireAt": 1}', "no code has 'expireAt'"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"available": ' + b"9" * 5_000 + b"}", "is no JSON"),
    ],
)
def test_a_line_of_json_that_cannot_be_read_says_why(text: bytes, fault: str) -> None:
    [line] = read_json_lines([text])

    assert line.row is None
    assert fault in line.fault


def test_json_lines_are_counted_with_the_empty_ones() -> None:
    lines = list(read_json_lines([b'\xef\xbb\xbf{"code": "a"}\r\n', b" \n", b'{"code": "b"}']))

    assert [(line.number, line.row) for line in lines] == [(1, {"code": "a"}), (3, {"code": "b"})]


def test_an_empty_file_has_no_json() -> None:
    with pytest.raises(FileFault, match="is empty"):
        list(read_json_lines([]))


def test_json_is_as_others_write_it() -> None:
    file = io.StringIO()

    JsonWriter(file)({"code": "ä\n"})

    assert file.getvalue() == '{"code":"ä\\n"}\n'
    assert json.loads(file.getvalue()) == {"code": "ä\n"}

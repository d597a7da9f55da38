"""People in files: whom a row means, and what a file that is none is told."""

import io
from collections.abc import Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given

from xrpc_invites.importers.batches import MAX_BYTES, Numbered, weight
from xrpc_invites.importers.people import (
    COLUMNS,
    MAX_PEOPLE,
    read_people,
    read_people_of_json,
    requests,
)
from xrpc_invites.importers.rows import FileFault, Line


def people(text: bytes) -> list[Line]:
    return list(read_people(io.BytesIO(text)))


def test_columns_come_in_any_order_and_case_and_cells_with_blanks() -> None:
    [line] = people(
        b'\xef\xbb\xbfTags, LANGUAGE ,Name,eMail,Role,note\r\n"press; founders,a b,",pt-BR,'
        b" Ada ,ada@mail.test,editor,Hello\r\n"
    )

    assert (line.number, line.row) == (
        2,
        {
            "tags": ["press", "founders", "a b"],
            "language": "pt-BR",
            "name": "Ada",
            "email": "ada@mail.test",
            "role": "editor",
            "note": "Hello",
        },
    )


def test_what_is_empty_is_not_sent() -> None:
    assert [line.row for line in people(b"email,name,tags\na@mail.test, ,\n")] == [
        {"email": "a@mail.test"}
    ]


def test_rows_that_a_spreadsheet_leaves_empty_are_none() -> None:
    lines = people(b"email,name\r\n,\r\n , \r\n\r\na@mail.test,\r\n")

    assert [line.number for line in lines] == [5]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"", "is empty"),
        (b"name,role", "has no column email"),
        (
            b"email,phone",
            r"has the column 'phone'.*keep those of email, name, role, tags, language",
        ),
        (b"email,EMAIL", "has the column 'email' twice"),
        (b"email;name", "has no commas"),
        (b"\xff\xfee\0m\0", "is UTF-16: save it as UTF-8"),
    ],
)
def test_a_head_that_is_wrong_spoils_the_file(head: bytes, said: str) -> None:
    with pytest.raises(FileFault, match=said):
        people(head + b"\na@mail.test,x\n")


def test_a_comma_that_is_not_in_quotation_marks_is_explained() -> None:
    [line] = people(b"email,tags\na@mail.test,one,two\n")

    assert line.fault == (
        "has 3 cells, and the head has 2; a cell with a comma in it needs quotation marks"
    )


def test_json_lines_say_the_same() -> None:
    lines = list(
        read_people_of_json([b'{"email": "a@mail.test", "tags": ["x, y"]}', b'{"phone": 1}'])
    )

    assert lines[0].row == {"email": "a@mail.test", "tags": ["x, y"]}
    assert "has the column 'phone'" in lines[1].fault


@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=9)), max_size=40))
def test_all_people_are_sent_in_their_order(rows: list[dict[str, str]]) -> None:
    numbered: Sequence[Numbered] = list(enumerate(rows * 60))

    sent = list(requests(numbered))

    assert [guest for batch in sent for guest in batch] == numbered
    assert all(0 < len(batch) <= MAX_PEOPLE for batch in sent)
    assert len(sent) == -(-len(numbered) // MAX_PEOPLE)


def test_no_request_is_too_large() -> None:
    rows = [{"email": f"{n}", "note": "x" * 3_000} for n in range(2_000)]

    sent = list(requests(list(enumerate(rows))))

    assert sum(map(len, sent)) == len(rows)
    assert all(sum(weight(row) for _, row in batch) <= MAX_BYTES for batch in sent)

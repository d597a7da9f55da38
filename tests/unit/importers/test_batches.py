"""Requests of an import: each small enough, and together all that was there."""

import json
from itertools import groupby
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from xrpc_invites.importers import batches as module
from xrpc_invites.importers.batches import MAX_BYTES, MAX_ROWS, MAX_USES, batches, parts
from xrpc_invites.importers.repeats import Repeats
from xrpc_invites.importers.rows import Row, RowFault


def row(code: str, uses: int = 0, **changed: Any) -> Row:
    history = [
        {"usedBy": f"did:web:u{n}.example", "usedAt": "2024-01-01T00:00:00Z"} for n in range(uses)
    ]
    return {"code": code, "available": 1, **changed} | ({"uses": history} if uses else {})


@settings(max_examples=30)
@given(st.lists(st.integers(0, 2 * MAX_USES + 1), max_size=8), st.integers(0, 2_500))
def test_requests_are_small_and_lose_nothing(used: list[int], unused: int) -> None:
    rows = [row(f"used{n}", count, useCount=count) for n, count in enumerate(used)]
    rows += [row(f"unused{n}", note="n" * 1_500) for n in range(unused)]

    sent = list(batches(enumerate(rows)))

    for batch in sent:
        assert len(batch) <= MAX_ROWS
        assert len(json.dumps([one for _, one in batch]).encode()) <= MAX_BYTES + 2
        assert len({one["code"] for _, one in batch}) == len(batch)
    every = [one for batch in sent for one in batch]
    again = [
        {**group[0][1], **({"uses": uses} if uses else {})}
        for _, found in groupby(every, key=lambda one: one[0])
        if (group := list(found))
        and (uses := [use for _, part in group for use in part.get("uses", [])]) is not None
    ]
    assert again == rows


def test_parts_say_of_the_whole_how_often_it_was_used() -> None:
    [first, *others] = parts(row("a", 2 * MAX_USES))

    assert first["useCount"] == 2 * MAX_USES
    assert [len(other["uses"]) for other in others] == [MAX_USES]


def test_long_names_make_small_parts() -> None:
    long = "did:web:" + "x" * 2_000
    uses = [{"usedBy": f"{long}{n}", "usedAt": "2024-01-01T00:00:00Z"} for n in range(1_000)]

    cut = list(parts({"code": "a", "uses": uses}))

    assert len(cut) > 1
    assert all(module.weight(part) < MAX_BYTES for part in cut)


def test_a_code_goes_on_in_the_next_row() -> None:
    with Repeats() as repeats:
        repeats.check(1, row("a", 2, useCount=3))
        repeats.check(2, row("a", 1, useCount=3))
        repeats.check(3, row("b"))

        with pytest.raises(RowFault, match="duplicate-row: line 1 has the same code"):
            repeats.check(4, row("a", 1, useCount=3))


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (row("a", 2, useCount=3), "duplicate-row: the line before .* more uses than useCount"),
        (row("a", useCount=3), "duplicate-row: line 1"),
        (row("a", 1, useCount=3, note="other"), "duplicate-row: line 1"),
        (row("a", 1), "duplicate-row: line 1"),
    ],
)
def test_a_code_that_stands_twice_is_a_mistake(second: Row, said: str) -> None:
    with Repeats() as repeats:
        repeats.check(1, row("a", 2, useCount=3))

        with pytest.raises(RowFault, match=said):
            repeats.check(2, second)

"""Nothing in a chain, and nothing off its end, changes unseen."""

import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from xrpc_invites.invites.seals import (
    Fault,
    FaultKind,
    Fields,
    Head,
    Link,
    Verdict,
    chained,
    head_at,
    sealing_key,
    verify,
)

KEY = sealing_key(b"a secret")
STRANGER = sealing_key(b"another secret")
NAMES = ["id", "at", "actor", "detail"]

values = st.none() | st.integers() | st.text(max_size=5)
entry = st.fixed_dictionaries(dict.fromkeys(NAMES, values))
some_entries = st.lists(entry, min_size=1, max_size=6)


def chain(entries: Sequence[Fields], key: bytes = KEY) -> tuple[list[Link], Head]:
    links = [*chained(key, entries, behind=None)]
    return links, head_at(key, links[-1])


def of(count: int) -> tuple[list[Link], Head]:
    return chain([{"id": f"id-{n}", "actor": "a"} for n in range(count)])


def fault(links: Sequence[Link], head: Head | None, key: bytes = KEY) -> Fault | None:
    return verify(key, links, head, unsealed=0).first_fault


@given(some_entries)
def test_a_chain_as_it_was_sealed_has_no_fault(entries: list[Fields]) -> None:
    links, head = chain(entries)

    assert verify(KEY, links, head, unsealed=7) == Verdict(len(entries), 7, None)
    assert verify(KEY, links, head, unsealed=7).ok


@given(some_entries, some_entries)
def test_sealing_in_parts_is_sealing_at_once(first: list[Fields], second: list[Fields]) -> None:
    links, head = chain(first)

    more = chained(KEY, second, behind=head)

    assert chain([*first, *second])[0] == [*links, *more]


def test_where_nothing_is_sealed_nothing_is_wrong() -> None:
    assert verify(KEY, [], None, unsealed=1) == Verdict(0, 1, None)


@given(some_entries, st.data())
def test_a_changed_field_is_found_at_its_place(entries: list[Fields], data: st.DataObject) -> None:
    links, head = chain(entries)
    place = data.draw(st.integers(0, len(links) - 1))
    name = data.draw(st.sampled_from(NAMES))
    other = data.draw(values.filter(lambda value: value != entries[place][name]))
    changed = {**entries[place], name: other}
    links[place] = links[place]._replace(fields=changed)

    assert fault(links, head) == Fault(FaultKind.CHANGED, place + 1, str(changed["id"]))


@pytest.mark.parametrize(
    "changed",
    [{"id": "id-0", "actor": b"a"}, {"id": "id-0", "actor": 1.5}, {"id": "id-0"}, {"id": "\udcff"}],
    ids=str,
)
def test_anything_may_be_stored_by_now(changed: dict[str, Any]) -> None:
    links, head = of(2)

    found = fault([links[0]._replace(fields=changed), links[1]], head)

    assert found == Fault(FaultKind.CHANGED, 1, changed["id"])


@pytest.mark.parametrize("seal", ["", "é", "0" * 64, "\udcff"])
def test_a_changed_seal_is_found(seal: str) -> None:
    links, head = of(3)
    links[1] = links[1]._replace(seal=seal)

    assert fault(links, head) == Fault(FaultKind.CHANGED, 2, "id-1")


@given(st.integers(2, 6), st.data())
def test_an_entry_that_was_taken_out_is_missed(count: int, data: st.DataObject) -> None:
    links, head = of(count)
    place = data.draw(st.integers(0, count - 2))
    del links[place]

    assert fault(links, head) == Fault(FaultKind.MISSING, place + 1)


def test_closing_the_gap_hides_nothing() -> None:
    links, head = of(4)
    closed = [links[0], *(link._replace(seq=link.seq - 1) for link in links[2:])]

    assert fault(closed, head) == Fault(FaultKind.CHANGED, 2, "id-2")


def test_entries_that_changed_places_are_found() -> None:
    links, head = of(3)
    swapped = [links[1]._replace(seq=1), links[0]._replace(seq=2), links[2]]

    assert fault(swapped, head) == Fault(FaultKind.CHANGED, 1, "id-1")


@given(st.integers(1, 6), st.data())
def test_an_end_that_was_cut_off_is_missed(count: int, data: st.DataObject) -> None:
    links, head = of(count)
    left = data.draw(st.integers(0, count - 1))

    assert fault(links[:left], head) == Fault(FaultKind.CUT_OFF, left + 1)


def test_an_end_that_was_cut_off_stays_missed_when_sealing_goes_on() -> None:
    links, head = of(4)
    more = chained(KEY, [{"id": "new"}], behind=head)

    assert fault([*links[:2], *more], head_at(KEY, more[-1])) == Fault(FaultKind.MISSING, 3)


@pytest.mark.parametrize(
    "head",
    [
        Head(2, of(2)[0][1].seal, of(4)[1].proof),
        replace(of(2)[1], seq=9),
        Head(2, of(2)[0][1].seal, ""),
        Head(2, of(2)[0][1].seal, "é"),
        head_at(STRANGER, of(2)[0][1]),
        of(1)[1],
        chain([{"id": "another"}] * 2)[1],
        None,
    ],
    ids=[
        "moved",
        "with-another-place",
        "unproven",
        "no-proof-at-all",
        "strangers",
        "old",
        "of-another-chain",
        "gone",
    ],
)
def test_a_head_that_does_not_belong_to_the_end_is_found(head: Head | None) -> None:
    links, _ = of(2)

    assert fault(links, head) == Fault(FaultKind.FORGED_HEAD, 2)


def test_an_entry_of_another_history_is_no_entry_of_this_one() -> None:
    ours, _ = chain([{"id": "a"}, {"id": "b"}])
    theirs, head = chain([{"id": "c"}, {"id": "d"}])

    assert fault([ours[0], theirs[1]], head) == Fault(FaultKind.CHANGED, 2, "d")


def test_seals_are_made_as_every_release_makes_them() -> None:
    def mac(text: str) -> str:
        return hmac.digest(KEY, text.encode(), "sha256").hex()

    links, head = chain([{"id": "1", "at": 7, "reason": None}, {"id": "2", "actor": "é"}])

    first = mac("0" * 64 + '\n1\n{"at":7,"id":"1","reason":null}')
    second = mac(f'{first}\n2\n{{"actor":"\\u00e9","id":"2"}}')
    assert [link.seal for link in links] == [first, second]
    assert head == Head(2, second, mac(f"head\n2\n{second}"))
    assert hmac.digest(b"a secret", b"seals of the audit log", "sha256") == KEY


def test_without_the_key_nothing_can_be_sealed() -> None:
    links, head = chain([{"id": "id-0"}], STRANGER)

    assert fault(links, head) == Fault(FaultKind.CHANGED, 1, "id-0")
    assert fault(links, head, STRANGER) is None


def test_the_first_of_many_faults_is_named_and_the_rest_is_counted() -> None:
    links, head = of(5)
    del links[3]
    del links[1]

    assert verify(KEY, links, head, unsealed=0) == Verdict(3, 0, Fault(FaultKind.MISSING, 2))


def test_the_key_of_seals_is_not_the_secret() -> None:
    assert sealing_key(b"a secret") not in {b"a secret", sealing_key(b"another secret")}
    assert len(KEY) == 32


def test_what_is_printed_of_a_link_holds_no_code() -> None:
    [link], _ = chain([{"id": "1", "detail": "the-code"}])

    assert "the-code" not in repr(link)
    assert link.seal in repr(link)

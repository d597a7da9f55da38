"""Grants are kept by the set of DIDs, and asked for again by their tags."""

import httpx
import pytest

from tests.unit.client.asking import ADA, GRANT, Outcome, Script, of_async, of_sync
from xrpc_invites.client.kept import Kept, Tagged

BEA = "did:web:bea.example"
both = pytest.mark.parametrize("outcome", [of_sync, of_async], ids=["sync", "async"])


def answer(*grants: object, tag: str | None = '"t1"') -> httpx.Response:
    headers = {} if tag is None else {"ETag": tag}
    return httpx.Response(200, json={"grants": list(grants)}, headers=headers)


def test_what_has_not_changed_is_not_sent_again() -> None:
    script = Script([answer(GRANT), httpx.Response(304), answer(tag='"t2"')])
    with script.sync() as client:
        first = client.check_access([ADA, BEA])
        again = client.check_access([BEA, ADA, ADA])
        changed = client.check_access([ADA, BEA])

    tags = [request.headers.get("if-none-match") for request in script.seen]
    assert tags == [None, '"t1"', '"t1"']
    assert first == again
    assert [grant.did for grant in first] == [ADA]
    assert changed == ()


def test_another_set_of_dids_has_another_tag() -> None:
    script = Script([answer(GRANT)])
    with script.sync() as client:
        client.check_access([ADA])
        client.check_access([BEA])

    assert "if-none-match" not in script.seen[1].headers


def test_an_answer_without_a_tag_is_not_kept() -> None:
    script = Script([answer(GRANT, tag=None)])
    with script.sync() as client:
        client.check_access([ADA])
        client.check_access([ADA])

    assert "if-none-match" not in script.seen[1].headers


@both
def test_about_nobody_nothing_is_asked(outcome: Outcome) -> None:
    script = Script([httpx.Response(500)])

    assert outcome(script, lambda client: client.check_access([])) == ()
    assert script.seen == []


def test_what_was_not_asked_for_the_longest_time_is_forgotten_first() -> None:
    kept: Kept[str, int] = Kept(2)
    kept.keep("a", Tagged("1", 1))
    kept.keep("b", Tagged("2", 2))
    kept.get("a")
    kept.keep("c", Tagged("3", 3))

    assert (kept.get("a"), kept.get("b"), len(kept)) == (Tagged("1", 1), None, 2)

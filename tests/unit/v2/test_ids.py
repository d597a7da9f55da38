"""Ids of users, from DIDs."""

from hypothesis import given
from hypothesis import strategies as st

from xrpc_invites.v2.ids import user_id


@given(st.text(st.characters(codec="utf-8")))
def test_an_id_is_positive_and_kept_exactly_by_every_json_reader(text: str) -> None:
    assert 0 < user_id(text) < 2**53
    assert int(float(user_id(text))) == user_id(text)


def test_an_id_is_the_same_in_every_release() -> None:
    assert user_id("did:web:ada.test") == 621_488_543_118_600


def test_users_have_ids_of_their_own() -> None:
    assert len({user_id(f"did:web:{n}.test") for n in range(100_000)}) == 100_000

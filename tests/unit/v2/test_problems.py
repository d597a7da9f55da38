"""Every refusal has an answer of this API."""

import pytest

from xrpc_invites.accounts.refusals import SignUpRefusal
from xrpc_invites.v2.new_account import NewAccount
from xrpc_invites.v2.problems import DETAIL, SIGN_UP, of_sign_up


def test_every_refusal_of_a_sign_up_is_told() -> None:
    assert SIGN_UP.keys() == {*SignUpRefusal}
    assert {name for name, _ in SIGN_UP.values()} <= {*NewAccount.model_fields, DETAIL}


@pytest.mark.parametrize(
    "refusal", [one for one in SignUpRefusal if one is not SignUpRefusal.DIRECTORY_FAILED]
)
def test_a_refusal_is_the_callers_fault(refusal: SignUpRefusal) -> None:
    assert of_sign_up(refusal).status == 400


def test_a_directory_that_is_away_is_nobodys_fault_and_passes() -> None:
    told = of_sign_up(SignUpRefusal.DIRECTORY_FAILED)

    assert (told.status, list(told.errors), told.headers) == (503, [DETAIL], {"Retry-After": "1"})


def test_an_account_that_is_asked_for_shows_no_secret() -> None:
    asked = NewAccount(
        username="ada", email="ada@x.test", password="Secret-1", invite_code="code-x"
    )

    assert repr(asked) == "NewAccount(username='ada')"

"""Permissions: what each kind of resource must say."""

import json

import pytest

from xrpc_invites.lexicon.parse import parse
from xrpc_invites.lexicon.reading import Faults


def permitted(permission: object) -> list[str]:
    """The faults of a document that has nothing but this permission."""
    main = {"type": "permission-set", "permissions": [permission]}
    faults = Faults()
    parse({"lexicon": 1, "id": "com.example.set", "defs": {"main": main}}, faults)
    return faults.found


@pytest.mark.parametrize(
    "permission",
    [
        {"resource": "repo", "collection": ["com.example.post"]},
        {"resource": "repo", "collection": ["com.example.post"], "action": ["create", "update"]},
        {"resource": "rpc", "lxm": ["com.example.get"], "aud": "*"},
        {"resource": "rpc", "lxm": ["*"], "inheritAud": True},
        {"resource": "not-known-yet", "collection": 7},
    ],
    ids=json.dumps,
)
def test_permissions_that_keep_the_rules_are_taken(permission: dict[str, object]) -> None:
    assert permitted({"type": "permission", **permission}) == []


@pytest.mark.parametrize(
    ("permission", "where"),
    [
        ({}, "resource"),
        ({"resource": 7}, "resource"),
        ({"resource": "repo"}, "collection"),
        ({"resource": "repo", "collection": []}, "collection"),
        ({"resource": "repo", "collection": ["a.b.c", "a.b.c"]}, "collection"),
        ({"resource": "repo", "collection": ["*"]}, "collection[0]"),
        ({"resource": "repo", "collection": ["a.b.c"], "action": ["read"]}, "action"),
        ({"resource": "rpc", "aud": "*"}, "lxm"),
        ({"resource": "rpc", "lxm": ["nope"], "aud": "*"}, "lxm[0]"),
        ({"resource": "rpc", "lxm": ["a.b.c"]}, "aud"),
        ({"resource": "rpc", "lxm": ["a.b.c"], "inheritAud": False}, "aud"),
        ({"resource": "rpc", "lxm": ["a.b.c"], "aud": "did:web:x"}, "aud"),
        ({"resource": "rpc", "lxm": ["a.b.c"], "inheritAud": "yes", "aud": "*"}, "inheritAud"),
    ],
    ids=json.dumps,
)
def test_a_permission_that_breaks_a_rule_is_told(permission: dict[str, object], where: str) -> None:
    told = permitted({"type": "permission", **permission})

    assert any(fault.startswith(f"defs.main.permissions[0].{where}: ") for fault in told), told


@pytest.mark.parametrize("permission", [7, {"resource": "rpc"}], ids=json.dumps)
def test_what_is_no_permission_is_told(permission: object) -> None:
    assert "defs.main.permissions[0].type: must be permission" in permitted(permission)

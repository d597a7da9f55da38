"""Which role covers which."""

from xrpc_invites.xrpc.roles import Role


def test_who_covers_whom() -> None:
    covers = {role: {needed for needed in Role if role.covers(needed)} for role in Role}

    assert covers == {
        Role.VIEWER: {Role.VIEWER},
        Role.ISSUER: {Role.VIEWER, Role.ISSUER},
        Role.MODERATOR: {Role.VIEWER, Role.MODERATOR},
        Role.OWNER: set(Role),
        Role.APP: {Role.APP},
    }

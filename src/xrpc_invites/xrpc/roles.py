"""Who may call a method, and who is calling."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What an operator may do."""

    VIEWER = "viewer"
    ISSUER = "issuer"
    MODERATOR = "moderator"
    OWNER = "owner"
    APP = "app"
    """A program that redeems codes for its users, and sees nothing else."""

    def covers(self, needed: "Role") -> bool:
        """An owner may do all, each what its own name says, and all but apps what a viewer may."""
        if self is needed or self is Role.OWNER:
            return True
        return needed is Role.VIEWER and self is not Role.APP


@dataclass(frozen=True, slots=True)
class Public:
    """Anyone; credentials are not even read."""


@dataclass(frozen=True, slots=True)
class SignUp:
    """Anyone, or a DID that brings itself along."""


@dataclass(frozen=True, slots=True)
class OfAccount:
    """An account, by its access token."""


@dataclass(frozen=True, slots=True)
class OfSession:
    """A session, by its refresh token."""

    expired_ok: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator with a role that covers this one."""

    role: Role
    moderation: bool = False
    """Whether a moderation service may call it as well."""


Needs = Public | SignUp | OfAccount | OfSession | Operator


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as far as the credentials show."""

    role: Role | None = None
    name: str = ""
    """Who an operator is: `admin`, the name of a token, or a DID."""
    credentials: str = ""
    """What showed who an operator is: `password`, `token:` and its id, `service-auth`, `local`."""
    did: str | None = None
    jti: str | None = field(default=None, repr=False)


ANONYMOUS = Caller()

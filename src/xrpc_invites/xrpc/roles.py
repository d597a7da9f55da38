"""Who may call a method, and who is calling."""

from dataclasses import dataclass, field
from datetime import datetime
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
    """Anyone, or a DID that brings itself along, by service auth."""


@dataclass(frozen=True, slots=True)
class SelfOrOperator:
    """A DID that speaks for itself, by service auth; or an operator whose role covers this one."""

    role: Role


@dataclass(frozen=True, slots=True)
class AccountOrOperator:
    """An account, by its access token; or an operator whose role covers this one."""

    role: Role


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


Needs = Public | SignUp | SelfOrOperator | AccountOrOperator | OfAccount | OfSession | Operator


@dataclass(frozen=True, slots=True)
class Proof:
    """A DID's signature under one call of a method. See `identity.service_auth`."""

    issuer: str
    """A DID; with a fragment it is a service of the DID, which is not the DID itself."""
    jti: str = field(repr=False)
    """What no other proof of the issuer has."""
    ends_at: datetime
    """The last moment at which it proves anything."""
    body: str = field(default="", repr=False)
    """A digest of the body that came with it; empty for queries."""

    @property
    def did(self) -> str:
        """The DID, also of a service."""
        return self.issuer.partition("#")[0]

    @property
    def of_service(self) -> bool:
        """Whether a service of the DID speaks, and not the DID."""
        return "#" in self.issuer


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as far as the credentials show."""

    role: Role | None = None
    name: str = ""
    """Who it is: `admin`, the name of a token, or the DID that sent service auth."""
    credentials: str = ""
    """What showed who it is: `password`, `token:` and its id, `service-auth`, `local`."""
    did: str | None = None
    jti: str | None = field(default=None, repr=False)
    proof: Proof | None = None
    """By what service auth the call came, where it did."""


ANONYMOUS = Caller()

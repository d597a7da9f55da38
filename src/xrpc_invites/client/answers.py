"""What a server answers, as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from xrpc_invites.client.errors import UnexpectedAnswer

Json = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """One attempt to spend one use of a code."""

    id: str
    code: str = field(repr=False)
    state: str
    """`reserved`, `completed`, `released` or `expired`."""
    created_at: datetime
    lease_expires_at: datetime | None = None
    """From this instant on the use is not held any more."""
    settled_at: datetime | None = None
    used_by: str | None = None
    idempotency_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a use gave to its DID."""

    did: str
    code: str = field(repr=False)
    role: str | None = None
    tags: tuple[str, ...]
    granted_at: datetime
    revoked_at: datetime | None = None

    @property
    def in_force(self) -> bool:
        """Whether it was not taken back."""
        return self.revoked_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What anyone who has a code may know."""

    usable: bool
    inviter: str | None = None
    """The owner's handle, where the code shows it."""
    host: str


def read(shape: Callable[[Json], T], said: Json) -> T:
    """The value that was answered.

    Raises:
        UnexpectedAnswer: It has not the shape that the protocol says.
    """
    try:
        return shape(said)
    except (KeyError, TypeError, ValueError):
        pass
    # Outside of the handler, so that the exception does not carry what was sent.
    raise UnexpectedAnswer("an answer has not the shape that it should have")


def redemption(said: Json) -> Redemption:
    """`org.xrpcinvites.defs#redemptionView`."""
    return Redemption(
        id=_text(said["id"]),
        code=_text(said["code"]),
        state=_text(said["state"]),
        created_at=_moment(said["createdAt"]),
        lease_expires_at=_maybe(_moment, said.get("leaseExpiresAt")),
        settled_at=_maybe(_moment, said.get("settledAt")),
        used_by=_maybe(_text, said.get("usedBy")),
        idempotency_key=_maybe(_text, said.get("idempotencyKey")),
    )


def grant(said: Json) -> Grant:
    """`org.xrpcinvites.defs#grant`."""
    return Grant(
        did=_text(said["did"]),
        code=_text(said["code"]),
        role=_maybe(_text, said.get("role")),
        tags=tuple(map(_text, said["tags"])),
        granted_at=_moment(said["grantedAt"]),
        revoked_at=_maybe(_moment, said.get("revokedAt")),
    )


def grants(said: Json) -> tuple[Grant, ...]:
    """The output of `org.xrpcinvites.checkAccess`."""
    return tuple(map(grant, said["grants"]))


def preview(said: Json) -> Preview:
    """The output of `org.xrpcinvites.previewCode`."""
    if not isinstance(said["usable"], bool):
        raise TypeError
    return Preview(
        usable=said["usable"],
        inviter=_maybe(_text, said.get("inviter")),
        host=_text(said["host"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _maybe(of: Callable[[object], T], value: object) -> T | None:
    return None if value is None else of(value)

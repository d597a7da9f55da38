"""What a use gives its DID: a role and tags, as the code had them at that moment."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A use, as the one who joined sees it."""

    did: str
    code: str = field(repr=False)
    role: str | None = None
    tags: tuple[str, ...] = ()
    granted_at: datetime
    revoked_at: datetime | None = None

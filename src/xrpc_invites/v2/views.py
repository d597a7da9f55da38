"""What is answered: every documented field, with null or 0 where nothing is known here."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(_written)]
"""RFC 3339 with milliseconds and `Z`."""


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Tag(_View):
    """A word for people who came by an invitation."""

    id: int
    active: bool
    name: str
    type: str
    description: str | None
    color: str | None
    visible: bool
    visibility_boost: bool = False
    created_at: Moment
    deleted: bool


class User(_View):
    """An account, in the order in which its type is published."""

    id: int
    username: str | None
    real_name: str | None
    email: None = None
    email_isvalid: None = None
    reg_approved: bool
    date_joined: Moment
    bio: None = None
    location: None = None
    location_lat_lng: None = None
    position_lat_lng: None = None
    date_of_birth: None = None
    description: None = None
    gender: None = None
    language: None = None
    status: None = None
    website: None = None
    avatar: None = None
    cover: None = None
    ext_id: str
    """The DID."""
    tags: list[Tag]
    reputation: int = 0
    community_badge: None = None
    permission: None = None
    connection_status: None = None
    connection_requests_sent_counter: int = 0
    connection_requests_received_counter: int = 0
    connections_counter: int = 0
    followings_counter: int = 0
    followers_counter: int = 0
    posts_counter: int = 0
    discussions_counter: int = 0
    statuses_counter: int = 0
    polls_counter: int = 0
    categories_counter: int = 0
    role: None = None
    unseen_interactions_counter: int = 0
    unseen_notification_banners_counter: int = 0
    deleted: bool
    deleted_at: None = None
    can_send_pm_to: None = None


class InviteCode(_View):
    """An invitation, or an invite code that is for nobody in particular."""

    id: int | None
    invited_by_username: str | None
    role: str | None
    tags: list[Tag]
    name: str | None
    forced_username: None = None
    email: str | None
    code: str
    generated_at: Moment
    sent_at: Moment | None
    used_at: Moment | None
    invited_by: int | None
    user: User | None
    extra_data: dict[str, str] = {}

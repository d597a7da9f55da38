"""Every setting, read once from the environment by the composition root."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    DirectoryPath,
    Field,
    HttpUrl,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL
from sqlalchemy.exc import ArgumentError

from xrpc_invites.identity.plc import RotationKey
from xrpc_invites.invites.redemption import REPEATS
from xrpc_invites.lexicon.syntax import is_did
from xrpc_invites.mail.servers import SmtpServer, sender
from xrpc_invites.storage.urls import database_url
from xrpc_invites.web.addresses import Network
from xrpc_invites.web.limits import windows
from xrpc_invites.web.redis import counters

PREFIX = "INVITES_"
SECRETS = ("admin_password", "jwt_secret", "hash_key", "plc_rotation_key")
"""Settings that the first start makes when nobody gives them."""

MIN_JWT_SECRET = 16
"""Bytes: a shorter HS256 key can be guessed."""


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(value: object) -> object:
    """A bare number from the environment is so many seconds; all else is ISO 8601."""
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdecimal():
        return int(value)
    return value


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value().encode()) < MIN_JWT_SECRET:
        raise ValueError(f"must have at least {MIN_JWT_SECRET} bytes")
    return secret


def _usable(store: SecretStr) -> SecretStr:
    counters(store.get_secret_value())
    return store


def _readable(rule: str) -> str:
    windows(rule)
    return rule


def _secret_key(text: SecretStr) -> SecretStr:
    RotationKey.parse(text.get_secret_value())
    return text


def _mail_server(url: SecretStr) -> SecretStr:
    SmtpServer.parse(url.get_secret_value())
    return url


def _mail_sender(text: str) -> str:
    sender(text)
    return text


def _did(text: str) -> str:
    if not is_did(text):
        raise ValueError("must be a DID, for example did:plc:… without a fragment")
    return text


Moment = Annotated[datetime, AfterValidator(_in_utc)]
Duration = Annotated[timedelta, BeforeValidator(_seconds)]
Positive = Annotated[Duration, Field(gt=timedelta(0))]
# No shorter than the time in which a request may be repeated, and none before the calendar.
Keeping = Annotated[Duration, Field(ge=REPEATS, le=timedelta(days=36_500))]
Limit = Annotated[str, AfterValidator(_readable)]


class Settings(BaseSettings):
    """The whole configuration; units are in the types, and nothing unsafe is a default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    public_url: HttpUrl = HttpUrl("http://localhost:2585")
    data_dir: Path = Path("data")
    database_url: SecretStr | None = None
    admin_password: SecretStr | None = Field(default=None, min_length=1)
    admin_login: bool = True
    jwt_secret: Annotated[SecretStr, AfterValidator(_long_enough)] | None = None
    hash_key: SecretStr | None = Field(default=None, min_length=16)
    required: bool = True
    interval: Positive | None = None
    epoch: Moment = datetime(1970, 1, 1, tzinfo=UTC)
    max_open: int = Field(default=5, ge=1, le=1_000)
    lexicon_dirs: Annotated[tuple[Path, ...], NoDecode] = ()
    user_domains: Annotated[tuple[str, ...], NoDecode] = (".test",)
    plc_url: HttpUrl | None = None
    plc_rotation_key: Annotated[SecretStr, AfterValidator(_secret_key)] | None = None
    mod_service_did: Annotated[str, AfterValidator(_did)] | None = None
    allow_private_network: bool = False
    privacy_policy_url: HttpUrl | None = None
    terms_of_service_url: HttpUrl | None = None
    contact_email: str | None = None
    writer_lanes: Annotated[int, Field(ge=1, le=16)] = 1
    rate_limits: bool = True
    rate_limit_store: Annotated[SecretStr, AfterValidator(_usable)] = SecretStr("memory://")
    limit_public: Limit = "3000/5 minutes"
    limit_create_account: Limit = "100/5 minutes"
    limit_account: Limit = "3000/5 minutes"
    limit_failed_codes: Limit = "10/5 minutes"
    limit_failed_credentials: Limit = "30/5 minutes"
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    smtp_url: Annotated[SecretStr, AfterValidator(_mail_server)] | None = None
    mail_from: Annotated[str, AfterValidator(_mail_sender)] | None = None
    mail_templates: DirectoryPath | None = None
    limit_mail_operator: Limit = "5000/day"
    limit_mail_account: Limit = "20/day"
    limit_mail_domain: Limit = "1000/hour"
    remind_after: Positive | None = None
    bind_email: bool = True
    account_invitations: bool = False
    mail_cool_down: Duration = Field(default=timedelta(hours=1), ge=timedelta(0))
    v2_public_contact: bool = False
    keep_audit: Keeping | None = None
    keep_redemptions: Keeping | None = None
    keep_mails: Keeping | None = None
    archive_dir: Path | None = None
    validate_output: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    clock_offset: Duration = timedelta(0)

    @field_validator("user_domains", mode="before")
    @classmethod
    def _domains(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        names = [name.strip().lower().lstrip(".") for name in value.split(",")]
        return tuple(f".{name}" for name in names if name)

    @field_validator("lexicon_dirs", mode="before")
    @classmethod
    def _folders(cls, value: object) -> object:
        return tuple(filter(None, value.split(","))) if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(text.strip()) for text in value.split(","))
        except ValueError:
            raise ValueError("must be addresses or networks, such as 10.0.0.0/8, ::1") from None

    @field_validator("user_domains")
    @classmethod
    def _some_domain(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("must name at least one domain, for example .example.org")
        return value

    @field_validator("public_url")
    @classmethod
    def _only_origin(cls, value: HttpUrl) -> HttpUrl:
        if value.path not in {None, "/"} or value.query or value.fragment or value.username:
            raise ValueError("must be a scheme and a host, for example https://invites.example.org")
        return value

    @model_validator(mode="after")
    def _known_database(self) -> Self:
        try:
            url = self.database
        except (ArgumentError, ValueError):
            # Their texts may quote the password.
            raise ValueError("INVITES_DATABASE_URL: must be a SQLAlchemy URL") from None
        if url.get_backend_name() not in {"sqlite", "postgresql"}:
            raise ValueError(
                "INVITES_DATABASE_URL: must begin with sqlite:/// or postgresql+psycopg://"
            )
        if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
            raise ValueError("INVITES_DATABASE_URL: must name a file, which all processes share")
        return self

    @model_validator(mode="after")
    def _mail_of_somebody(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError("INVITES_MAIL_FROM: must be set where INVITES_SMTP_URL is")
        return self

    @property
    def database(self) -> URL:
        """Where the data is kept."""
        if self.database_url is None:
            return URL.create("sqlite", database=str(self.data_dir / "invites.db"))
        return database_url(self.database_url.get_secret_value())

    @property
    def archive(self) -> Path:
        """Where what has had its time is kept."""
        return self.archive_dir or self.data_dir / "archive"

    @property
    def mails(self) -> bool:
        """Whether there is a way to send mails."""
        return self.smtp_url is not None

    @property
    def counts_alone(self) -> bool:
        """Whether each process counts requests for itself, whatever others let through."""
        return self.rate_limits and self.rate_limit_store.get_secret_value().startswith("memory:")

    @property
    def needed_secrets(self) -> tuple[str, ...]:
        """Names of the secrets without which nothing starts."""
        unused = set() if self.admin_login else {"admin_password"}
        unused |= {"plc_rotation_key"} if self.plc_url is None else set()
        return tuple(name for name in SECRETS if name not in unused)

    @property
    def plc(self) -> str | None:
        """The did:plc directory, without a slash at the end."""
        return None if self.plc_url is None else str(self.plc_url).rstrip("/")

    @property
    def moderation(self) -> tuple[str, ...]:
        """The issuers that speak for the moderation service."""
        did = self.mod_service_did
        return () if did is None else (did, f"{did}#atproto_labeler")

    @property
    def origin(self) -> str:
        """How the world reaches this server, without a slash at the end."""
        return str(self.public_url).rstrip("/")

    @property
    def host(self) -> str:
        """The public host, without its port."""
        return str(self.public_url.host)

    @property
    def authority(self) -> str:
        """The public host, with its port where the URL names an unusual one."""
        return self.origin.partition("://")[2]


def from_environment() -> Settings:
    """Read and check everything now, so that a bad value stops the start.

    Secrets that the environment does not give come from the files of the data folder.
    """
    folder = Settings().data_dir
    secrets = folder if folder.is_dir() else None
    return Settings(_secrets_dir=secrets)  # pyright: ignore[reportCallIssue]  # a base-class option


def secret_file(folder: Path, name: str) -> Path:
    """Where a made secret is kept."""
    return folder / f"{PREFIX}{name}".lower()

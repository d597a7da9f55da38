"""Looking at the settings of this machine and at all that they name."""

import asyncio
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from xrpc_invites.app import build, shipped
from xrpc_invites.app.posting import courier, writer
from xrpc_invites.cli import exits
from xrpc_invites.cli.findings import Finding, Findings, clocks, skipped
from xrpc_invites.cli.local import stand_ins
from xrpc_invites.languages import CatalogMissing
from xrpc_invites.lexicon.load import LexiconFaults, load
from xrpc_invites.mail.letters import MailFault
from xrpc_invites.mail.servers import SmtpServer
from xrpc_invites.settings import SECRETS, Settings, secret_file
from xrpc_invites.storage import engines, schema
from xrpc_invites.storage.condition import condition
from xrpc_invites.storage.schema import Standing
from xrpc_invites.xrpc.registry import RegistryFaults

PATIENCE = timedelta(seconds=15)
"""How long a mail server may take to let somebody in who sends nothing."""

MIGRATE = "run xrpc-invites migrate"

_STANDINGS = {
    Standing.MISSING: Finding("migrations", "there is no schema yet", MIGRATE),
    Standing.BEHIND: Finding("migrations", "the schema is behind this program", MIGRATE),
    Standing.NEWER: Finding(
        "migrations", "the schema is newer than this program", "upgrade the program"
    ),
    Standing.AHEAD: Finding("migrations", "the schema is newer, and serves this program too"),
    Standing.CURRENT: Finding("migrations", "the schema is current"),
}


def examine() -> Findings:
    """Everything, the settings first, since they name the rest."""
    try:
        settings = exits.read_settings()
    except exits.SettingsFault as fault:
        yield Finding("settings", str(fault), "see docs/settings.md")
        yield from skipped(
            "database", "migrations", "clock", "lexicons", "smtp", until="the settings"
        )
    else:
        yield _settings(settings)
        yield from _database(settings)
        yield _lexicons(settings)
        yield _smtp(settings)
    yield Finding("upstream", "not set up: accounts are kept here")


def _settings(settings: Settings) -> Finding:
    if unknown := exits.unknown(os.environ):
        said = f"{', '.join(unknown)} is no setting of this version"
        return Finding("settings", said, "see docs/settings.md for the right name")
    needed = settings.needed_secrets
    missing = [
        f"{exits.PREFIX}{name.upper()}" for name in needed if getattr(settings, name) is None
    ]
    if missing and not engines.is_sqlite(settings.database):
        said = "secrets that all replicas must share are not set"
        return Finding("settings", said, f"set {', '.join(missing)}")
    for file in (secret_file(settings.data_dir, name) for name in SECRETS):
        if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            return Finding("settings", f"others can read {file}", f"chmod 600 {file}")
    if settings.counts_alone and not engines.is_sqlite(settings.database):
        # No fault: this may be the only replica.
        said = f"requests are counted by each replica alone, until {exits.PREFIX}RATE_LIMIT_STORE"
        return Finding("settings", f"all can be read; {said} is set")
    return Finding("settings", "all can be read")


def _database(settings: Settings) -> Findings:
    url = settings.database
    where = url.render_as_string(hide_password=True)
    if engines.is_sqlite(url) and not engines.sqlite_file(url).exists():
        said = f"{where} is not there"
        yield Finding("database", said, f"{MIGRATE}, or look at {exits.PREFIX}DATA_DIR")
        yield from skipped("migrations", "clock", until="the database")
        return
    try:
        found = condition(url)
        standing = schema.standing(url, shipped("migrations"))
    except ModuleNotFoundError as error:
        remedy = "pip install 'xrpc-invites[postgres]'"
        yield Finding("database", f"{error.name} is not installed", remedy)
        yield from skipped("migrations", "clock", until="the database")
        return
    except (DBAPIError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        remedy = f"look at {exits.PREFIX}DATABASE_URL and at the database itself"
        yield Finding("database", f"cannot use {where}: {reason}", remedy)
        yield from skipped("migrations", "clock", until="the database")
        return
    if found.writable:
        yield Finding("database", f"{found.product} at {where}")
    else:
        said = f"{found.product} at {where} can only be read"
        yield Finding("database", said, "let this user write there, or name the primary")
    yield _STANDINGS[standing]
    yield _clock(settings, found.now)


def _clock(settings: Settings, theirs: datetime | None) -> Finding:
    if settings.clock_offset:
        name = f"{exits.PREFIX}CLOCK_OFFSET"
        return Finding("clock", f"{name} moves it by {settings.clock_offset}", f"unset {name}")
    if theirs is None:
        return Finding("clock", "the database has no other")
    return clocks("the database", theirs, datetime.now(UTC))


def _lexicons(settings: Settings) -> Finding:
    try:
        documents = load(shipped("lexicons"), *settings.lexicon_dirs)
        with TemporaryDirectory() as folder:
            # A server is only built, so any database will do, and ours may be the one in trouble;
            # mail is looked at by itself.
            elsewhere = {"data_dir": Path(folder), "database_url": None, "smtp_url": None}
            build(stand_ins(settings).model_copy(update=elsewhere))
    except (LexiconFaults, RegistryFaults) as faults:
        return Finding("lexicons", str(faults), "xrpc-invites lexicon check tells more")
    return Finding("lexicons", f"{len(documents)} documents, each as the program has it")


def _smtp(settings: Settings) -> Finding:
    if settings.smtp_url is None:
        return Finding("smtp", "not set up: invitations are made, and not sent")
    try:
        writer(settings, lambda _invitation, _email: "token").check()
    except (MailFault, CatalogMissing) as fault:
        return Finding("smtp", str(fault), f"look at {exits.PREFIX}MAIL_TEMPLATES and docs/mail.md")
    server = SmtpServer.parse(settings.smtp_url.get_secret_value())
    if wrong := asyncio.run(_looked(settings, settings.smtp_url)):
        said = f"cannot use {server.host}:{server.port}: {wrong}"
        return Finding("smtp", said, f"look at {exits.PREFIX}SMTP_URL and at the mail server")
    return Finding("smtp", f"{server.host}:{server.port} takes our mail")


async def _looked(settings: Settings, url: SecretStr) -> str | None:
    looker = courier(url, settings, PATIENCE)
    try:
        return await looker.look()
    finally:
        await looker.close()

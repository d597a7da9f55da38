"""`xrpc-invites serve`: make what is missing, check everything, then answer requests."""

import logging
import os
import sys

import uvicorn

from xrpc_invites import app
from xrpc_invites.cli import exits, schema
from xrpc_invites.cli.first_start import make_secrets
from xrpc_invites.languages import CatalogMissing
from xrpc_invites.lexicon.load import LexiconFaults
from xrpc_invites.mail.letters import MailFault
from xrpc_invites.settings import PREFIX, Settings, secret_file
from xrpc_invites.storage import engines
from xrpc_invites.web.wire import WholeAnswers
from xrpc_invites.xrpc.registry import RegistryFaults

log = logging.getLogger(__name__)


def serve(host: str, port: int, workers: int) -> None:
    """Start the server. An SQLite database is made or migrated first."""
    if port:
        # Clients follow the endpoints in DID documents, so those must name this port; the
        # environment is how workers learn of it.
        os.environ.setdefault(f"{PREFIX}PUBLIC_URL", f"http://localhost:{port}")
    settings = _with_secrets(exits.settings())
    _start_logging(settings)
    if engines.is_sqlite(settings.database):
        schema.bring_up(settings)
    else:
        schema.require_current(settings)
    try:
        # Workers build their own; building one here shows every fault before any starts.
        built = app.build(settings, owns_process=True)
    except (LexiconFaults, RegistryFaults, MailFault, CatalogMissing) as faults:
        exits.stop(exits.CONFIG, str(faults))
    if not settings.mails:
        log.info("mail_off: invitations are made and not sent, until INVITES_SMTP_URL is set")
    if settings.counts_alone and (workers > 1 or not engines.is_sqlite(settings.database)):
        log.warning(
            "limits_alone: each process counts requests for itself, so many let through many times"
            " as much, until INVITES_RATE_LIMIT_STORE is set"
        )
    uvicorn.run(
        built if workers == 1 else "xrpc_invites.app:create",
        factory=workers > 1,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http=WholeAnswers,
        # Codes stand in paths and queries, and an access log would keep them.
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=30,
    )


def _start_logging(settings: Settings) -> None:
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s %(message)s"
    )
    # A first start would begin with a page of Alembic's plug-ins.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)


def _with_secrets(settings: Settings) -> Settings:
    if not engines.is_sqlite(settings.database):
        needed = settings.needed_secrets
        missing = [f"{PREFIX}{name.upper()}" for name in needed if getattr(settings, name) is None]
        if missing:
            # Replicas must share their secrets, and a file on one machine is not shared.
            exits.stop(exits.CONFIG, f"with PostgreSQL these must be set: {', '.join(missing)}")
        return settings
    try:
        made = make_secrets(settings)
    except OSError as error:
        exits.stop(exits.CONFIG, f"cannot keep secrets in {settings.data_dir}: {error.strerror}")
    if "admin_password" in made:
        _welcome(settings, made["admin_password"])
    return exits.settings()


def _welcome(settings: Settings, password: str) -> None:
    """Say the password once, with a first thing to do."""
    kept = secret_file(settings.data_dir, "admin_password")
    sys.stderr.write(
        f"""
The admin password is  {password}
It is kept in {kept} and not shown again. Create the first invite code with

  curl --user admin:{password} --header 'Content-Type: application/json' \\
    --data '{{"useCount": 1}}' {settings.origin}/xrpc/com.atproto.server.createInviteCode

"""
    )

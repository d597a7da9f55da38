"""The server of the settings, built in this process and asked without HTTP."""

import asyncio
import getpass
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager

from pydantic import SecretStr

from xrpc_invites.app import at_this_machine
from xrpc_invites.cli import exits, schema
from xrpc_invites.cli.calls import Carrier
from xrpc_invites.cli.first_start import drawn, make_secrets
from xrpc_invites.lexicon.load import LexiconFaults
from xrpc_invites.settings import SECRETS, Settings
from xrpc_invites.storage import engines
from xrpc_invites.xrpc.messages import JSON, Answer, Request, whole
from xrpc_invites.xrpc.pipeline import Pipeline
from xrpc_invites.xrpc.registry import RegistryFaults

LASTING = "hash_key"
"""The one secret of which something stays in the database."""


@contextmanager
def local() -> Generator[Carrier]:
    """Carries calls to the server's own pipeline."""
    settings = exits.settings()
    schema.require_current(settings)
    with asyncio.Runner() as loop:
        server = at_this_machine(stand_ins(_with_lasting_secret(settings)), _person())
        try:
            pipeline = loop.run(server.__aenter__())
        except OSError as error:
            schema.unreachable(settings, error)
        except (LexiconFaults, RegistryFaults) as faults:
            exits.stop(exits.CONFIG, str(faults))
        try:
            yield _carrier(loop, pipeline)
        finally:
            loop.run(server.__aexit__(None, None, None))


def _carrier(loop: asyncio.Runner, pipeline: Pipeline) -> Carrier:
    def carry(http_method: str, path: str, body: bytes | None, *, once: bool) -> Answer:  # noqa: ARG001  # nothing is ever asked again here
        nsid, _, query = path.partition("?")
        request = Request(
            http_method=http_method,
            nsid=nsid,
            query=query.encode(),
            headers={}
            if body is None
            else {"content-type": JSON, "content-length": f"{len(body)}"},
            body=whole(body or b""),
            address="",
            id=secrets.token_hex(8),
        )
        return loop.run(pipeline.answer(request))

    return carry


def stand_ins(settings: Settings) -> Settings:
    """Settings whose missing secrets are stood in for: nobody signs in through this process."""
    missing = [name for name in SECRETS if getattr(settings, name) is None]
    stands = {name: SecretStr(drawn(name)) for name in missing}
    return settings.model_copy(update=stands)


def _with_lasting_secret(settings: Settings) -> Settings:
    if settings.hash_key is not None:
        return settings
    if not engines.is_sqlite(settings.database):
        exits.stop(exits.CONFIG, f"with PostgreSQL {exits.PREFIX}{LASTING.upper()} must be set")
    try:
        make_secrets(settings, [LASTING])
    except OSError as error:
        exits.stop(exits.CONFIG, f"cannot keep secrets in {settings.data_dir}: {error.strerror}")
    return exits.read_settings()


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a user that has no name.
        return str(os.getuid())

"""A server: its parts put together, opened and closed."""

import gc
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from xrpc_invites import __version__
from xrpc_invites.app.beside import Door, add_rooms
from xrpc_invites.app.dice import DICE
from xrpc_invites.app.means import clock, given, tracer
from xrpc_invites.app.posting import post
from xrpc_invites.app.retaining import archiving
from xrpc_invites.app.shipped import shipped
from xrpc_invites.app.use_cases import (
    Parts,
    auditing,
    every_use_case,
    invitations,
    redeeming,
    statistics,
)
from xrpc_invites.identity.documents import audiences, did_web, service_document
from xrpc_invites.identity.operators import TokenHolders
from xrpc_invites.identity.outside import Outside
from xrpc_invites.identity.passwords import Argon2Passwords
from xrpc_invites.identity.plc import PlcRegistrar, RotationKey
from xrpc_invites.identity.speakers import ServiceAuth
from xrpc_invites.identity.tokens import SessionTokens
from xrpc_invites.identity.well_known import WellKnown
from xrpc_invites.invites.operators import hasher
from xrpc_invites.invites.ports import StoreBusyError
from xrpc_invites.invites.proving import Proving
from xrpc_invites.invites.seals import sealing_key
from xrpc_invites.lexicon.load import Lexicons, load
from xrpc_invites.methods.every import every_method
from xrpc_invites.settings import Settings, from_environment
from xrpc_invites.storage.database import Database
from xrpc_invites.web import server
from xrpc_invites.web.addresses import Addresses
from xrpc_invites.web.incoming import Incoming
from xrpc_invites.web.limits import RateLimits, windows
from xrpc_invites.web.openapi import document as description
from xrpc_invites.web.redis import counters
from xrpc_invites.web.reference import add_pages
from xrpc_invites.web.xrpc import XrpcEndpoint
from xrpc_invites.workers import Worker, working
from xrpc_invites.xrpc.credentials import Credentials
from xrpc_invites.xrpc.limits import Rule
from xrpc_invites.xrpc.local import AtThisMachine, Callers
from xrpc_invites.xrpc.method import Method
from xrpc_invites.xrpc.pipeline import Pipeline
from xrpc_invites.xrpc.reception import Reception
from xrpc_invites.xrpc.registry import Registry

SEAL_EVERY = timedelta(seconds=2)
"""How soon after a change its entry in the audit log is sealed."""
COUNT_EVERY = timedelta(seconds=2)
"""How often everything is counted, if that is quick; see `invites.statistics`."""

MAIL_EVERY = timedelta(seconds=2)
"""How soon mails go out."""

ARCHIVE_EVERY = timedelta(seconds=1)
"""How long others have their turn before the next batch is archived."""

TIDY_EVERY = timedelta(minutes=1)
"""How often ended leases are written down, and signed proofs that are past are dropped."""


def build(settings: Settings, *, owns_process: bool = False) -> FastAPI:
    """Wire a server. Nothing is opened before it starts.

    One that owns its process lives as long as that does.

    Raises:
        LexiconFaults: A Lexicon document is wrong.
        RegistryFaults: A method does not do what its Lexicon says.
        MailFault: Mail cannot be written.
    """
    return _Server(settings, owns_process=owns_process).app


@asynccontextmanager
async def at_this_machine(settings: Settings, person: str) -> AsyncGenerator[Pipeline]:
    """The pipeline of a server that listens nowhere: it takes every call for this person's.

    Raises like `build`.
    """
    unlimited = settings.model_copy(update={"rate_limits": False})
    async with _Server(unlimited, AtThisMachine(person)).alone() as pipeline:
        yield pipeline


def create() -> FastAPI:
    """The server of the environment's settings, for worker processes."""
    return build(from_environment(), owns_process=True)


class _Server:
    """One server's parts, and when they open and close."""

    def __init__(
        self, settings: Settings, callers: Callers | None = None, *, owns_process: bool = False
    ) -> None:
        """`callers` stand in for everyone's credentials."""
        self._owns_process = owns_process
        self._settings = settings
        self._database = Database(
            settings.database,
            lanes=settings.writer_lanes,
            sealing_key=sealing_key(given(settings.hash_key).encode()),
        )
        self._auditing = auditing(settings, self._database)
        self._redeeming = redeeming(settings, self._database)
        self._invitations = invitations(settings, self._database)
        # Whoever is alone here leaves mail to a server.
        self._post = None if callers else post(settings, self._database, self._invitations.token)
        # Whoever is alone here has nobody who counts in the background.
        self._statistics = statistics(settings, self._database, counts_itself=callers is not None)
        self._proving = Proving(self._database.write, now=clock(settings))
        self._passwords = Argon2Passwords()
        self._limits = _limits(settings)
        self._outside = Outside(
            plc_url=settings.plc,
            private_network=settings.allow_private_network,
            now=clock(settings),
        )
        service_did = did_web(settings.authority)
        tokens = SessionTokens(given(settings.jwt_secret).encode(), service_did)
        known = WellKnown(
            self._database.read,
            service=service_document(service_did, settings.origin),
            host=settings.host,
            domains=settings.user_domains,
            origin=settings.origin,
        )
        parts = Parts(
            database=self._database,
            passwords=self._passwords,
            session_tokens=tokens,
            known=known,
            auditing=self._auditing,
            redeeming=self._redeeming,
            invitations=self._invitations,
            statistics=self._statistics,
            service_did=service_did,
            registrar=self._registrar(settings),
        )
        use = every_use_case(settings, parts)
        self._holders = TokenHolders(
            self._database.ask,
            self._database.write,
            hash_token=hasher(given(settings.hash_key).encode()),
            now=clock(settings),
        )
        credentials = Credentials(
            admin_password=given(settings.admin_password) if settings.admin_login else None,
            sessions=tokens,
            operators=self._holders,
            speakers=ServiceAuth(
                self._outside.resolver,
                audiences=audiences(service_did),
                moderation=settings.moderation,
                now=clock(settings),
            ),
            now=clock(settings),
        )
        lexicons = load(shipped("lexicons"), *settings.lexicon_dirs)
        registry = _registry(settings, every_method(use), lexicons)
        reception = Reception(
            credentials=callers or credentials,
            limits=self._limits,
            trace=tracer(given(settings.hash_key).encode()),
            busy=(StoreBusyError,),
        )
        self._pipeline = Pipeline(
            registry,
            reception.credentials,
            limits=reception.limits,
            trace=reception.trace,
            busy=reception.busy,
            validate_output=settings.validate_output,
        )
        addresses = Addresses(settings.trusted_proxies)
        self.app = server.build(
            XrpcEndpoint(self._pipeline, addresses, name=DICE.name, version=__version__),
            document=known.document,
            did_of=known.did,
            lifespan=self._lifespan,
        )
        sources = {nsid: document.source for nsid, document in lexicons.items()}
        openapi = description(registry.values(), sources, version=__version__)
        add_pages(self.app, openapi=openapi, lexicons=sources)
        add_rooms(self.app, settings, use, Door(reception, Incoming(addresses, name=DICE.name)))

    def _registrar(self, settings: Settings) -> PlcRegistrar | None:
        if settings.plc_url is None:
            return None
        key = RotationKey.parse(given(settings.plc_rotation_key))
        return self._outside.registrar(key, endpoint=settings.origin)

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncGenerator[None]:
        workers = [
            Worker("audit_seal", self._auditing.seal, SEAL_EVERY),
            Worker("tally", self._statistics.recount, COUNT_EVERY),
            Worker("leases_tidy", self._redeeming.tidy, TIDY_EVERY),
            Worker("proofs_tidy", self._proving.tidy, TIDY_EVERY),
        ]
        workers += [
            Worker(f"archive_{name}", archive, ARCHIVE_EVERY)
            for name, archive in archiving(self._settings, self._database).items()
        ]
        if self._post:
            workers.append(Worker("mail", self._post.round, MAIL_EVERY))
        async with self._database, working(workers):
            if self._owns_process:
                # What lives now lives on: leaving it out of every collection cuts the slowest
                # answers by half.
                gc.collect()
                gc.freeze()
                # Requests leave few cycles behind, and each look for them costs.
                gc.set_threshold(20_000, 20, 20)
            yield
            if self._post:
                await self._post.stop()
            await self._holders.close()
            self._database.read.end_scans()
        await self._close()

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[Pipeline]:
        """The pipeline with its database, and nothing that works beside it."""
        async with self._database:
            yield self._pipeline
        await self._close()

    async def _close(self) -> None:
        await self._outside.close()
        self._passwords.close()
        if self._limits:
            await self._limits.close()


def _registry(settings: Settings, methods: Sequence[Method], lexicons: Lexicons) -> Registry:
    ours = load(shipped("lexicons")) if settings.lexicon_dirs else lexicons
    overlaid = lexicons.keys() - ours.keys()
    return Registry(methods, lexicons, overlaid=overlaid)


def _limits(settings: Settings) -> RateLimits | None:
    if not settings.rate_limits:
        return None
    rules = {rule: windows(getattr(settings, f"limit_{rule}")) for rule in Rule}
    return RateLimits(rules, counters(settings.rate_limit_store.get_secret_value()))

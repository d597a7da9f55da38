"""The composition root: the one place that knows every room of the house."""

import gc
import hmac
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import FastAPI
from pydantic import SecretStr

from xrpc_invites import __version__
from xrpc_invites.accounts.directory import Directory
from xrpc_invites.accounts.handles import HandleRules
from xrpc_invites.accounts.ports import World
from xrpc_invites.accounts.sessions import Sessions
from xrpc_invites.accounts.sign_up import SignUp
from xrpc_invites.identity.documents import did_web, service_document
from xrpc_invites.identity.keys import new_key
from xrpc_invites.identity.operators import TokenHolders
from xrpc_invites.identity.passwords import Argon2Passwords
from xrpc_invites.identity.service_auth import refuse
from xrpc_invites.identity.tokens import SessionTokens
from xrpc_invites.identity.well_known import WellKnown
from xrpc_invites.invites.allowance import Earning
from xrpc_invites.invites.auditing import Auditing
from xrpc_invites.invites.catalog import Catalog
from xrpc_invites.invites.changes import Changes
from xrpc_invites.invites.codes import InviteCodes
from xrpc_invites.invites.importing import Imports
from xrpc_invites.invites.operators import hasher
from xrpc_invites.invites.ports import Clock, StoreBusyError
from xrpc_invites.invites.seals import sealing_key
from xrpc_invites.invites.status import Refusal
from xrpc_invites.invites.text import fold, maker
from xrpc_invites.invites.tokens import Tokens
from xrpc_invites.lexicon.load import Lexicons, load
from xrpc_invites.methods.com_atproto_server.describe_server import Contact, Links, Output
from xrpc_invites.methods.every import UseCases, every_method
from xrpc_invites.settings import Settings, from_environment
from xrpc_invites.storage.database import Database
from xrpc_invites.web import server
from xrpc_invites.web.addresses import Addresses
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
from xrpc_invites.xrpc.registry import Registry

SEAL_EVERY = timedelta(seconds=2)
"""How soon after a change its entry in the audit log is sealed."""

log = logging.getLogger(__name__)


def shipped(folder: str) -> Path:
    """A top-level folder: inside the package once installed, beside `src/` in a checkout."""
    inside = Path(__file__).parent / folder
    return inside if inside.is_dir() else Path(__file__).parents[2] / folder


def clock(settings: Settings) -> Clock:
    """The present in whole milliseconds, as it is stored; only tests of processes move it."""
    offset = settings.clock_offset

    def now() -> datetime:
        present = datetime.now(UTC) + offset
        return present.replace(microsecond=present.microsecond // 1_000 * 1_000)

    return now


def invite_codes(settings: Settings, database: Database) -> InviteCodes:
    """Join the use cases of codes to the real store, clock and dice."""
    earning = None
    if settings.required and settings.interval:
        earning = Earning(settings.interval, settings.epoch, settings.max_open)
    return InviteCodes(
        database.read,
        database.write,
        now=clock(settings),
        draw=maker(settings.host, secrets.choice),
        earning=earning,
    )


def changes(settings: Settings, database: Database) -> Changes:
    """Join the use cases of changing codes to the real store and clock."""
    return Changes(database.write, now=clock(settings))


def operator_tokens(settings: Settings, database: Database) -> Tokens:
    """Join the use cases of operators' tokens to the real store, clock and dice."""
    return Tokens(
        database.read,
        database.write,
        now=clock(settings),
        dice=secrets.token_bytes,
        hash_token=hasher(_given(settings.hash_key).encode()),
    )


def auditing(settings: Settings, database: Database) -> Auditing:
    """Join the use cases of the audit log to the real store, clock and key."""
    return Auditing(
        database.read,
        database.write,
        now=clock(settings),
        key=sealing_key(_given(settings.hash_key).encode()),
        holder=secrets.token_hex(8),
    )


def build(settings: Settings) -> FastAPI:
    """Wire a server. Nothing is opened before it starts.

    Raises:
        LexiconFaults: A Lexicon document is wrong.
        RegistryFaults: A method does not do what its Lexicon says.
    """
    return _Server(settings).app


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
    return build(from_environment())


class _Server:
    """One server's parts, and when they open and close."""

    def __init__(self, settings: Settings, callers: Callers | None = None) -> None:
        """`callers` stand in for everyone's credentials."""
        self._database = Database(settings.database)
        self._auditing = auditing(settings, self._database)
        self._passwords = Argon2Passwords()
        self._limits = _limits(settings)
        service_did = did_web(settings.authority)
        tokens = SessionTokens(_given(settings.jwt_secret).encode(), service_did)
        known = WellKnown(
            self._database.read,
            service=service_document(service_did, settings.origin),
            host=settings.host,
            domains=settings.user_domains,
            origin=settings.origin,
        )
        methods = every_method(self._use_cases(settings, tokens, known, service_did))
        self._holders = TokenHolders(
            self._database.read,
            self._database.write,
            hash_token=hasher(_given(settings.hash_key).encode()),
            now=clock(settings),
        )
        credentials = Credentials(
            admin_password=_given(settings.admin_password) if settings.admin_login else None,
            sessions=tokens,
            operators=self._holders,
            refuse_service=refuse,
            now=clock(settings),
        )
        lexicons = load(shipped("lexicons"), *settings.lexicon_dirs)
        registry = _registry(settings, methods, lexicons)
        self._pipeline = Pipeline(
            registry,
            callers or credentials,
            limits=self._limits,
            trace=_tracer(_given(settings.hash_key).encode()),
            busy=(StoreBusyError,),
            validate_output=settings.validate_output,
        )
        self.app = server.build(
            XrpcEndpoint(self._pipeline, Addresses(settings.trusted_proxies), version=__version__),
            document=known.document,
            did_of=known.did,
            lifespan=self._lifespan,
        )
        sources = {nsid: document.source for nsid, document in lexicons.items()}
        openapi = description(registry.values(), sources, version=__version__)
        add_pages(self.app, openapi=openapi, lexicons=sources)

    def _use_cases(
        self, settings: Settings, tokens: SessionTokens, known: WellKnown, service_did: str
    ) -> UseCases:
        world = World(
            read=self._database.read,
            write=self._database.write,
            passwords=self._passwords,
            tokens=tokens,
            new_key=new_key,
            did_of=did_web,
            now=clock(settings),
            draw_jti=_draw_jti,
        )
        rules = HandleRules(settings.user_domains, settings.host)
        sessions = Sessions(world)
        return UseCases(
            codes=invite_codes(settings, self._database),
            catalog=Catalog(self._database.read, now=clock(settings)),
            changes=changes(settings, self._database),
            imports=Imports(self._database.write, now=clock(settings)),
            host=settings.host,
            sign_up=SignUp(world, sessions, rules=rules, code_required=settings.required),
            sessions=sessions,
            directory=Directory(world, rules),
            tokens=operator_tokens(settings, self._database),
            auditing=self._auditing,
            document=known.document_of,
            record=_recorder(_given(settings.hash_key).encode()),
            terms=_terms(settings, service_did),
        )

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncGenerator[None]:
        sealer = Worker("audit_seal", self._auditing.seal, SEAL_EVERY)
        async with self._database, working([sealer]):
            # What lives now lives on: leaving it out of every collection cuts the slowest
            # answers by half.
            gc.collect()
            gc.freeze()
            yield
            await self._holders.close()
        await self._close()

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[Pipeline]:
        """The pipeline with its database, and nothing that works beside it."""
        async with self._database:
            yield self._pipeline
        await self._close()

    async def _close(self) -> None:
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


def _terms(settings: Settings, service_did: str) -> Output:
    privacy, terms = settings.privacy_policy_url, settings.terms_of_service_url
    return Output(
        did=service_did,
        invite_code_required=settings.required,
        available_user_domains=list(settings.user_domains),
        links=Links(
            privacy_policy=None if privacy is None else str(privacy),
            terms_of_service=None if terms is None else str(terms),
        ),
        contact=Contact(email=settings.contact_email),
    )


def _tracer(hash_key: bytes) -> Callable[[str], str]:
    """Hashes addresses, so that the audit log can tell clients apart and names none."""

    def trace(address: str) -> str:
        return hmac.digest(hash_key, f"address {address}".encode(), "sha256").hex()[:16]

    return trace


def _recorder(hash_key: bytes) -> Callable[[Refusal, str], None]:
    """Logs refused codes by a keyed hash: a log must not be a list of codes."""

    def record(refusal: Refusal, text: str) -> None:
        digest = hmac.digest(hash_key, (fold(text) or text).encode(), "sha256")
        log.info("code_refused reason=%s code=%s", refusal, digest.hex()[:10])

    return record


def _draw_jti() -> str:
    return secrets.token_urlsafe(32)


def _given(secret: SecretStr | None) -> str:
    if secret is None:
        raise ValueError("secrets are made before the server is built")
    return secret.get_secret_value()

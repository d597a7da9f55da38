"""The use cases, joined to the real store, clock, dice and keys."""

import hmac
import secrets
from dataclasses import dataclass

from xrpc_invites.accounts.directory import Directory
from xrpc_invites.accounts.handles import HandleRules
from xrpc_invites.accounts.ports import World
from xrpc_invites.accounts.sessions import Sessions
from xrpc_invites.accounts.sign_up import SignUp
from xrpc_invites.app.dice import DICE
from xrpc_invites.app.means import clock, given, recorder
from xrpc_invites.identity.documents import did_web
from xrpc_invites.identity.keys import new_key
from xrpc_invites.identity.passwords import Argon2Passwords
from xrpc_invites.identity.plc import PlcRegistrar
from xrpc_invites.identity.tokens import SessionTokens
from xrpc_invites.identity.well_known import WellKnown
from xrpc_invites.invites.access import Access
from xrpc_invites.invites.allowance import Earning
from xrpc_invites.invites.auditing import Auditing
from xrpc_invites.invites.catalog import Catalog
from xrpc_invites.invites.changes import Changes
from xrpc_invites.invites.codes import InviteCodes
from xrpc_invites.invites.corresponding import Invitations
from xrpc_invites.invites.freezing import InviteTrees
from xrpc_invites.invites.importing import Imports
from xrpc_invites.invites.inviting import Inviting
from xrpc_invites.invites.operators import hasher
from xrpc_invites.invites.redeeming import Redeeming
from xrpc_invites.invites.seals import sealing_key
from xrpc_invites.invites.statistics import Statistics
from xrpc_invites.invites.tagging import Tagging
from xrpc_invites.invites.text import maker
from xrpc_invites.invites.tokens import Tokens
from xrpc_invites.methods.com_atproto_server.describe_server import Contact, Links, Output
from xrpc_invites.methods.every import UseCases
from xrpc_invites.settings import Settings
from xrpc_invites.storage.database import Database


def invite_codes(settings: Settings, database: Database) -> InviteCodes:
    """Join the use cases of codes to the real store, clock and dice."""
    earning = None
    if settings.required and settings.interval:
        earning = Earning(settings.interval, settings.epoch, settings.max_open)
    return InviteCodes(
        database.read,
        database.write,
        now=clock(settings),
        draw=maker(settings.host, DICE),
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
        hash_token=hasher(given(settings.hash_key).encode()),
    )


def auditing(settings: Settings, database: Database) -> Auditing:
    """Join the use cases of the audit log to the real store, clock and key."""
    return Auditing(
        database.read,
        database.write,
        now=clock(settings),
        key=sealing_key(given(settings.hash_key).encode()),
        holder=secrets.token_hex(8),
    )


def redeeming(settings: Settings, database: Database) -> Redeeming:
    """Join the use cases of redemption to the real store, clock, dice and key."""
    key = given(settings.hash_key).encode()

    def fingerprint(request: str) -> str:
        return hmac.digest(key, f"redemption {request}".encode(), "sha256").hex()

    return Redeeming(
        database.read,
        database.write,
        now=clock(settings),
        draw=lambda: secrets.token_urlsafe(16),
        fingerprint=fingerprint,
    )


def statistics(settings: Settings, database: Database, *, counts_itself: bool) -> Statistics:
    """Join the use cases of numbers to the real store and clock."""
    return Statistics(
        database.read,
        database.write,
        now=clock(settings),
        holder=secrets.token_hex(8),
        counts_itself=counts_itself,
    )


def inviting(settings: Settings, database: Database) -> Inviting:
    """Join the use cases of making invitations to the real store, clock and dice."""
    return Inviting(
        database.read,
        database.write,
        now=clock(settings),
        draw=maker(settings.host, DICE),
        bind=settings.bind_email,
        mails=settings.mails,
    )


def invitations(settings: Settings, database: Database) -> Invitations:
    """Join the use cases of invitations that are there to the real store, clock and key."""
    return Invitations(
        database.read,
        database.write,
        now=clock(settings),
        key=given(settings.hash_key).encode(),
        mails=settings.mails,
        cool_down=settings.mail_cool_down,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the use cases of one server share with its other parts."""

    database: Database
    passwords: Argon2Passwords
    session_tokens: SessionTokens
    known: WellKnown
    auditing: Auditing
    redeeming: Redeeming
    invitations: Invitations
    statistics: Statistics
    service_did: str
    registrar: PlcRegistrar | None


def every_use_case(settings: Settings, parts: Parts) -> UseCases:
    """All that the methods are made from."""
    database = parts.database
    world = World(
        read=database.read,
        write=database.write,
        passwords=parts.passwords,
        tokens=parts.session_tokens,
        new_key=new_key,
        did_of=did_web,
        now=clock(settings),
        draw_jti=_draw_jti,
        registrar=parts.registrar,
    )
    rules = HandleRules(settings.user_domains, settings.host)
    sessions = Sessions(world)
    return UseCases(
        codes=invite_codes(settings, database),
        access=Access(database.read, database.write, now=clock(settings)),
        redeeming=parts.redeeming,
        catalog=Catalog(database.read, now=clock(settings)),
        changes=changes(settings, database),
        trees=InviteTrees(database.read, database.write, now=clock(settings), draw=DICE.name),
        imports=Imports(database.write, now=clock(settings)),
        inviting=inviting(settings, database),
        invitations=parts.invitations,
        tagging=Tagging(database.read, database.write, now=clock(settings)),
        accounts_invite=settings.account_invitations,
        host=settings.host,
        origin=settings.origin,
        sign_up=SignUp(world, sessions, rules=rules, code_required=settings.required),
        sessions=sessions,
        directory=Directory(world, rules),
        tokens=operator_tokens(settings, database),
        auditing=parts.auditing,
        statistics=parts.statistics,
        document=parts.known.document_of,
        record=recorder(given(settings.hash_key).encode()),
        terms=_terms(settings, parts.service_did),
    )


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


def _draw_jti() -> str:
    return secrets.token_urlsafe(32)

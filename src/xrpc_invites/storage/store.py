"""The books of one connection, under the names by which the domain asks for them."""

from sqlalchemy import Connection

from xrpc_invites.storage.accounts import SqlAccountBook, SqlAccounts
from xrpc_invites.storage.audit import SqlAuditLog, SqlAuditTrail
from xrpc_invites.storage.claims import SqlClaims
from xrpc_invites.storage.codes import SqlCodes
from xrpc_invites.storage.invitations import SqlInvitationBook, SqlInvitations
from xrpc_invites.storage.leases import SqlLeaseBook, SqlLeases
from xrpc_invites.storage.ledger import SqlLedger
from xrpc_invites.storage.listing import Known, SqlListing
from xrpc_invites.storage.outbox import SqlOutbox, SqlOutboxBook
from xrpc_invites.storage.proofs import SqlProofBook, SqlProofs
from xrpc_invites.storage.redemptions import SqlRedemptions
from xrpc_invites.storage.sessions import SqlSessionBook
from xrpc_invites.storage.tags import SqlTagBook, SqlTags
from xrpc_invites.storage.tallies import SqlTallies, SqlTallyBook
from xrpc_invites.storage.tokens import SqlTokenBook, SqlTokens
from xrpc_invites.storage.tree import SqlTree, SqlTreeBook


class SqlReadStore:
    """One consistent view. See `accounts.ports.ReadStore`."""

    def __init__(self, connection: Connection, known: Known) -> None:
        """`known` are codes that were read before."""
        self.codes = SqlCodes(connection)
        self.listing = SqlListing(connection, known)
        self.redemptions = SqlRedemptions(connection)
        self.accounts = SqlAccounts(connection)
        self.proofs = SqlProofs(connection)
        self.tokens = SqlTokens(connection)
        self.audit = SqlAuditTrail(connection)
        self.leases = SqlLeases(connection)
        self.tallies = SqlTallies(connection)
        self.tree = SqlTree(connection)
        self.invitations = SqlInvitations(connection)
        self.tags = SqlTags(connection)
        self.outbox = SqlOutbox(connection)


class SqlStore:
    """One unit of work. See `accounts.ports.Store`."""

    def __init__(self, connection: Connection, sealing_key: bytes | None = None) -> None:
        """With the key, entries of the audit log are sealed as they come. See `SqlAuditLog`."""
        self.codes = SqlLedger(connection)
        self.listing = SqlListing(connection, Known())
        self.claims = SqlClaims(connection, self.codes)
        self.redemptions = SqlRedemptions(connection)
        self.accounts = SqlAccountBook(connection)
        self.audit = SqlAuditLog(connection, sealing_key)
        self.leases = SqlLeaseBook(connection)
        self.proofs = SqlProofBook(connection)
        self.sessions = SqlSessionBook(connection)
        self.tokens = SqlTokenBook(connection)
        self.tallies = SqlTallyBook(connection)
        self.tree = SqlTreeBook(connection)
        self.invitations = SqlInvitationBook(connection)
        self.tags = SqlTagBook(connection)
        self.outbox = SqlOutboxBook(connection)

"""What methods use to describe their input and output: the Lexicon's views, handed on."""

from xrpc_invites.lexicon.syntax import is_did, is_language
from xrpc_invites.lexicon.views import (
    AtUri,
    Cid,
    Datetime,
    Did,
    Handle,
    Language,
    Omittable,
    Unknown,
    Uri,
    View,
)

__all__ = [
    "AtUri",
    "Cid",
    "Datetime",
    "Did",
    "Handle",
    "Language",
    "Omittable",
    "Unknown",
    "Uri",
    "View",
    "is_did",
    "is_language",
]

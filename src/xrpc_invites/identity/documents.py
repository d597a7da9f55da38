"""DID documents of accounts and of the service itself."""

from typing import Any

SERVICES = ("atproto_invites", "atproto_pds")
"""The services that are found here; clients of a PDS know the second."""

_CONTEXT = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")


def did_web(authority: str) -> str:
    """The did:web of a host; a port is part of the name, with its colon encoded."""
    return f"did:web:{authority.replace(':', '%3A')}"


def audiences(did: str) -> frozenset[str]:
    """The names by which others mean this service: its DID, and each service of it."""
    return frozenset([did, *(f"{did}#{service}" for service in SERVICES)])


def account_document(did: str, handle: str, key_multibase: str, endpoint: str) -> dict[str, Any]:
    """An account's document: its handle, its key, and the server that it lives on."""
    return {
        "@context": list(_CONTEXT),
        "id": did,
        "alsoKnownAs": [f"at://{handle}"],
        "verificationMethod": [
            {
                "id": f"{did}#atproto",
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key_multibase,
            }
        ],
        "service": [
            {
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": endpoint,
            }
        ],
    }


def service_document(did: str, endpoint: str) -> dict[str, Any]:
    """The service's document: where invites are to be had."""
    return {
        "@context": list(_CONTEXT[:1]),
        "id": did,
        "service": [
            {"id": "#atproto_invites", "type": "AtprotoInvites", "serviceEndpoint": endpoint}
        ],
    }

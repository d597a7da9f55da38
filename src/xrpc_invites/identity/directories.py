"""Where the document of a DID lies, and what is read of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xrpc_invites.identity.fetched import Fetched, Fetches, FetchFailed
from xrpc_invites.identity.signatures import InvalidKey, PublicKey, from_multikey, from_suite

ATPROTO, LABELER = "atproto", "atproto_label"
"""The fragments of the two keys that service auth may be signed with."""

MAX_METHODS = 64
"""Verification methods of one document that are looked at."""

_PLC = re.compile(r"did:plc:[a-z2-7]{24}")
_WEB = re.compile(r"did:web:([A-Za-z0-9][A-Za-z0-9.-]{0,252})(?:%3[Aa]([0-9]{1,5}))?")
_GONE = {404, 410}


class Unresolvable(Exception):
    """A DID has no document that can be had now; the text is for logs."""


class Unknown(Unresolvable):
    """The directory itself says that there is no such DID, or no longer."""


@dataclass(frozen=True, slots=True)
class DidDocument:
    """What matters here of a document."""

    did: str
    keys: Mapping[str, PublicKey]
    """By the fragment of the verification method; those that can be used."""


class Directories:
    """The did:plc directory, if one is set, and the hosts of did:web."""

    def __init__(self, *, plc: Fetches, plc_url: str | None, web: Fetches) -> None:
        self._plc = plc
        self._plc_url = plc_url
        self._web = web

    async def document(self, did: str) -> DidDocument:
        """The document as it is now.

        Raises:
            Unresolvable: There is none, it is another's, or it cannot be had.
        """
        try:
            answer = await self._answer(did)
        except FetchFailed as error:
            raise Unresolvable(str(error)) from error
        if answer.status != 200:  # noqa: PLR2004
            raise Unresolvable(f"status {answer.status}")
        return read(did, answer.body)

    async def close(self) -> None:
        await self._plc.close()
        await self._web.close()

    async def _answer(self, did: str) -> Fetched:
        if _PLC.fullmatch(did) and self._plc_url is not None:
            answer = await self._plc.get(f"{self._plc_url}/{did}")
            if answer.status in _GONE:
                raise Unknown(f"status {answer.status}")
            return answer
        if found := _WEB.fullmatch(did):
            host, port = found.groups()
            authority = host if port is None else f"{host}:{port}"
            return await self._web.get(f"https://{authority}/.well-known/did.json")
        raise Unresolvable("no directory for this kind of DID")


def read(did: str, body: bytes) -> DidDocument:
    """A document from its JSON.

    Raises:
        Unresolvable: It is no document, or another DID's.
    """
    try:
        document = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise Unresolvable("no JSON") from error
    if not isinstance(document, dict) or document.get("id") != did:
        raise Unresolvable("the document of another DID")
    methods = document.get("verificationMethod")
    listed = methods[:MAX_METHODS] if isinstance(methods, list) else []
    return DidDocument(did, {f: key for f in (ATPROTO, LABELER) if (key := _key(did, f, listed))})


def _key(did: str, fragment: str, methods: list[Any]) -> PublicKey | None:
    """The key of the first verification method with this fragment; None where it is no key."""
    ids = [f"#{fragment}", f"{did}#{fragment}"]
    for method in methods:
        if isinstance(method, dict) and method.get("id") in ids:
            return _key_of(method) if method.get("controller") == did else None
    return None


def _key_of(method: dict[str, Any]) -> PublicKey | None:
    suite, text = method.get("type"), method.get("publicKeyMultibase")
    if not isinstance(suite, str) or not isinstance(text, str):
        return None
    try:
        return from_multikey(text) if suite == "Multikey" else from_suite(suite, text)
    except InvalidKey:
        return None

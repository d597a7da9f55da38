"""DIDs that speak for themselves to a server under test, and the directory that knows them."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec

from tests.servers import bearer
from tests.unit.identity.speaking import document, multikey_of, signed
from xrpc_invites.identity.signatures import SECP256K1

SERVICE = "did:web:localhost%3A2585"
"""The DID of a server with the default settings."""


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(SECP256K1.group)


@dataclass
class Speaker:
    """A DID with its key."""

    did: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    def token(self, nsid: str, **claims: Any) -> str:
        """Service auth for one method, with a number of its own."""
        now = int(time())
        given = {"iss": self.did, "aud": SERVICE, "lxm": nsid, "iat": now, "exp": now + 60}
        return signed(self.key, None, **(given | {"jti": uuid4().hex} | claims))

    def speaks(self, nsid: str, **claims: Any) -> dict[str, str]:
        """The header with such a token."""
        return bearer(self.token(nsid, **claims))


class PlcDirectory:
    """Answers with documents over HTTP, as the directory of did:plc does."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.url = ""

    def speaker(self, name: str, fragment: str = "atproto") -> Speaker:
        """A DID that the directory knows, by a name of its own."""
        made = Speaker(f"did:plc:{name.ljust(24, '2')}")
        self.documents[made.did] = document(made.did, multikey_of(made.key), fragment)
        return made

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["PlcDirectory"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        did = head.split(" ")[1].removeprefix("/")
        self.asked.append(did)
        found = self.documents.get(did)
        status, body = (
            ("404 Not Found", b"{}") if found is None else ("200 OK", json.dumps(found).encode())
        )
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        writer.close()

"""DIDs that speak for themselves to a server under test, and the directory that knows them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
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
    """Answers with documents over HTTP and takes operations, as the directory of did:plc does."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.operations: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[str] = []
        self.refusing = ""
        """The kind of operations that are not taken now."""
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """What happens while the next operation is under way."""
        self.url = ""

    def speaker(self, name: str, fragment: str = "atproto") -> Speaker:
        """A DID that the directory knows, by a name of its own."""
        made = Speaker(f"did:plc:{name.ljust(24, '2')}")
        self.documents[made.did] = document(made.did, multikey_of(made.key), fragment)
        return made

    @property
    def living(self) -> list[str]:
        """The DIDs that were made here and are somebody's."""
        last = {did: operations[-1] for did, operations in self.operations.items()}
        return [did for did, operation in last.items() if operation["type"] == "plc_operation"]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["PlcDirectory"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path = head.split(" ")[:2]
        did = path.removeprefix("/")
        if method == "POST":
            length = int(head.lower().partition("content-length: ")[2].split()[0])
            status, answer = await self._take(did, json.loads(await reader.readexactly(length)))
        else:
            self.asked.append(did)
            found = self.documents.get(did)
            status, answer = ("404 Not Found", {}) if found is None else ("200 OK", found)
        body = json.dumps(answer).encode()
        lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", "", "")
        writer.write("\r\n".join(lines).encode() + body)
        writer.close()

    async def _take(self, did: str, operation: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            await happens()
        if operation["type"] == self.refusing:
            return "500 Internal Server Error", {}
        self.operations.setdefault(did, []).append(operation)
        return "200 OK", {}

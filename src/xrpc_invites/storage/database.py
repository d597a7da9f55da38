"""A database in use: what reads it, what writes it, and when they begin and end."""

from typing import Self

from sqlalchemy import URL

from xrpc_invites.storage import engines
from xrpc_invites.storage.checkpoints import Checkpoints
from xrpc_invites.storage.reader import Reader
from xrpc_invites.storage.turns import FileTurn, always
from xrpc_invites.storage.writer import Writer


class Database:
    """Readers and a writer of one database. Connects when it is first asked something."""

    def __init__(self, url: URL, *, lanes: int = 1, sealing_key: bytes | None = None) -> None:
        """`lanes` are the threads that write to a server; a file has one writer at a time.

        For that reason a file's audit log can be sealed as it is written, if the key is given; on
        a server all replicas would wait for each other at the end of the chain.
        """
        alone = engines.is_sqlite(url)
        lanes = 1 if alone else lanes
        self._turn = FileTurn(engines.sqlite_file(url)) if alone else None
        self._checkpoints = Checkpoints(url) if alone else None
        self.read = Reader(engines.reading(url))
        self.ask = self.read.ask
        self.write = Writer(
            engines.writing(url, lanes=lanes),
            self._turn or always,
            lanes=lanes,
            sealing_key=sealing_key if alone else None,
            written=self._checkpoints.written if self._checkpoints else None,
        )

    async def __aenter__(self) -> Self:
        self.write.start()
        self.read.start()
        if self._checkpoints:
            self._checkpoints.start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.write.close()
        await self.read.close()
        if self._checkpoints:
            self._checkpoints.close()
        if self._turn:
            self._turn.close()

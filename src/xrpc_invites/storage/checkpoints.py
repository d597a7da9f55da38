"""SQLite's log is moved into its file beside the writer, not by it.

What is committed goes into a log, and from there, page by page, into the file. By itself SQLite
does that at the end of a commit when the log is long: for tens of milliseconds, in which nobody
is answered. A connection of its own moves a little at a time, and leaves the writer the last pages.
"""

from contextlib import suppress
from threading import Event, Thread

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from xrpc_invites.storage import engines
from xrpc_invites.storage.prepared import run

EVERY = 0.02
"""Seconds between two moves while something is written."""


class Checkpoints:
    """A thread that moves what was committed."""

    def __init__(self, url: URL) -> None:
        self._engine = engines.writing(url, lanes=1)
        self._thread = Thread(target=self._work, name="checkpoints", daemon=True)
        self._wake, self._closing = Event(), Event()
        self._more = False
        """Whether something was committed that was not moved."""

    def start(self) -> None:
        self._thread.start()

    def written(self) -> None:
        """Something was committed."""
        self._more = True
        self._wake.set()

    def close(self) -> None:
        """Move what was committed last, then stop."""
        self._closing.set()
        self._wake.set()
        if self._thread.ident:
            self._thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        closing = False
        while not closing:
            self._wake.wait()
            # Before it looks what is to be done: who wakes it afterwards is heard next time.
            self._wake.clear()
            closing = self._closing.wait(EVERY)
            if self._more:
                self._more = False
                self._move()

    def _move(self) -> None:
        # Passive: it waits for nobody, and leaves for the next time what somebody still reads.
        # If it cannot, the writer will have to, and tells its callers why that fails.
        with suppress(DBAPIError), self._engine.connect() as connection:
            run(connection, "PRAGMA wal_checkpoint(PASSIVE)")

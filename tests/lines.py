"""The line to a PostgreSQL, which a test can cut where it hurts."""

import shutil
import socket
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread

from sqlalchemy import URL

_SOCKET = ".s.PGSQL.5432"
_COMMIT = b"COMMIT\0"
_BYTES = 1 << 16

Cut = Callable[["Ends", bytes], None]
"""Does with a COMMIT, which has come from the client, what the test wants."""


class Ends:
    """The two ends of one connection."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.muted = False
        self.answered = Event()

    def hang_up_on_client(self) -> None:
        """The client hears nothing any more."""
        _close(self.client)

    def hang_up_on_server(self) -> None:
        """The server hears nothing any more."""
        _close(self.server)


def before_it_arrives(ends: Ends, _commit: bytes = b"") -> None:
    """The server never hears of the COMMIT, and sees the client go."""
    ends.hang_up_on_client()
    ends.hang_up_on_server()


def after_it_is_done(ends: Ends, commit: bytes) -> None:
    """The server commits and answers; the client never hears of it."""
    ends.muted = True
    ends.server.sendall(commit)
    ends.answered.wait(30)
    before_it_arrives(ends)


class Line:
    """Passes everything on, but for the COMMITs that a test wants cut."""

    def __init__(self, url: URL, folder: Path) -> None:
        self.url = url.update_query_dict({"host": str(folder)})
        self.cuts = 0
        self._target = str(Path(str(url.query["host"])) / _SOCKET)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / _SOCKET))
        self._listener.listen()
        self._next: list[Cut] = []
        self._lock = Lock()
        self._open: list[Ends] = []
        self._thread = Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut(self, *how: Cut) -> None:
        """Cut the next COMMITs so, one each."""
        self._next += how

    def close(self) -> None:
        """Hang up everywhere."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for ends in self._open:
            before_it_arrives(ends)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                ends = Ends(client, server)
                self._open.append(ends)
                Thread(target=self._ask, args=(ends,), daemon=True).start()
                Thread(target=self._answer, args=(ends,), daemon=True).start()

    def _ask(self, ends: Ends) -> None:
        with suppress(OSError):
            while asked := ends.client.recv(_BYTES):
                cut = self._cut_of(asked)
                if cut is None:
                    ends.server.sendall(asked)
                else:
                    cut(ends, asked)
        ends.hang_up_on_server()

    def _cut_of(self, asked: bytes) -> Cut | None:
        with self._lock:
            if _COMMIT not in asked or not self._next:
                return None
            self.cuts += 1
            return self._next.pop(0)

    def _answer(self, ends: Ends) -> None:
        with suppress(OSError):
            while answered := ends.server.recv(_BYTES):
                if ends.muted:
                    ends.answered.set()
                else:
                    ends.client.sendall(answered)
        ends.hang_up_on_client()


class Held:
    """A COMMIT whose client is gone, and which arrives when a test says so."""

    def __init__(self) -> None:
        self.is_held = Event()
        self.arrives = Event()

    def __call__(self, ends: Ends, commit: bytes) -> None:
        ends.hang_up_on_client()
        self.is_held.set()
        self.arrives.wait(30)
        with suppress(OSError):
            ends.server.sendall(commit)


@contextmanager
def line_to(url: URL) -> Generator[Line]:
    """A line to the server of a database, and its own address for it."""
    # A path of a socket has no room for the folder of a test.
    folder = Path(tempfile.mkdtemp(prefix="line-"))
    line = Line(url, folder)
    try:
        yield line
    finally:
        line.close()
        shutil.rmtree(folder, ignore_errors=True)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()

"""Whose turn it is to write: processes that share an SQLite file queue fairly for it."""

import fcntl
import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, Self

from xrpc_invites.invites.ports import StoreBusyError


class Turn(Protocol):
    """Who may write."""

    def __call__(self, *, wait: bool = True) -> AbstractContextManager[None]:
        """Hold the turn for the block.

        Raises:
            StoreBusyError: Another has it, and it is not to be waited for.
        """
        ...


@contextmanager
def always(*, wait: bool = True) -> Generator[None]:  # noqa: ARG001  # nobody is waited for
    """The turn of those who write to a server, which knows by itself who waits for whom."""
    yield


class FileTurn:
    """A lock on a file beside the database.

    SQLite's own waiting is a lottery: of two busy writers one can starve for seconds.
    The kernel's queue for `flock` is fair, and a process that dies leaves it.
    """

    def __init__(self, database: Path) -> None:
        lock = database.with_name(database.name + ".lock")
        self._file = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    @contextmanager
    def __call__(self, *, wait: bool = True) -> Generator[None]:
        """Hold the turn for the block. See `Turn`."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreBusyError from None
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)

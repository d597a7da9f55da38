"""Whose turn it is to write: processes that share an SQLite file queue fairly for it."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Self


class FileTurn:
    """A lock on a file beside the database.

    SQLite's own waiting is a lottery: of two busy writers one can starve for seconds.
    The kernel's queue for `flock` is fair, and a process that dies leaves it.
    """

    def __init__(self, database: Path) -> None:
        lock = database.with_name(database.name + ".lock")
        self._file = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    @contextmanager
    def __call__(self) -> Generator[None]:
        """Hold the turn for the block."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
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

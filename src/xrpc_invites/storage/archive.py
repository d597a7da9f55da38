"""The archive in files of JSON Lines, one for each name and month. See `invites.retention`.

A file has whole lines alone, whenever its writer was stopped.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from xrpc_invites.invites.seals import Link, from_line
from xrpc_invites.storage.turns import FileTurn

AUDIT = "audit"
"""The name under which the audit log is archived."""

_BLOCK = 4_096


class ArchiveFault(Exception):
    """A file is no archive of the audit log; the text says where."""


class ArchiveFiles:
    """Appends to the files of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, name: str, lines: Sequence[str], *, at: datetime) -> None:
        """See `Archive`. The month is that of the archiving, so older files stay as they are."""
        await asyncio.to_thread(self._append, f"{name}-{at:%Y-%m}.jsonl", lines)

    def _append(self, file_name: str, lines: Sequence[str]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / file_name
        with FileTurn(self._folder / "archive") as turn, turn():
            opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with os.fdopen(opened, "r+b") as file:
                file.seek(_end_of_lines(file))
                file.truncate()
                file.writelines(f"{line}\n".encode() for line in lines)
                file.flush()
                os.fsync(file.fileno())
        for folder in (self._folder, self._folder.absolute().parent):
            _sync(folder)


def sealed_links(files: Sequence[Path]) -> Iterator[Link]:
    """The entries in archives of the audit log, by their places.

    An entry comes as often as it is there.

    Raises:
        ArchiveFault: A file cannot be read, or a line is no sealed entry.
    """
    with ExitStack() as opened:
        try:
            readers = [opened.enter_context(path.open("rb")) for path in files]
            for _seq, number, offset in sorted(_places(files, readers)):
                readers[number].seek(offset)
                yield from_line(readers[number].readline())
        except OSError as error:
            raise ArchiveFault(f"{error.filename}: {error.strerror}") from None


def _places(files: Sequence[Path], readers: Sequence[BinaryIO]) -> Iterator[tuple[int, int, int]]:
    """Where each line stands: its entry's place, its file and its offset there."""
    for number, (path, reader) in enumerate(zip(files, readers, strict=True)):
        offset = 0
        for count, line in enumerate(reader, start=1):
            # A server may be writing behind the last whole line.
            if line.endswith(b"\n"):
                try:
                    yield from_line(line).seq, number, offset
                except ValueError:
                    raise ArchiveFault(f"{path}: line {count} is no sealed entry") from None
            offset += len(line)


def _end_of_lines(file: BinaryIO) -> int:
    """Where the last whole line ends; what is behind it was never finished."""
    end = file.seek(0, os.SEEK_END)
    while end:
        begin = max(end - _BLOCK, 0)
        file.seek(begin)
        newline = file.read(end - begin).rfind(b"\n")
        if newline >= 0:
            return begin + newline + 1
        end = begin
    return 0


def _sync(folder: Path) -> None:
    """Have a new file, or a new folder, in the folder on disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

"""Files that commands read and write: whole or not at all, for their owner's eyes only."""

import os
import shutil
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryFile
from typing import IO

import typer

from xrpc_invites.cli import exits

STDIO = "-"
MAX_LINE = 64 * 1024 * 1024
"""Bytes: who writes longer lines does not write codes."""


class Format(StrEnum):
    """How codes stand in a file."""

    CSV = "csv"
    JSONL = "jsonl"


_ENDINGS = {".csv": Format.CSV, ".jsonl": Format.JSONL, ".ndjson": Format.JSONL}


def format_of(file: str, given: Format | None) -> Format | None:
    """The format that is asked for, else the one that the file's name says."""
    return given or _ENDINGS.get(Path(file).suffix.lower())


@contextmanager
def written(file: str) -> Generator[IO[str]]:
    """A text file that is in its place once the block ends well, and not before."""
    if file == STDIO:
        out = TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        yield out
        out.detach()
        return
    path = Path(file)
    try:
        with ExitStack() as stack:
            yield stack.enter_context(_in_place(path) if _replaceable(path) else _through(path))
    except OSError as error:
        exits.stop(exits.NOT_FOUND, f"cannot write {file}: {error.strerror}")


def _replaceable(path: Path) -> bool:
    # A device or a pipe is written into: to put a file in its place would break it.
    return path.is_file() or not path.exists()


@contextmanager
def _through(path: Path) -> Generator[IO[str]]:
    with path.open("w", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def _in_place(path: Path) -> Generator[IO[str]]:
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def read_twice(file: str) -> Generator[IO[bytes]]:
    """A file that can be read from its beginning again; stdin is put aside first."""
    try:
        with ExitStack() as stack:
            if file != STDIO:
                yield stack.enter_context(Path(file).open("rb"))
                return
            aside: IO[bytes] = stack.enter_context(TemporaryFile())
            shutil.copyfileobj(sys.stdin.buffer, aside)
            aside.seek(0)
            yield aside
    except OSError as error:
        exits.stop(exits.NOT_FOUND, f"cannot read {file}: {error.strerror}")


def lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines, with their ends.

    Raises:
        BadParameter: One is too long for a file of codes.
    """
    while line := file.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise typer.BadParameter(f"a line has more than {MAX_LINE} bytes")
        yield line


def sniffed(file: IO[bytes]) -> Format:
    """What a file looks like: JSON Lines begin with a brace."""
    beginning = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    return Format.JSONL if beginning.startswith(b"{") else Format.CSV

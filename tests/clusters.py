"""A PostgreSQL with a synchronous standby, and the end of the first of them."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import URL

from tests import postgres

_OPTIONS = {
    **postgres._HASTY,
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "hot_standby": "on",
    # What is killed would leave other kinds of memory behind.
    "dynamic_shared_memory_type": "mmap",
}


@dataclass(frozen=True)
class Node:
    """One server of a cluster, in a folder that holds its data, its log and its socket."""

    programs: Path
    folder: Path
    user: str | None

    @property
    def data(self) -> Path:
        """Where its data are."""
        return self.folder / "data"

    def ask(self, statement: str) -> object:
        """One value, by a connection of its own."""
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            found = connection.execute(statement.encode())
            row = found.fetchone() if found.description else None
        return row and row[0]

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of its programs to the end."""
        command = [self.programs / program, *arguments]
        subprocess.run(command, check=True, capture_output=True, user=self.user, cwd=self.folder)

    @contextmanager
    def served(self) -> "Generator[subprocess.Popen[bytes]]":
        """Start it, and wait until it answers."""
        options = [f"-c{name}={value}" for name, value in _OPTIONS.items()]
        where = ("-D", str(self.data), "-k", str(self.folder))
        command = [str(self.programs / "postgres"), *where, *options]
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, user=self.user, cwd=self.folder
            )
        try:
            postgres._wait_until_ready(self.programs, self.folder, process)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGQUIT)
            process.wait(30)


@dataclass(frozen=True)
class Cluster:
    """A primary and a standby that confirms each of its commits."""

    primary: Node
    standby: Node
    process: "subprocess.Popen[bytes]"

    def url(self, database: str = "postgres") -> URL:
        """How whichever can be written is reached."""
        query = {
            "host": f"{self.primary.folder},{self.standby.folder}",
            "port": "5432,5432",
            "target_session_attrs": "read-write",
        }
        return URL.create("postgresql+psycopg", "postgres", database=database, query=query)

    def kill_primary(self) -> None:
        """End every process of the primary at once, without a word."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        memory = (self.primary.data / "postmaster.pid").read_text().split("\n")[6].split()[1]
        for one in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self.process.wait(30)
        subprocess.run(["ipcrm", "-m", memory], check=False, capture_output=True)

    def promote_standby(self) -> None:
        """Make the standby the primary."""
        assert self.standby.ask("SELECT pg_promote()") is True


@contextmanager
def running() -> Generator[Cluster]:
    """Make both in a folder of their own, start them, and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="pgc-"))
    user = "nobody" if os.geteuid() == 0 else None
    try:
        installed = postgres._installed()
        if user:
            folder.chmod(0o755)
            installed = postgres._copied(installed, folder)
        primary, standby = (
            Node(installed / "pginstall" / "bin", folder / name, user) for name in "ab"
        )
        for node in (primary, standby):
            node.folder.mkdir()
            if user:
                shutil.chown(node.folder, user)
        primary.run("initdb", "-D", primary.data, "-U", "postgres", *postgres._CLUSTER)
        with primary.served() as process:
            source = ("-h", primary.folder, "-U", "postgres")
            standby.run("pg_basebackup", *source, "-D", standby.data, "-R", "-cfast", "--no-sync")
            with standby.served():
                _wait_for_confirmations(primary)
                yield Cluster(primary, standby, process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_confirmations(primary: Node) -> None:
    """No commit is answered that the standby does not have, from here on."""
    primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.ask("SELECT pg_reload_conf()")
    while not primary.ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"):
        pass

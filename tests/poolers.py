"""A real pgbouncer, which lends a connection for one transaction only."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import URL

from tests import needs

_CONFIG = """
[databases]
* = host={server} user=postgres
[pgbouncer]
listen_addr =
listen_port = 5432
unix_socket_dir = {folder}
pool_mode = transaction
auth_type = any
default_pool_size = {connections}
max_client_conn = 200
logfile =
"""


@contextmanager
def pooled(url: URL, *, connections: int) -> Generator[URL]:
    """The same database by way of a pgbouncer that opens so many connections."""
    program = needs.program("pgbouncer", "apt-get install pgbouncer")
    # A path of a socket has no room for the folder of a test.
    folder = Path(tempfile.mkdtemp(prefix="pgb-"))
    config = folder / "pgbouncer.ini"
    config.write_text(
        _CONFIG.format(server=url.query["host"], folder=folder, connections=connections)
    )
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
        config.chmod(0o644)
    process = subprocess.Popen(
        [program, config], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, user=user
    )
    try:
        assert process.stderr
        _wait_until_ready(process.stderr)
        query = {"host": str(folder), "prepare_threshold": "none"}
        yield url.set(query=query)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(output: IO[str]) -> None:
    said = []
    for line in output:
        said.append(line)
        if "process up" in line:
            return
    raise RuntimeError("".join(said))

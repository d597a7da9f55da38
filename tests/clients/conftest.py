"""A real server process for real clients."""

import socket
from collections.abc import Iterator

import pytest

from tests.processes import SECRETS, ServerProcess, serving


@pytest.fixture
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server in a process of its own, on SQLite."""
    # Clients follow the endpoint in the DID document, so the port must be known beforehand.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with serving(tmp_path_factory.mktemp("server"), "--port", port, **SECRETS) as started:
        yield started

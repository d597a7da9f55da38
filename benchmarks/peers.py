"""The servers that are compared: this one and the reference PDS, a process each, on fresh data."""

import os
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from tests.processes import COMMAND, SECRETS, ServerProcess, answering, environment

ROOT = Path(__file__).parents[1]
NODE = ROOT / "benchmarks" / "node"
DIRECTORY = ROOT / "tests" / "clients" / "node"
PASSWORD = "a password for benchmarks"  # noqa: S105
OURS, REFERENCE = "xrpc-invites", "@atproto/pds"

# Nothing outlives this program, however it ends.
_MORTAL = ("setpriv", "--pdeathsig", "KILL")


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that answers, and by what right it is asked."""

    name: str
    url: str
    pid: int
    folder: Path
    client: httpx.Client = field(repr=False)
    credentials: dict[str, str] = field(repr=False)
    """`Authorization` of each caller."""

    def ask(self, nsid: str, body: object, *, caller: str = "") -> dict[str, str]:
        """The answer of a procedure."""
        headers = {"Authorization": self.credentials[caller]} if caller else {}
        answer = self.client.post(f"/xrpc/{nsid}", json=body, headers=headers)
        answer.raise_for_status()
        said: dict[str, str] = answer.json()
        return said

    def sign_up(self, name: str) -> str:
        """The DID of a new account, which can ask from now on."""
        code = self.ask("com.atproto.server.createInviteCode", {"useCount": 1}, caller="admin")
        asked = {"handle": f"{name}.test", "email": f"{name}@mail.test", "password": PASSWORD}
        session = self.ask(
            "com.atproto.server.createAccount", {**asked, "inviteCode": code["code"]}
        )
        self.credentials[name] = f"Bearer {session['accessJwt']}"
        return session["did"]

    def admit(self, name: str) -> None:
        """A program gets a token, and can ask from now on."""
        made = self.ask(
            "org.xrpcinvites.createToken", {"name": name, "role": "app"}, caller="admin"
        )
        self.credentials[name] = f"Bearer {made['token']}"

    def drain(self) -> None:
        """Wait until it has done what it was asked before: this stands behind it."""
        self.client.get("/xrpc/_health").raise_for_status()

    @property
    def processor_seconds(self) -> float:
        """Processor time that it has used so far."""
        state = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
        user, system = state.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        """Its resident memory."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS"))
        return int(kilobytes) * 1024 / 1e6


@contextmanager
def ours(folder: Path, *, name: str = OURS, **settings: str) -> Generator[Peer]:
    """This server with one worker, on the data of a folder, without limits and logs."""
    given = {
        **SECRETS,
        "INVITES_ADMIN_PASSWORD": PASSWORD,
        "INVITES_DATA_DIR": str(folder),
        "INVITES_RATE_LIMITS": "false",
        "INVITES_LOG_LEVEL": "warning",
        **settings,
    }
    port = _free_port()
    command = [*_MORTAL, *COMMAND, "serve", "--port", str(port)]
    heard = partial(_listening, port)
    with (
        answering(command, cwd=folder, env=environment(given), listening=heard) as server,
        _peer(name, server, folder) as peer,
    ):
        yield peer


@contextmanager
def reference(folder: Path, *, plc: str) -> Generator[Peer]:
    """The reference PDS as it runs in production, but for limits and logs."""
    given = {
        "NODE_ENV": "production",
        "LOG_ENABLED": "false",
        "PDS_PORT": "0",
        "PDS_HOSTNAME": "pds.test",
        "PDS_SERVICE_HANDLE_DOMAINS": ".test",
        "PDS_DEV_MODE": "false",
        "PDS_DISABLE_SSRF_PROTECTION": "true",
        "PDS_RATE_LIMITS_ENABLED": "false",
        "PDS_INVITE_REQUIRED": "true",
        "PDS_JWT_SECRET": "a secret for benchmarks",
        "PDS_ADMIN_PASSWORD": PASSWORD,
        "PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX": "11" * 32,
        "PDS_DATA_DIRECTORY": str(folder),
        "PDS_BLOBSTORE_DISK_LOCATION": str(folder / "blobs"),
        "PDS_DID_PLC_URL": plc,
    }
    command = [*_MORTAL, str(_node(NODE)), str(NODE / "pds.mjs")]
    with (
        answering(command, cwd=folder, env=os.environ | given) as server,
        _peer(REFERENCE, server, folder) as peer,
    ):
        yield peer


@contextmanager
def directory() -> Generator[str]:
    """The directory of did:plc that the reference needs; its address."""
    process = subprocess.Popen(  # noqa: S603  # our own script
        [*_MORTAL, _node(DIRECTORY), DIRECTORY / "plc.mjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout  # noqa: S101  # it is a pipe
        yield process.stdout.readline().strip()
    finally:
        process.communicate(timeout=30)


def forget(folders: Iterable[Path]) -> None:
    """Let the operating system forget the files below, as if they were never read."""
    os.sync()
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                descriptor = os.open(path, os.O_RDONLY)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)


@contextmanager
def _peer(name: str, server: ServerProcess, folder: Path) -> Generator[Peer]:
    admin = b64encode(f"admin:{PASSWORD}".encode()).decode()
    credentials = {"admin": f"Basic {admin}"}
    with httpx.Client(base_url=server.url, timeout=300) as client:
        yield Peer(name, server.url, server.process.pid, folder, client, credentials)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _listening(port: int, process: "subprocess.Popen[str]") -> str:
    """Where a server listens that does not say so, as soon as it does."""
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return f"http://127.0.0.1:{port}"
        time.sleep(0.005)
    raise RuntimeError("the server did not start")


def _node(folder: Path) -> Path:
    return folder / "node_modules" / ".bin" / "node"

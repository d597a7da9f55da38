"""The wheel, not the tree: built, installed in a clean environment, served and called."""

import subprocess
import sys
import venv
from pathlib import Path

import httpx
import pytest

from tests.processes import SECRETS, environment, serving
from tests.servers import ADMIN
from xrpc_invites import __version__

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.packaging


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The command of an installed wheel, made from the source distribution."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    _run(*build, str(ROOT))
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    pip = [str(folder / "venv" / "bin" / "pip"), "install", "--quiet"]
    _run(*pip, "--require-hashes", "--requirement", str(ROOT / "requirements" / "run.txt"))
    _run(*pip, "--no-deps", str(wheel))
    return str(folder / "venv" / "bin" / "xrpc-invites")


def test_an_installed_wheel_needs_no_checkout(program: str, tmp_path: Path) -> None:
    version = subprocess.run(
        [program, "version"], cwd=tmp_path, check=True, capture_output=True, text=True
    )

    assert version.stdout.strip() == __version__
    with serving(tmp_path, program=(program,), **SECRETS) as server:
        health = httpx.get(f"{server.url}/xrpc/_health").json()
        created = httpx.post(
            f"{server.url}/xrpc/com.atproto.server.createInviteCode",
            json={"useCount": 1},
            auth=ADMIN,
        )
    assert health == {"version": __version__}
    assert created.json()["code"].startswith("localhost-")


def test_an_installed_wheel_writes_in_every_language(program: str, tmp_path: Path) -> None:
    asked = (
        "from xrpc_invites.languages import LANGUAGES, translations;"
        "from xrpc_invites.mail.letters import LOCALES;"
        "print(len({translations(LOCALES, one).gettext('Hello,') for one in LANGUAGES}))"
    )
    python = Path(program).with_name("python")

    said = subprocess.run(
        [python, "-c", asked], cwd=tmp_path, check=False, capture_output=True, text=True
    )

    assert said.stdout == "6\n", said.stderr


@pytest.mark.parametrize(
    ("extra", "name", "value"),
    [
        ("postgres", "INVITES_DATABASE_URL", "postgresql://localhost/x"),
        ("redis", "INVITES_RATE_LIMIT_STORE", "redis://localhost"),
        ("redis", "INVITES_RATE_LIMIT_STORE", "valkey://localhost"),
    ],
)
def test_a_setting_without_its_extra_says_what_to_install(
    program: str, tmp_path: Path, extra: str, name: str, value: str
) -> None:
    ended = subprocess.run(
        [program, "migrate"],
        cwd=tmp_path,
        env=environment({**SECRETS, name: value}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 78
    assert f"xrpc-invites[{extra}]" in ended.stderr
    assert "Traceback" not in ended.stderr


def _run(*command: str) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr

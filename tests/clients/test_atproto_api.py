"""npm's @atproto/api under Node: a whole session, and a race."""

import json
import subprocess
from pathlib import Path

from tests import needs
from tests.processes import ServerProcess

HERE = Path(__file__).parent / "node"


def test_the_bluesky_apps_client_works_unchanged(process: ServerProcess) -> None:
    needs.program("npm", "install Node.js and npm, then run make test")
    node = needs.path(HERE / "node_modules" / ".bin" / "node", "run make test, which installs it")

    ended = subprocess.run(
        [node, HERE / "session.mjs", process.url, process.admin_password],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ended.returncode == 0, ended.stderr
    happened = json.loads(ended.stdout)
    refused = {"status": 400, "error": "InvalidInviteCode"}
    assert happened == {
        "did": "did:web:ada.test",
        "sameDid": "did:web:ada.test",
        "own": [],
        "uses": ["did:web:ada.test"],
        "spent": refused,
        "disabled": refused,
        "won": 3,
        "lost": ["InvalidInviteCode"] * 17,
    }

"""The call that `pdsadmin create-invite-code` makes, with the real curl."""

import json
import re
import subprocess

from tests import needs
from tests.processes import ServerProcess


def test_pdsadmin_creates_a_code(process: ServerProcess) -> None:
    curl = needs.program("curl", "install curl")

    ended = subprocess.run(
        [
            *(curl, "--fail", "--silent", "--show-error", "--request", "POST"),
            *("--user", f"admin:{process.admin_password}"),
            *("--header", "Content-Type: application/json"),
            *("--data", '{"useCount": 1}'),
            f"{process.url}/xrpc/com.atproto.server.createInviteCode",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert re.fullmatch(r"localhost-[a-z2-7]{5}-[a-z2-7]{5}", json.loads(ended.stdout)["code"])

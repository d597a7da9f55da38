"""What docs/v2.md shows works when it is pasted, and it has every field that is served."""

import json
import re
import subprocess
from pathlib import Path

from tests import needs
from tests.processes import environment, serving
from xrpc_invites.v2.problems import NOT_FOUND
from xrpc_invites.v2.views import InviteCode

PAGE = (Path(__file__).parents[2] / "docs" / "v2.md").read_text()
[SESSION] = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_session_can_be_pasted(tmp_path: Path) -> None:
    needs.program("curl", "install curl")
    with serving(tmp_path) as server:
        session = SESSION.replace("http://localhost:2585", server.url)
        ended = subprocess.run(
            ["sh", "-eu"],
            input=session.replace("\nask", "\necho; ask"),
            cwd=tmp_path,
            env=environment({}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert ended.returncode == 0, ended.stderr
    before, user, after, gone = (json.loads(line) for line in ended.stdout.splitlines() if line)

    assert (before["name"], before["email"]) == ("J••••", "j••••@example.org")
    assert (user["username"], user["ext_id"]) == ("jane", "did:web:jane.test")
    assert (after["name"], after["user"]) == ("Jane Doe", user)
    assert gone == {"errors": NOT_FOUND.errors}
    assert json.dumps(gone, separators=(",", ":")) in PAGE


def test_every_field_of_an_invite_code_is_on_the_page() -> None:
    rows = " ".join(line for line in PAGE.splitlines() if line.startswith("| `"))

    assert [name for name in InviteCode.model_fields if f"`{name}`" not in rows] == []

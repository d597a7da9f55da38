"""What a newcomer does: a fresh checkout, the README's command, the README's session."""

from pathlib import Path

import pytest

from tests import needs
from tests.packaging.checkouts import checkout
from tests.processes import answering, environment
from tests.readme import START, paste_session

pytestmark = pytest.mark.packaging


def test_a_fresh_checkout_serves_with_one_command(tmp_path: Path) -> None:
    needs.program("make", "install make")
    needs.program("python3.11", "install Python 3.11")
    tree = checkout(tmp_path / "tree")
    command = [*START.split(), "ARGS=--port 0"]

    with answering(command, cwd=tree, env=environment({})) as server:
        joined, refused = paste_session(tree, server.url)
    with answering(command, cwd=tree, env=environment({})) as again:
        assert "password" not in str(again.log)

    assert joined["handle"] == "ada.test"
    assert refused["error"] == "InvalidInviteCode"

"""npm's @atproto/api under Node: a whole session, and a race."""

from tests.clients.node_programs import outcome
from tests.processes import ServerProcess


def test_the_bluesky_apps_client_works_unchanged(process: ServerProcess) -> None:
    happened = outcome("session.mjs", process.url, process.admin_password)

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

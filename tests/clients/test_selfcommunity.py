"""npm's @selfcommunity/api-services under Node, unmodified, against a real server process."""

from typing import Any

import httpx

from tests.clients.node_programs import outcome
from tests.processes import ServerProcess
from tests.servers import ADMIN, bearer

INVITE = "org.xrpcinvites.createInvitations"
NOT_FOUND = {
    "status": 404,
    "errors": {"detail": ["There is no such invite code, or it cannot be used."]},
}
ADA = {"email": "ada@mail.test", "name": "Ada Lovelace", "role": "editor", "tags": ["beta"]}


def posted(process: ServerProcess, nsid: str, body: object, **options: Any) -> dict[str, Any]:
    answer = httpx.post(f"{process.url}/xrpc/{nsid}", json=body, **options)
    assert answer.is_success, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_the_selfcommunity_client_works_unchanged(process: ServerProcess) -> None:
    asked = {"name": "Ines", "role": "issuer"}
    token = posted(process, "org.xrpcinvites.createToken", asked, auth=ADMIN)["token"]
    made = posted(process, INVITE, {"invitations": [ADA]}, headers=bearer(token))
    invitation = made["results"][0]["invitation"]

    happened = outcome("selfcommunity.mjs", process.url, token, invitation["code"])

    masked = {"name": "A••••", "email": "a••••@mail.test", "user": None, "used_at": None}
    in_full = {"name": "Ada Lovelace", "email": "ada@mail.test"}
    assert happened["strangers"] == happened["before"] | masked
    assert happened["before"]["id"] == invitation["id"]
    assert happened["before"]["invited_by_username"] == "Ines"
    assert happened["before"]["role"] == "editor"
    assert [tag["name"] for tag in happened["before"]["tags"]] == ["beta"]
    assert happened["uninvited"]["status"] == 401
    assert set(happened["weak"]["errors"]) == {"username", "password"}
    user = happened["user"]
    assert (user["username"], user["ext_id"]) == ("ada", "did:web:ada.test")
    assert (user["real_name"], user["tags"]) == ("Ada Lovelace", happened["before"]["tags"])
    used = happened["after"].pop("used_at")
    assert happened["after"] | {"used_at": None} == happened["before"] | in_full | {"user": user}
    assert used >= happened["after"]["generated_at"]
    assert happened["again"] == {
        "status": 400,
        "errors": {"invite_code": ["This invite code cannot be used."]},
    }
    assert happened["gone"] == NOT_FOUND
    assert happened["unknown"] == NOT_FOUND
    signing_in = {"identifier": "ada.test", "password": "Analytical-1843"}
    session = posted(process, "com.atproto.server.createSession", signing_in)
    assert session["did"] == user["ext_id"]


def test_the_admin_password_opens_it_too(process: ServerProcess) -> None:
    body = {"useCount": 1}
    code = posted(process, "com.atproto.server.createInviteCode", body, auth=ADMIN)["code"]

    happened = outcome("selfcommunity.mjs", process.url, process.admin_password, code)

    ordinary = {"id": None, "name": None, "email": None, "invited_by_username": "admin"}
    assert happened["before"] == happened["before"] | ordinary
    assert happened["user"]["username"] == "ada"
    assert happened["after"]["user"] == happened["user"]
    assert code not in str(process.log)

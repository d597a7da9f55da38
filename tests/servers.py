"""Servers under test, in this process and as real processes, and how tests talk to them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import URL

from xrpc_invites.settings import Settings

ADMIN_PASSWORD = "correct:horse battery"  # colons and blanks are allowed
JWT_SECRET = "a secret for the tests, long enough"
PLC_ROTATION_KEY = "9085d2bef69286a6cbb51623c8fa258629945cd55ca705cc4e66700396894e0c"
HASH_KEY = "a hash key for the tests"
PASSWORD_OF_ACCOUNTS = "a good password"
ADMIN = httpx.BasicAuth("admin", ADMIN_PASSWORD)


def bearer(token: str) -> dict[str, str]:
    """The header of a session token."""
    return {"Authorization": f"Bearer {token}"}


def settings_of(url: URL, folder: Path, **changed: Any) -> Settings:
    """Settings for a server on `url`, whatever the environment says."""
    given: dict[str, Any] = {
        "database_url": url.render_as_string(hide_password=False),
        "data_dir": folder,
        "admin_password": ADMIN_PASSWORD,
        "jwt_secret": JWT_SECRET,
        "hash_key": HASH_KEY,
        "rate_limits": False,
        "plc_rotation_key": PLC_ROTATION_KEY,
        "validate_output": True,
    }
    return Settings(**(given | changed))


@dataclass(frozen=True, slots=True)
class Served:
    """A client of a server, with the calls that tests make most."""

    client: httpx.AsyncClient
    admin_password: str = ADMIN_PASSWORD

    @property
    def admin(self) -> httpx.BasicAuth:
        return httpx.BasicAuth("admin", self.admin_password)

    async def get(self, nsid: str, **options: Any) -> httpx.Response:
        """Call a query."""
        return await self.client.get(f"/xrpc/{nsid}", **options)

    async def post(self, nsid: str, body: object = None, **options: Any) -> httpx.Response:
        """Call a procedure."""
        if body is not None:
            options["json"] = body
        return await self.client.post(f"/xrpc/{nsid}", **options)

    async def code(self, *, uses: int = 1, owner: str | None = None) -> str:
        """A new invite code."""
        body: dict[str, object] = {"useCount": uses}
        body |= {"forAccount": owner} if owner else {}
        answer = await self.post("com.atproto.server.createInviteCode", body, auth=self.admin)
        assert answer.status_code == 200, answer.text
        text: str = answer.json()["code"]
        return text

    async def sign_up(self, name: str, code: str | None = None, **fields: object) -> httpx.Response:
        """Ask for the account `{name}.test`."""
        body: dict[str, object] = {
            "handle": f"{name}.test",
            "email": f"{name}@mail.test",
            "password": PASSWORD_OF_ACCOUNTS,
        }
        body |= {"inviteCode": code} if code is not None else {}
        return await self.post("com.atproto.server.createAccount", body | fields)

    async def account(self, name: str, **fields: object) -> dict[str, Any]:
        """A new account, by a code of its own; its session."""
        answer = await self.sign_up(name, await self.code(), **fields)
        assert answer.status_code == 200, answer.text
        session: dict[str, Any] = answer.json()
        return session

    async def token(self, role: str, *, name: str | None = None, **fields: object) -> str:
        """A new operator's token; its name is its role's unless told otherwise."""
        asked = {"name": name or role, "role": role, **fields}
        answer = await self.post("org.xrpcinvites.createToken", asked, auth=self.admin)
        assert answer.status_code == 200, answer.text
        text: str = answer.json()["token"]
        return text

    async def listed(self) -> list[dict[str, Any]]:
        """The first page of all codes."""
        answer = await self.get("com.atproto.admin.getInviteCodes", auth=self.admin)
        assert answer.status_code == 200, answer.text
        codes: list[dict[str, Any]] = answer.json()["codes"]
        return codes


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and error name, which are what programs read."""
    return answer.status_code, answer.json()["error"]

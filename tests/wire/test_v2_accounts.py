"""Accounts made by programs of the SelfCommunity API: the same accounts, by the same rules."""

import json
import logging
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.conftest import Serve
from tests.servers import ADMIN, Served, bearer
from xrpc_invites.v2.ids import user_id

pytestmark = pytest.mark.anyio

ADDRESS = "/api/v2/account/create/"
PASSWORD = "Analytical-1843"
FORM = "application/x-www-form-urlencoded"
HOME = {"X-Forwarded-For": "203.0.113.7"}
REQUIRED = ["This field is required."]
UNUSABLE = {"errors": {"invite_code": ["This invite code cannot be used."]}}


def ada(code: str | None = None, **changed: object) -> dict[str, object]:
    """What a sign-up of Ada says."""
    said = {"username": "ada", "email": "ada@mail.test", "password": PASSWORD}
    return said | ({} if code is None else {"invite_code": code}) | changed


async def create(server: Served, body: object, **options: Any) -> httpx.Response:
    options = options or {"auth": ADMIN}
    return await server.client.post(ADDRESS, json=body, **options)


async def errors(server: Served, body: object) -> dict[str, list[str]]:
    """What is wrong with it, by field."""
    answer = await create(server, body)
    assert answer.status_code == 400, answer.text
    wrong: dict[str, list[str]] = answer.json()["errors"]
    return wrong


async def uses(server: Served, code: str) -> list[dict[str, Any]]:
    answer = await server.get("org.xrpcinvites.getCode", params={"code": code}, auth=ADMIN)
    used: list[dict[str, Any]] = answer.json()["uses"]
    return used


class TestTheAccount:
    """What is made."""

    async def test_the_account_is_the_one_that_createaccount_makes(self, server: Served) -> None:
        code = await server.code()

        made = await create(server, ada(code))

        assert made.status_code == 201
        did = made.json()["ext_id"]
        who = await server.get("com.atproto.identity.resolveHandle", params={"handle": "ada.test"})
        assert who.json() == {"did": did}
        signed_in = await server.post(
            "com.atproto.server.createSession", {"identifier": "ada.test", "password": PASSWORD}
        )
        session = await server.get(
            "com.atproto.server.getSession", headers=bearer(signed_in.json()["accessJwt"])
        )
        assert session.json()["email"] == "ada@mail.test"
        assert [use["usedBy"] for use in await uses(server, code)] == [did]

    async def test_the_answer_is_the_user(self, server: Served) -> None:
        asked = {"code": "with-tags", "role": "editor", "tags": ["beta"]}
        await server.post("org.xrpcinvites.createCodes", asked, auth=ADMIN)

        user = (await create(server, ada("with-tags"))).json()

        assert user == user | {
            "id": user_id(user["ext_id"]),
            "username": "ada",
            "real_name": None,
            "reg_approved": True,
            "deleted": False,
            "posts_counter": 0,
            "bio": None,
        }
        assert [tag["name"] for tag in user["tags"]] == ["beta"]

    async def test_the_name_of_an_invitation_is_that_of_the_user(self, server: Served) -> None:
        guest = {"email": "Ada@mail.test", "name": "Ada Lovelace"}
        asked = {"invitations": [guest]}
        made = await server.post("org.xrpcinvites.createInvitations", asked, auth=ADMIN)
        code = made.json()["results"][0]["invitation"]["code"]

        another = await errors(server, ada(code, email="eve@mail.test"))
        user = (await create(server, ada(code))).json()

        # It is for one address alone.
        assert another == UNUSABLE["errors"]
        assert user["real_name"] == "Ada Lovelace"

    async def test_a_username_is_the_first_part_of_the_handle(self, serve: Serve) -> None:
        server = await serve(user_domains=".people.example.org,.test")

        user = (await create(server, ada(await server.code(), username="  Ada-L "))).json()

        who = {"handle": "ada-l.people.example.org"}
        found = await server.get("com.atproto.identity.resolveHandle", params=who)
        assert (user["username"], user["ext_id"]) == ("ada-l", found.json()["did"])

    async def test_a_handle_under_another_domain_has_a_name_that_nobody_else_has(
        self, serve: Serve
    ) -> None:
        server = await serve(user_domains=".people.example.org,.test")
        code = await server.code()
        await server.sign_up("ada", code)

        shown = await server.client.get(f"/api/v2/invite_code/{code}/", auth=ADMIN)

        assert shown.json()["user"]["username"] == "ada_test"

    async def test_the_log_says_which_operator_made_it(self, server: Served) -> None:
        token = await server.token("issuer", name="Ines")

        user = (await create(server, ada(await server.code()), headers=bearer(token))).json()
        await create(server, ada("nope", username="bea"), headers=bearer(token))
        await server.account("cid")

        wanted = {"action": "api.v2.account.create"}
        listed = await server.get("org.xrpcinvites.listAuditEntries", params=wanted, auth=ADMIN)
        [entry] = listed.json()["entries"]
        assert (entry["actor"], entry["subject"]) == ("Ines", user["ext_id"])
        assert entry["detail"] == {"handle": "ada.test"}

    async def test_a_form_says_the_same_as_json(self, server: Served) -> None:
        body = urlencode(ada(await server.code())).encode()

        made = await server.client.post(
            ADDRESS, content=body, headers={"Content-Type": FORM}, auth=ADMIN
        )

        assert (made.status_code, made.json()["username"]) == (201, "ada")

    async def test_other_fields_mean_nothing(self, server: Served) -> None:
        made = await create(
            server, ada(await server.code(), promo_code="x", did="did:web:eve.test", plcOp={})
        )

        assert made.status_code == 201

    async def test_without_required_codes_none_is_needed(self, serve: Serve) -> None:
        server = await serve(required=False)

        made = [
            await create(server, ada()),
            await create(server, ada("", username="bea", email="b@mail.test")),
        ]

        assert [answer.status_code for answer in made] == [201, 201]
        assert made[0].json()["tags"] == []


class TestWhoMay:
    """Issuers and owners."""

    @pytest.mark.parametrize(
        ("role", "status"),
        [("issuer", 201), ("owner", 201), ("viewer", 403), ("moderator", 403), ("app", 403)],
    )
    async def test_a_role_that_may_create(self, server: Served, role: str, status: int) -> None:
        code, token = await server.code(), await server.token(role)

        made = await create(server, ada(code), headers={"Authorization": f"Token {token}"})

        assert made.status_code == status
        assert len(await uses(server, code)) == (status == 201)

    async def test_nobody_else_may(self, server: Served) -> None:
        code = await server.code()

        made = [
            await create(server, ada(code), headers={"X-None": "none"}),
            await create(server, ada(code), headers=bearer("nope")),
        ]

        assert [answer.status_code for answer in made] == [401, 401]
        assert await uses(server, code) == []

    async def test_an_operator_may_send_wrong_codes_for_many(self, serve: Serve) -> None:
        server = await serve(
            rate_limits=True, trusted_proxies="127.0.0.1", limit_failed_codes="1/hour"
        )
        headers = HOME | bearer(server.admin_password)

        made = [await create(server, ada("nope"), headers=headers) for _ in range(3)]

        assert [answer.json() for answer in made] == [UNUSABLE] * 3


class TestRefusals:
    """What is wrong, by field; no use is spent."""

    async def test_everything_that_is_wrong_is_said_at_once(self, server: Served) -> None:
        assert await errors(server, {}) == {
            "username": REQUIRED,
            "email": REQUIRED,
            "password": REQUIRED,
        }
        assert await errors(server, {"username": " ", "email": "", "password": PASSWORD}) == {
            "username": REQUIRED,
            "email": REQUIRED,
        }

    @pytest.mark.parametrize("value", [None, 7, True, ["ada"], {"a": 1}])
    async def test_what_is_no_text_is_refused(self, server: Served, value: object) -> None:
        body = {"username": value, "email": value, "password": value}

        assert await errors(server, body) == {name: ["This must be text."] for name in body}

    @pytest.mark.parametrize(
        ("username", "said"),
        [
            ("a_da", "underscore"),
            ("a.da", "Letters, digits and hyphens"),
            ("äda", "Letters, digits and hyphens"),
            ("ada lovelace", "Letters, digits and hyphens"),
            ("-ada", "hyphen"),
            ("ada-", "hyphen"),
            ("ad", "At least 3"),
            ("a" * 19, "At most 18"),
            ("a" * 70, "At most 18"),
            ("a" * 100_000, "At most 18"),
            ("admin", "reserved"),
            ("\u212aelvin", "Letters"),
        ],
    )
    async def test_a_username_must_fit_a_handle(
        self, server: Served, username: str, said: str
    ) -> None:
        wrong = await errors(server, ada(await server.code(), username=username))

        assert list(wrong) == ["username"]
        assert said in wrong["username"][0]

    @pytest.mark.parametrize(
        ("password", "said"),
        [
            ("Aa1-567", "8 to 128"),
            ("Aa1-" + "x" * 125, "8 to 128"),
            ("abcdefgh", "Three of these"),
            ("abcdefg1", "Three of these"),
            ("ABCDEFG-", "Three of these"),
        ],
    )
    async def test_a_password_must_be_long_and_mixed(
        self, server: Served, password: str, said: str
    ) -> None:
        wrong = await errors(server, ada(await server.code(), password=password))

        assert list(wrong) == ["password"]
        assert said in wrong["password"][0]

    @pytest.mark.parametrize(
        "password",
        ["Aa1-5678", "Aa1-" + "x" * 124, "abcdefg1-", "ABCdefg1", "ABC-def-", "日本A1日本日本"],
    )
    async def test_three_of_four_classes_are_enough(self, server: Served, password: str) -> None:
        made = await create(server, ada(await server.code(), password=password))

        assert made.status_code == 201, made.text

    async def test_what_sign_up_refuses_is_the_fields_fault(self, server: Served) -> None:
        await server.account("bea")
        code = await server.code()

        assert await errors(server, ada()) == {"invite_code": REQUIRED}
        assert await errors(server, ada("  ")) == {"invite_code": REQUIRED}
        assert await errors(server, ada("nope")) == UNUSABLE["errors"]
        assert await errors(server, ada("x" * 1_025)) == {
            "invite_code": ["At most 1024 characters are possible."]
        }
        assert list(await errors(server, ada(code, email="nope"))) == ["email"]
        assert list(await errors(server, ada(code, email="a@" + "x" * 400))) == ["email"]
        assert await errors(server, ada(code, email="bea@mail.test")) == {
            "email": ["This e-mail address is already taken."]
        }
        assert await errors(server, ada(code, username="bea")) == {
            "username": ["This username is already taken."]
        }
        assert await uses(server, code) == []

    async def test_a_refused_code_is_noted_without_its_text(
        self, server: Served, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            await create(server, ada("secret-code"))

        assert "code_refused reason=unknown" in caplog.text
        assert "secret" not in caplog.text

    async def test_nothing_that_was_sent_is_said_again(self, server: Served) -> None:
        secrets = {"username": "s3cret_name", "email": "s3cret", "password": "s3cret"}

        answer = await create(server, secrets | {"invite_code": "s3cret" * 200})

        assert answer.status_code == 400
        assert "s3cret" not in answer.text


class TestBodies:
    """Bounded, and never a fault of ours."""

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"7",
            b"null",
            b"\xff",
            b'{"username": "a\\u0000b"}',
            b'{"username": "\\ud800"}',
            b'{"a": ' * 200 + b"1" + b"}" * 200,
            b'{"__proto__": {}}',
            b'{"a": 1e999}',
        ],
    )
    async def test_json_that_cannot_be_read_is_400(self, server: Served, body: bytes) -> None:
        answer = await server.client.post(
            ADDRESS, content=body, headers={"Content-Type": "application/json"}, auth=ADMIN
        )

        assert answer.status_code == 400
        assert list(answer.json()) == ["errors"]

    @pytest.mark.parametrize(
        "body", [b"username=%00", b"username=%ff", b"\xff=1", b"a=1&" * 3_000, b"username"]
    )
    async def test_forms_that_cannot_be_read_are_400(self, server: Served, body: bytes) -> None:
        answer = await server.client.post(
            ADDRESS, content=body, headers={"Content-Type": FORM}, auth=ADMIN
        )

        assert answer.status_code == 400
        assert list(answer.json()) == ["errors"]

    @pytest.mark.parametrize(
        "kind", ["text/plain", "multipart/form-data; boundary=x", "", f"{FORM}; charset=latin-1"]
    )
    async def test_other_types_are_415(self, server: Served, kind: str) -> None:
        body = json.dumps(ada("x")).encode()

        answer = await server.client.post(
            ADDRESS, content=body, headers={"Content-Type": kind}, auth=ADMIN
        )

        assert answer.status_code == 415
        assert list(answer.json()["errors"]) == ["detail"]

    @pytest.mark.parametrize("size", [150 * 1024 - 30, 150 * 1024 + 1])
    async def test_what_is_too_large_is_413(self, server: Served, size: int) -> None:
        answer = await create(server, {"username": "x" * size})

        assert answer.status_code == (413 if size > 150 * 1024 else 400)

    async def test_credentials_are_asked_before_a_body_is_read(self, server: Served) -> None:
        answer = await server.client.post(ADDRESS, content=b"{")

        assert answer.status_code == 401

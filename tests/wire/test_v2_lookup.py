"""One code as programs of the SelfCommunity API see it: operators, and strangers."""

import re
from typing import Any

import httpx
import pytest

from tests import needs
from tests.clients.node_programs import HERE
from tests.conftest import Serve
from tests.servers import ADMIN, Served, bearer
from xrpc_invites.v2.ids import user_id

pytestmark = pytest.mark.anyio

NOT_FOUND = {"errors": {"detail": ["There is no such invite code, or it cannot be used."]}}
GONE = {"errors": {"detail": ["This invite code can no longer be used."]}}
JANE = {
    "email": "jane@example.org",
    "name": "Jane Doe",
    "role": "editor",
    "tags": ["beta", "press"],
}
HOME = {"X-Forwarded-For": "203.0.113.7"}
ELSEWHERE = {"X-Forwarded-For": "198.51.100.1"}
PASSWORD = "Analytical-1843"
FIELDS = {
    "id",
    "invited_by_username",
    "role",
    "tags",
    "name",
    "email",
    "code",
    "generated_at",
    "sent_at",
    "used_at",
    "invited_by",
    "user",
}
"""What the API documents."""


async def look(server: Served, code: str, **options: Any) -> httpx.Response:
    return await server.client.get(f"/api/v2/invite_code/{code}/", **options)


async def found(server: Served, code: str, **options: Any) -> dict[str, Any]:
    answer = await look(server, code, **options)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def invited(server: Served, guest: dict[str, Any] = JANE, **options: Any) -> dict[str, Any]:
    """A new invitation, by the admin unless told otherwise."""
    options = options or {"auth": ADMIN}
    asked = {"invitations": [guest]}
    answer = await server.post("org.xrpcinvites.createInvitations", asked, **options)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["results"][0]["invitation"]
    return made


async def joined(server: Served, code: str) -> str:
    answer = await server.sign_up("jane", code, email=JANE["email"])
    assert answer.status_code == 200, answer.text
    did: str = answer.json()["did"]
    return did


async def unusable(server: Served) -> dict[str, str]:
    """A code for each reason for which one cannot be used."""
    made: dict[str, str] = {"exhausted": await server.code()}
    assert (await server.sign_up("ada", made["exhausted"])).status_code == 200
    for name, terms in {
        "scheduled": {"notBefore": "2999-01-01T00:00:00Z"},
        "expired": {"expiresAt": "2001-01-01T00:00:00Z"},
        "disabled": {},
    }.items():
        made[name] = f"that-is-{name}"
        asked = {"code": made[name], **terms}
        answer = await server.post("org.xrpcinvites.createCodes", asked, auth=ADMIN)
        assert answer.status_code == 200, answer.text
    off = {"codes": [made["disabled"]]}
    assert (await server.post("org.xrpcinvites.disableCodes", off, auth=ADMIN)).status_code == 200
    return made


def published(name: str, file: str) -> set[str]:
    """The fields of a type, as the API's own package declares them."""
    types = HERE / "node_modules" / "@selfcommunity" / "types" / "lib" / "esm" / "types"
    text = needs.path(types / file, "run make test, which installs it").read_text()
    [body] = re.findall(rf"^export interface {name} \{{\n(.*?)^\}}", text, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^    (\w+)\??:", body, re.MULTILINE))


class TestForOperators:
    """In full, used or not."""

    async def test_an_invitation_is_shown_in_full(self, server: Served) -> None:
        token = await server.token("issuer", name="Ines")
        invitation = await invited(server, headers=bearer(token))

        shown = await found(server, invitation["code"], headers={"Authorization": f"Token {token}"})

        listed = (await server.get("org.xrpcinvites.listTokens", auth=ADMIN)).json()["tokens"]
        [ines] = [one["id"] for one in listed if one["name"] == "Ines"]
        assert shown == shown | {
            "id": invitation["id"],
            "invited_by_username": "Ines",
            "invited_by": user_id(f"token:{ines}"),
            "role": "editor",
            "name": "Jane Doe",
            "email": "jane@example.org",
            "code": invitation["code"],
            "generated_at": invitation["generatedAt"],
            "sent_at": None,
            "used_at": None,
            "user": None,
        }
        assert [tag["name"] for tag in shown["tags"]] == ["beta", "press"]

    async def test_who_joined_is_shown_with_when(self, server: Served) -> None:
        code = (await invited(server))["code"]
        did = await joined(server, code)

        shown = await found(server, code, auth=ADMIN)

        profile = await server.get(
            "com.atproto.admin.getAccountInfo", params={"did": did}, auth=ADMIN
        )
        uses = (
            await server.get("org.xrpcinvites.getCode", params={"code": code}, auth=ADMIN)
        ).json()
        assert shown["used_at"] == uses["uses"][0]["usedAt"]
        assert shown["user"] == shown["user"] | {
            "id": user_id(did),
            "username": "jane",
            "real_name": "Jane Doe",
            "ext_id": did,
            "date_joined": profile.json()["indexedAt"],
            "tags": shown["tags"],
            "reg_approved": True,
            "deleted": False,
        }

    async def test_every_documented_field_is_there(self, server: Served) -> None:
        code = (await invited(server))["code"]
        await joined(server, code)

        shown = await found(server, code, auth=ADMIN)

        assert set(shown) >= FIELDS | published("SCInviteType", "invite.d.ts")
        assert set(shown["user"]) == published("SCUserType", "user.d.ts")
        assert set(shown["tags"][0]) == published("SCTagType", "tag.d.ts")
        counters = {name: value for name, value in shown["user"].items() if "counter" in name}
        assert len(counters) == 12
        assert {*counters.values(), shown["user"]["reputation"]} == {0}

    async def test_a_tag_is_shown_as_it_is_described(self, server: Served) -> None:
        described = {
            "name": "beta",
            "description": "Tries things",
            "color": "#12ab9f",
            "visible": False,
        }
        made = await server.post(
            "org.xrpcinvites.createTag", {"type": "user", **described}, auth=ADMIN
        )
        assert made.status_code == 200, made.text
        code = (await invited(server))["code"]

        tag = (await found(server, code, auth=ADMIN))["tags"][0]

        known = made.json()
        assert tag == {
            **described,
            "id": known["id"],
            "type": "user",
            "active": True,
            "visibility_boost": False,
            "created_at": known["createdAt"],
            "deleted": False,
        }

    async def test_a_code_from_elsewhere_may_have_a_slash(self, server: Served) -> None:
        numbers = {"available": 1, "useCount": 0, "reservedCount": 0, "remaining": 1}
        owners = {"forAccount": "admin", "createdBy": "admin", "createdAt": "2026-01-01T00:00:00Z"}
        terms = {"tags": [], "emailDomains": [], "showInviter": False, "disabled": False}
        row = {"code": "spring/26", "status": "active", "uses": [], **numbers, **owners, **terms}
        answer = await server.post("org.xrpcinvites.importCodes", {"rows": [row]}, auth=ADMIN)
        assert answer.status_code == 200, answer.text

        shown = [await found(server, code) for code in ("spring%2F26", "spring/26")]

        assert [one["code"] for one in shown] == ["spring/26"] * 2

    async def test_a_tag_that_nobody_described_is_shown_all_the_same(self, server: Served) -> None:
        asked = {"code": "tagged", "tags": ["crew"]}
        await server.post("org.xrpcinvites.createCodes", asked, auth=ADMIN)

        first = (await found(server, "tagged", auth=ADMIN))["tags"]
        second = (await found(server, "tagged", auth=ADMIN))["tags"]

        assert [(tag["name"], tag["description"]) for tag in first] == [("crew", None)]
        assert first == second

    async def test_a_code_that_is_no_invitation_has_no_person(self, server: Served) -> None:
        shown = await found(server, await server.code(), auth=ADMIN)

        nobody: dict[str, object] = {
            "id": None,
            "name": None,
            "email": None,
            "tags": [],
            "user": None,
        }
        assert shown == shown | nobody | {"invited_by_username": "admin"}
        assert shown["invited_by"] == user_id("admin")

    async def test_an_account_that_hands_out_a_code_invites_by_it(self, server: Served) -> None:
        ada = await server.account("ada")

        shown = await found(server, await server.code(owner=ada["did"]), auth=ADMIN)

        assert (shown["invited_by_username"], shown["invited_by"]) == ("ada", user_id(ada["did"]))

    async def test_an_account_invites_under_its_own_name(self, serve: Serve) -> None:
        server = await serve(account_invitations=True)
        ada = await server.account("ada")
        await server.code(owner=ada["did"])

        guest = {"email": JANE["email"], "name": JANE["name"]}
        invitation = await invited(server, guest, headers=bearer(ada["accessJwt"]))
        shown = await found(server, invitation["code"], auth=ADMIN)

        assert (shown["invited_by_username"], shown["invited_by"]) == ("ada", user_id(ada["did"]))

    async def test_whoever_redeemed_it_elsewhere_is_known_by_the_did(self, server: Served) -> None:
        code = (await invited(server))["code"]
        bea = {"code": code, "did": "did:web:bea.example.org", "email": JANE["email"]}
        token = await server.token("app")
        redeemed = await server.post("org.xrpcinvites.redeemCode", bea, headers=bearer(token))
        assert redeemed.status_code == 200, redeemed.text

        shown = await found(server, code, auth=ADMIN)

        assert shown["user"]["ext_id"] == bea["did"]
        assert shown["user"]["username"] is None
        assert shown["user"]["date_joined"] == shown["used_at"]

    async def test_an_account_that_is_gone_stays_the_one_who_joined(self, server: Served) -> None:
        code = (await invited(server))["code"]
        did = await joined(server, code)
        await server.post("com.atproto.admin.deleteAccount", {"did": did}, auth=ADMIN)

        user = (await found(server, code, auth=ADMIN))["user"]

        assert (user["ext_id"], user["deleted"], user["reg_approved"]) == (did, True, False)

    async def test_what_cannot_be_used_is_shown_to_them(self, server: Served) -> None:
        codes = await unusable(server)

        shown = {name: await look(server, code, auth=ADMIN) for name, code in codes.items()}
        unknown = await look(server, "nothing-here", auth=ADMIN)

        assert {answer.status_code for answer in shown.values()} == {200}
        assert (unknown.status_code, unknown.json()) == (404, NOT_FOUND)


class TestCredentials:
    """`Token` and `Bearer` as that API has them; and never taken for none."""

    @pytest.mark.parametrize("scheme", ["Token", "Bearer", "token", "BEARER"])
    async def test_the_admin_password_and_tokens_open_it(self, server: Served, scheme: str) -> None:
        code = (await invited(server))["code"]
        viewer = await server.token("viewer")

        for secret in (server.admin_password, viewer):
            shown = await found(server, code, headers={"Authorization": f"{scheme} {secret}"})
            assert shown["email"] == JANE["email"]

    @pytest.mark.parametrize(
        "sent",
        [
            "Token nope",
            "Bearer nope",
            "Token",
            "Basic YWRtaW46bm9wZQ==",
            "xit_",
            "Token xit_nope",
            "Token \xe9",
        ],
    )
    async def test_wrong_ones_are_401_also_for_a_code_that_anyone_may_see(
        self, server: Served, sent: str
    ) -> None:
        code = (await invited(server))["code"]

        answer = await look(server, code, headers={"Authorization": sent.encode("latin-1")})

        assert answer.status_code == 401
        assert list(answer.json()["errors"]) == ["detail"]

    async def test_an_accounts_session_opens_nothing(self, server: Served) -> None:
        session = await server.account("ada")

        answer = await look(server, await server.code(), headers=bearer(session["accessJwt"]))

        assert answer.status_code == 401

    async def test_an_apps_token_is_not_enough(self, server: Served) -> None:
        app = await server.token("app")

        answer = await look(server, await server.code(), headers=bearer(app))

        assert answer.status_code == 403

    async def test_a_password_that_is_turned_off_opens_nothing(self, serve: Serve) -> None:
        server = await serve(admin_login=False)

        answer = await look(server, "x", headers=bearer(server.admin_password))

        assert answer.status_code == 401


class TestForStrangers:
    """As little as is useful."""

    async def test_name_and_address_are_masked(self, server: Served) -> None:
        code = (await invited(server))["code"]

        masked = await found(server, code)

        full = await found(server, code, auth=ADMIN)
        assert masked == full | {"name": "J••••", "email": "j••••@example.org"}

    async def test_whoever_used_it_before_is_not_shown(self, server: Served) -> None:
        code = await server.code(uses=2)
        await server.sign_up("ada", code)

        shown = await found(server, code)

        assert (shown["user"], shown["used_at"]) == (None, None)

    async def test_the_owner_of_an_ordinary_code_is_named_where_its_terms_say_so(
        self, server: Served
    ) -> None:
        ada = await server.account("ada")
        for text, shows in (("silent", False), ("open-hearted", True)):
            asked = {"code": text, "forAccount": ada["did"], "showInviter": shows}
            await server.post("org.xrpcinvites.createCodes", asked, auth=ADMIN)

        shown = [await found(server, code) for code in ("silent", "open-hearted")]

        named = [(one["invited_by_username"], one["invited_by"]) for one in shown]
        assert named == [(None, None), ("ada", user_id(ada["did"]))]

    async def test_unknown_and_unusable_codes_have_one_answer(self, server: Served) -> None:
        codes = await unusable(server)

        answers = [await look(server, code) for code in ("nothing-here", *codes.values())]

        assert [(one.status_code, one.json()) for one in answers] == [(404, NOT_FOUND)] * 5

    async def test_a_code_is_found_however_it_is_typed(self, server: Served) -> None:
        code = await server.code()

        shown = await found(server, f" {code.upper().replace('-', '')} ")

        assert shown["code"] == code

    @pytest.mark.parametrize(
        ("code", "status"),
        [("a%00b", 400), ("x" * 1_025, 400), ("%ff%fe", 404), ("%F0%9F%92%8C", 404)],
    )
    async def test_what_can_be_no_code_is_no_fault_of_ours(
        self, server: Served, code: str, status: int
    ) -> None:
        answer = await look(server, code)

        assert answer.status_code == status
        assert list(answer.json()["errors"]) == ["detail"]


class TestPublicContact:
    """With the setting by which the API behaves as it is documented."""

    async def test_whoever_has_a_code_sees_all_of_it(self, serve: Serve) -> None:
        server = await serve(v2_public_contact=True)
        code = (await invited(server))["code"]

        assert await found(server, code) == await found(server, code, auth=ADMIN)

    async def test_unknown_codes_are_told_from_those_that_are_over(self, serve: Serve) -> None:
        server = await serve(v2_public_contact=True)
        codes = await unusable(server)

        answers = {name: await look(server, code) for name, code in codes.items()}
        unknown = await look(server, "nothing-here")

        assert {name: answer.status_code for name, answer in answers.items()} == {
            "exhausted": 410,
            "scheduled": 404,
            "expired": 410,
            "disabled": 410,
        }
        assert answers["expired"].json() == GONE
        assert (unknown.status_code, unknown.json()) == (404, NOT_FOUND)


class TestLimits:
    """Those of previewCode."""

    @pytest.mark.parametrize("public", [False, True])
    async def test_wrong_guesses_stop_an_address(self, serve: Serve, public: bool) -> None:  # noqa: FBT001
        server = await serve(
            rate_limits=True,
            trusted_proxies="127.0.0.1",
            limit_failed_codes="2/hour",
            v2_public_contact=public,
        )
        code, spent = await server.code(), await server.code()
        await server.sign_up("ada", spent)

        guesses = [await look(server, guess, headers=HOME) for guess in ("wrong", code, spent)]
        refused = await look(server, code, headers=HOME)
        elsewhere = await look(server, code, headers=ELSEWHERE)
        operator = await look(server, "wrong", headers=HOME, auth=ADMIN)

        assert [answer.status_code for answer in guesses] == [404, 200, 410 if public else 404]
        assert refused.status_code == 429
        assert refused.json() == {"errors": {"detail": ["Rate Limit Exceeded"]}}
        assert int(refused.headers["Retry-After"]) > 3_500
        assert elsewhere.status_code == 200
        assert operator.status_code == 404

    async def test_requests_of_strangers_count(self, serve: Serve) -> None:
        server = await serve(rate_limits=True, trusted_proxies="127.0.0.1", limit_public="2/hour")
        code = await server.code()

        answers = [await look(server, code, headers=HOME) for _ in range(3)]
        operator = await look(server, code, headers=HOME, auth=ADMIN)

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[0].headers["RateLimit-Remaining"] == "1"
        assert operator.status_code == 200

    async def test_wrong_passwords_stop_an_address(self, serve: Serve) -> None:
        server = await serve(
            rate_limits=True, trusted_proxies="127.0.0.1", limit_failed_credentials="2/hour"
        )
        wrong = {"Authorization": "Token nope", **HOME}

        answers = [await look(server, "x", headers=wrong) for _ in range(3)]
        right = await look(server, "x", headers=HOME, auth=ADMIN)

        assert [answer.status_code for answer in answers] == [401, 401, 429]
        assert right.status_code == 429


class TestHttp:
    """Headers, methods and addresses."""

    async def test_nothing_keeps_an_answer_or_tells_its_address(self, server: Served) -> None:
        code = await server.code()

        for answer in (await look(server, code), await look(server, "nope")):
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-Id"])

    async def test_head_is_answered_as_get(self, server: Served) -> None:
        code = await server.code()

        answer = await server.client.head(f"/api/v2/invite_code/{code}/")

        assert (answer.status_code, answer.content) == (200, b"")

    async def test_an_address_without_its_slash_says_so_and_is_not_redirected(
        self, server: Served
    ) -> None:
        code = await server.code()

        answer = await server.client.get(f"/api/v2/invite_code/{code}", headers=bearer("secret"))

        assert answer.status_code == 404
        assert "slash" in answer.json()["errors"]["detail"][0]

    async def test_another_method_is_405(self, server: Served) -> None:
        answers = [
            await server.client.post("/api/v2/invite_code/x/", json={}),
            await server.client.get("/api/v2/account/create/"),
        ]

        assert [answer.status_code for answer in answers] == [405, 405]
        assert [list(answer.json()) for answer in answers] == [["errors"], ["errors"]]
        assert answers[1].headers["Allow"] == "POST"

    async def test_pages_of_others_may_ask(self, server: Served) -> None:
        origin = {"Origin": "https://community.example.org"}
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        }

        preflight = await server.client.options("/api/v2/account/create/", headers=origin | asked)
        answer = await look(server, "nope", headers=origin)

        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"
        assert "authorization" in preflight.headers["Access-Control-Allow-Headers"].lower()
        assert preflight.headers["Access-Control-Max-Age"] == "86400"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]

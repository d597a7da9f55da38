"""What people see who were invited: who invites, the code, and how to hear no more."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import URL

from tests.conftest import Serve
from tests.servers import ADMIN, Served, bearer, settings_of
from xrpc_invites.app.use_cases import invitations
from xrpc_invites.storage.database import Database

pytestmark = pytest.mark.anyio

JANE = {"email": "jane@example.org", "name": "Jane Doe"}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
HOME = {"X-Forwarded-For": "203.0.113.7"}
ELSEWHERE = {"X-Forwarded-For": "198.51.100.1"}


async def look(server: Served, code: str, **options: Any) -> httpx.Response:
    return await server.client.get(f"/i/{code}", **options)


async def invited(server: Served, **options: Any) -> dict[str, Any]:
    """A new invitation of Jane, by the admin unless told otherwise."""
    options = options or {"auth": ADMIN}
    asked = {"invitations": [JANE]}
    answer = await server.post("org.xrpcinvites.createInvitations", asked, **options)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["results"][0]["invitation"]
    return made


async def reason(server: Served) -> str | None:
    """Why Jane would not be invited now, if for a reason."""
    asked = {"invitations": [JANE], "again": True, "dryRun": True}
    answer = await server.post("org.xrpcinvites.createInvitations", asked, auth=ADMIN)
    why: str | None = answer.json()["results"][0].get("reason")
    return why


async def with_terms(server: Served, **terms: object) -> str:
    answer = await server.post("org.xrpcinvites.createCodes", terms, auth=ADMIN)
    assert answer.status_code == 200, answer.text
    text: str = answer.json()["codes"][0]["code"]
    return text


def words(page: httpx.Response) -> str:
    """What a reader sees of it."""
    body = page.text.partition("<main>")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", "", body).split())


@pytest.fixture
def token(url: URL, tmp_path: Path) -> Any:
    """Makes what a mail about an invitation says so that its reader can opt out."""
    return invitations(settings_of(url, tmp_path), Database(url)).token


class TestInvitation:
    """`/i/{code}`."""

    async def test_it_says_who_invites_to_what_and_shows_the_code(self, server: Served) -> None:
        ines = await server.token("issuer", name="Ines & Co.")
        code = (await invited(server, headers=bearer(ines)))["code"]

        page = await look(server, code)

        assert page.status_code == 200
        assert "<bdi>Ines &amp; Co.</bdi> invites you to join <bdi>localhost</bdi>" in page.text
        assert f'<code translate="no">{code}</code>' in page.text

    async def test_the_link_of_an_invitation_leads_there(self, server: Served) -> None:
        invitation = await invited(server)

        page = await server.client.get(invitation["url"])

        assert (page.status_code, invitation["code"] in page.text) == (200, True)

    async def test_an_account_invites_by_its_handle(self, serve: Serve) -> None:
        server = await serve(account_invitations=True)
        ada = await server.account("ada")
        await server.code(owner=ada["did"])
        code = (await invited(server, headers=bearer(ada["accessJwt"])))["code"]

        assert "@ada.test invites you" in words(await look(server, code))

    async def test_the_servers_own_people_have_no_name(self, server: Served) -> None:
        code = (await invited(server))["code"]

        assert words(await look(server, code)).startswith("You are invited to join localhost")

    @pytest.mark.parametrize(("shows", "said"), [(True, "@ada.test invites"), (False, "You are")])
    async def test_an_ordinary_code_names_its_owner_where_its_terms_say_so(
        self,
        server: Served,
        shows: bool,  # noqa: FBT001
        said: str,
    ) -> None:
        ada = await server.account("ada")
        code = await with_terms(server, forAccount=ada["did"], showInviter=shows)

        assert words(await look(server, code)).startswith(said)

    async def test_who_is_invited_is_not_told(self, server: Served) -> None:
        page = await look(server, (await invited(server))["code"])

        assert "jane" not in page.text.lower()

    async def test_looking_spends_nothing(self, server: Served) -> None:
        code = await server.code()

        for _ in range(3):
            await look(server, code)

        assert (await server.sign_up("ada", code)).status_code == 200

    async def test_unknown_and_unusable_codes_have_one_page(self, server: Served) -> None:
        spent = await server.code()
        await server.sign_up("ada", spent)
        codes = [
            "nothing-here",
            spent,
            await with_terms(server, expiresAt="2001-01-01T00:00:00Z"),
            await with_terms(server, notBefore="2999-01-01T00:00:00Z"),
        ]

        pages = [await look(server, code) for code in codes]

        assert {(page.status_code, page.text) for page in pages} == {(404, pages[0].text)}
        assert words(pages[0]).startswith("This invitation cannot be used")

    @pytest.mark.parametrize("code", ["a%00b", "x" * 1_025])
    async def test_what_can_be_no_code_is_no_fault_of_ours(self, server: Served, code: str) -> None:
        page = await look(server, code)

        assert (page.status_code, words(page)[:17]) == (400, "That did not work")

    async def test_a_code_is_shown_as_text(self, server: Served) -> None:
        rows = [
            {
                "code": "<b>bold</b>",
                "status": "active",
                "available": 1,
                "useCount": 0,
                "reservedCount": 0,
                "remaining": 1,
                "disabled": False,
                "forAccount": "admin",
                "createdBy": "admin",
                "createdAt": "2026-01-01T00:00:00Z",
                "tags": [],
                "emailDomains": [],
                "showInviter": False,
                "uses": [],
            }
        ]
        answer = await server.post("org.xrpcinvites.importCodes", {"rows": rows}, auth=ADMIN)
        assert answer.status_code == 200, answer.text

        page = await look(server, "%3Cb%3Ebold%3C%2Fb%3E")

        assert "&lt;b&gt;bold&lt;/b&gt;" in page.text


class TestLimits:
    """Those of previewCode."""

    async def test_wrong_guesses_stop_an_address(self, serve: Serve) -> None:
        server = await serve(
            rate_limits=True, trusted_proxies="127.0.0.1", limit_failed_codes="2/hour"
        )
        code = await server.code()

        guesses = [await look(server, guess, headers=HOME) for guess in ("wrong", code, "worse")]
        refused = await look(server, code, headers=HOME)
        elsewhere = await look(server, code, headers=ELSEWHERE)

        assert [page.status_code for page in guesses] == [404, 200, 404]
        assert (refused.status_code, elsewhere.status_code) == (429, 200)
        assert "text/html" in refused.headers["Content-Type"]
        assert int(refused.headers["Retry-After"]) > 3_500

    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_wrong_tokens_stop_an_address(self, serve: Serve, method: str) -> None:
        server = await serve(
            rate_limits=True, trusted_proxies="127.0.0.1", limit_failed_codes="2/hour"
        )

        pages = [
            await server.client.request(method, f"/opt-out/{n}.wrong", data=ONE_CLICK, headers=HOME)
            for n in range(3)
        ]

        assert [page.status_code for page in pages] == [404, 404, 429]

    async def test_requests_count(self, serve: Serve) -> None:
        server = await serve(rate_limits=True, trusted_proxies="127.0.0.1", limit_public="2/hour")
        code = await server.code()

        pages = [await look(server, code, headers=HOME) for _ in range(3)]

        assert [page.status_code for page in pages] == [200, 200, 429]


class TestOptOut:
    """`/opt-out/{token}`."""

    async def test_looking_changes_nothing(self, server: Served, token: Any) -> None:
        address = f"/opt-out/{token((await invited(server))['id'], JANE['email'])}"

        page = await server.client.get(address)

        assert page.status_code == 200
        assert page.text.count("<button>") == 1
        assert '<form method="post">' in page.text
        assert await reason(server) is None

    async def test_the_button_opts_out(self, server: Served, token: Any) -> None:
        address = f"/opt-out/{token((await invited(server))['id'], JANE['email'])}"
        page = await server.client.get(address)
        fields = dict(re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', page.text))

        done = await server.client.post(address, data=fields)

        assert (done.status_code, words(done)[:12]) == (200, "That is done")
        assert await reason(server) == "opted-out"

    @pytest.mark.parametrize("in_parts", [False, True])
    async def test_a_mail_program_opts_out_in_one_click(
        self,
        server: Served,
        token: Any,
        in_parts: bool,  # noqa: FBT001
    ) -> None:
        address = f"/opt-out/{token((await invited(server))['id'], JANE['email'])}"
        parts = {"List-Unsubscribe": (None, b"One-Click")}
        body: dict[str, Any] = {"files": parts} if in_parts else {"data": ONE_CLICK}

        done = [await server.client.post(address, **body) for _ in range(2)]

        assert [page.status_code for page in done] == [200, 200]
        assert await reason(server) == "opted-out"

    @pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "No"}, {"x": "y" * 5_000}])
    async def test_another_body_changes_nothing(
        self, server: Served, token: Any, body: dict[str, str]
    ) -> None:
        address = f"/opt-out/{token((await invited(server))['id'], JANE['email'])}"

        page = await server.client.post(address, data=body)

        assert page.status_code in {400, 413}
        assert await reason(server) is None

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("wrong", ["1.x", "x", "1.%00", "9" * 30, "%ff", "1." + "x" * 200])
    async def test_a_wrong_token_opts_nobody_out(
        self, server: Served, method: str, wrong: str
    ) -> None:
        await invited(server)

        page = await server.client.request(method, f"/opt-out/{wrong}", data=ONE_CLICK)

        assert page.status_code in {400, 404}
        assert await reason(server) is None

    async def test_a_token_counts_for_its_own_address(self, server: Served, token: Any) -> None:
        id_ = (await invited(server))["id"]

        page = await server.client.post(f"/opt-out/{token(id_, 'eve@mail.test')}", data=ONE_CLICK)

        assert page.status_code == 404
        assert await reason(server) is None


class TestPages:
    """What holds for each."""

    async def test_every_page_is_guarded(self, server: Served) -> None:
        pages = [
            await look(server, await server.code()),
            await look(server, "wrong"),
            await look(server, "a%00b"),
            await server.client.get("/opt-out/wrong"),
        ]

        for page in pages:
            headers = page.headers
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"
            assert headers["X-Robots-Tag"] == "noindex"
            assert headers["Content-Type"] == "text/html; charset=utf-8"
            assert "Set-Cookie" not in headers
            assert "Access-Control-Allow-Origin" not in headers
            assert "<script" not in page.text

    async def test_a_browser_may_show_the_style_of_a_page_and_nothing_else(
        self, server: Served
    ) -> None:
        page = await look(server, "wrong")

        [style] = re.findall("<style>(.*?)</style>", page.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert page.headers["Content-Security-Policy"] == (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        assert "style=" not in page.text

    @pytest.mark.parametrize(
        ("sent", "language", "said"),
        [
            ("de-AT,de;q=0.9,en;q=0.5", "de", "Diese Einladung gilt nicht"),
            ("ja", "ja", "この招待は使えません"),
            ("nl", "en", "This invitation cannot be used"),
        ],
    )
    async def test_a_page_is_in_the_language_of_its_reader(
        self, server: Served, sent: str, language: str, said: str
    ) -> None:
        page = await look(server, "wrong", headers={"Accept-Language": sent})

        assert f'<html lang="{language}">' in page.text
        assert (page.headers["Content-Language"], page.headers["Vary"]) == (
            language,
            "Accept-Language",
        )
        assert words(page).startswith(said)

    async def test_a_page_fits_a_phone_and_the_dark(self, server: Served) -> None:
        page = await look(server, "wrong")

        assert 'name="viewport" content="width=device-width' in page.text
        assert "prefers-color-scheme:dark" in page.text

    async def test_head_is_answered_as_get(self, server: Served) -> None:
        page = await server.client.head(f"/i/{await server.code()}")

        assert page.status_code == 200

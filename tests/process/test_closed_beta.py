"""The example of a site in closed beta: a real process, before a real server of codes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import commands
from tests.processes import ServerProcess, answering, environment
from tests.servers import ADMIN

EXAMPLE = Path(__file__).parents[2] / "examples" / "closed_beta"
DEAD = "http://127.0.0.1:9"  # nobody listens there
SITE = (sys.executable, "-m", "uvicorn", "--app-dir", str(EXAMPLE), "--port", "0")


def site_of(server: str, token: str, folder: Path) -> Iterator[ServerProcess]:
    settings = {"INVITES_SERVER": server, "INVITES_TOKEN": token}
    command = [*SITE, "closed_beta:app"]
    with answering(command, cwd=folder, env=environment(settings), page="/") as started:
        yield started


@pytest.fixture(scope="module")
def token(place: commands.Place) -> str:
    return place.there("tokens", "create", "closed beta", "--role", "app").stdout.strip()


@pytest.fixture(scope="module")
def site(place: commands.Place, token: str) -> Iterator[ServerProcess]:
    yield from site_of(place.url, token, place.folder)


@pytest.fixture
def code(place: commands.Place) -> str:
    return place.there("codes", "create", "--uses", "1", "--tag", "early").stdout.strip()


def browser(site: ServerProcess) -> httpx.Client:
    return httpx.Client(base_url=site.url, follow_redirects=True, timeout=60)


def join(visitor: httpx.Client, code: str, name: str) -> httpx.Response:
    form = {"code": code, "name": name, "email": f"{name}@mail.test"}
    return visitor.post("/join", data=form)


def uses(place: commands.Place, code: str) -> tuple[int, int]:
    """Uses that are made, and that are held."""
    url = f"{place.url}/xrpc/org.xrpcinvites.getCode"
    view = httpx.get(url, params={"code": code}, auth=ADMIN).json()["code"]
    return view["useCount"], view["reservedCount"]


def test_who_has_a_code_gets_in(place: commands.Place, site: ServerProcess, code: str) -> None:
    with browser(site) as visitor:
        assert "Invite code" in visitor.get("/").text
        assert visitor.get("/members").url.path == "/"

        inside = join(visitor, code, "ada")

    assert (inside.status_code, inside.url.path) == (200, "/members")
    assert "Welcome, ada" in inside.text
    assert "early" in inside.text
    assert uses(place, code) == (1, 0)


def test_a_code_that_is_spent_lets_nobody_in(site: ServerProcess, code: str) -> None:
    with browser(site) as first, browser(site) as second:
        join(first, code, "bea")
        refused = join(second, code, "cid")

        assert second.get("/members").url.path == "/"
    assert refused.status_code == 400
    assert "This code cannot be used" in refused.text


def test_a_sign_up_that_fails_leaves_the_code_unspent(
    place: commands.Place, site: ServerProcess, code: str
) -> None:
    taken = place.there("codes", "create", "--uses", "1").stdout.strip()
    with browser(site) as visitor:
        join(visitor, taken, "dee")

        failed = join(visitor, code, "dee")

        assert "Your code is unspent" in failed.text
        assert uses(place, code) == (0, 0)
        assert "Welcome, eve" in join(visitor, code, "eve").text


def test_who_is_sent_away_is_out_at_once(
    place: commands.Place, site: ServerProcess, code: str
) -> None:
    with browser(site) as visitor:
        join(visitor, code, "fay")
        show = f"{place.url}/xrpc/org.xrpcinvites.getCode"
        used = httpx.get(show, params={"code": code}, auth=ADMIN).json()["uses"]
        revoke = f"{place.url}/xrpc/org.xrpcinvites.revokeGrant"
        httpx.post(revoke, json={"did": used[0]["usedBy"]}, auth=ADMIN).raise_for_status()

        assert visitor.get("/members").status_code == 403


@pytest.mark.parametrize(
    "form",
    [
        {"code": "x", "name": "Not A Name"},
        {"code": "", "name": "gus"},
        {"code": "no-such-code", "name": "gus", "email": "gus@mail.test"},
        {"code": "x", "name": "gus", "email": "none"},
        {},
    ],
    ids=str,
)
def test_nothing_that_is_typed_breaks_the_site(site: ServerProcess, form: dict[str, str]) -> None:
    with browser(site) as visitor:
        assert visitor.post("/join", data=form).status_code == 400


def test_a_form_has_an_end(site: ServerProcess) -> None:
    with browser(site) as visitor:
        assert visitor.post("/join", data={"code": "x" * 5_000}).status_code == 413


def test_without_the_server_of_codes_nobody_gets_in(tmp_path: Path, token: str) -> None:
    for site in site_of(DEAD, token, tmp_path):
        with browser(site) as visitor:
            assert join(visitor, "any", "hal").status_code == 503

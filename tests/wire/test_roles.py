"""Who may call what: every method with every kind of credentials, held against docs/roles.md."""

import re
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from tests.conftest import Serve
from tests.servers import PASSWORD_OF_ACCOUNTS, Served, bearer
from tests.speakers import PlcDirectory, Speaker
from tests.wire.examples import Examples
from xrpc_invites.app import shipped
from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.check import Checks
from xrpc_invites.lexicon.load import load
from xrpc_invites.xrpc.roles import Role

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"
LEXICONS = load(shipped("lexicons"))
METHODS = sorted(
    nsid
    for nsid, document in LEXICONS.items()
    if isinstance(document.defs.get("main"), schema.Query | schema.Procedure)
)
LOGIN = {"identifier": "ada.test", "password": PASSWORD_OF_ACCOUNTS}
EXAMPLES = Examples(LEXICONS, LOGIN)
ABOUT_CREDENTIALS = {"InvalidToken", "ExpiredToken"}
"""Errors that speak of credentials and have the status 400."""

Headers = Mapping[str, Mapping[str, str]]
"""What a caller sends, by the column of the table."""


def rows() -> dict[str, list[str]]:
    """The table: what stands in each method's row."""
    lines = re.findall(r"^\| `([\w.]+)` \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    return {nsid: [cell.strip() for cell in cells.split("|")] for nsid, cells in lines}


def row(nsid: str, cells: list[str]) -> str:
    return f"| `{nsid}` | {' | '.join(cells)} |"


def columns() -> list[str]:
    [head] = re.findall(r"^\| method \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
    return [name.strip() for name in head.split("|")]


def basic(password: str) -> dict[str, str]:
    request = next(httpx.BasicAuth("admin", password).auth_flow(httpx.Request("GET", "http://x")))
    return {"Authorization": request.headers["Authorization"]}


async def everyone(server: Served) -> Headers:
    """All kinds of credentials, the tokens of sessions aside."""
    dead = await server.token("owner", name="dead")
    listed = (await server.get("org.xrpcinvites.listTokens", auth=server.admin)).json()
    asked = {"id": listed["tokens"][0]["id"]}
    await server.post("org.xrpcinvites.revokeToken", asked, auth=server.admin)
    return {
        "none": {},
        "wrong Basic": basic("wrong"),
        "admin password": basic(server.admin_password),
        **{role.value: bearer(await server.token(role)) for role in Role},
        "dead token": bearer(dead),
        "other Bearer": bearer("x.y.z"),
    }


async def session(server: Served) -> Headers:
    """The tokens of a session; each method has one of its own, since some end it."""
    answer = await server.post("com.atproto.server.createSession", LOGIN)
    tokens = answer.json()
    return {
        "access token": bearer(tokens["accessJwt"]),
        "refresh token": bearer(tokens["refreshJwt"]),
    }


def services(nsid: str, stranger: Speaker, moderation: Speaker) -> Headers:
    """Tokens that DIDs sign for this method alone."""
    return {
        "stranger": stranger.speaks(nsid),
        "moderation service": moderation.speaks(nsid, iss=f"{moderation.did}#atproto_labeler"),
    }


async def call(server: Served, nsid: str, headers: Mapping[str, str]) -> httpx.Response:
    asked, main = EXAMPLES.of(nsid), LEXICONS[nsid].defs["main"]
    if isinstance(main, schema.Query):
        return await server.get(nsid, params=asked, headers=headers)
    takes_body = isinstance(main, schema.Procedure) and main.input is not None
    return await server.post(nsid, asked if takes_body else None, headers=headers)


def cell(answer: httpx.Response) -> str:
    """`yes`, or the status and the name of the error about credentials."""
    assert answer.status_code < 429, answer.text
    error = "" if answer.is_success else answer.json()["error"]
    refused = answer.status_code in {401, 403} or error in ABOUT_CREDENTIALS
    return f"{answer.status_code} {error}" if refused else "yes"


async def test_every_method_answers_every_caller_as_the_table_says(
    serve: Serve, plc: PlcDirectory
) -> None:
    speakers = plc.speaker("stranger"), plc.speaker("moderation", "atproto_label")
    server = await serve(plc_url=plc.url, mod_service_did=speakers[1].did)
    await server.account("ada")
    callers, table = await everyone(server), rows()

    faults = []
    for nsid in METHODS:
        sent = {**callers, **await session(server), **services(nsid, *speakers)}
        found = [cell(await call(server, nsid, sent[name])) for name in columns()]
        if nsid not in table:
            faults.append(f"has no row for {nsid}; if this is right, add\n{row(nsid, found)}")
        elif found != table[nsid]:
            faults.append(f"is wrong about {nsid}; if this is right, write\n{row(nsid, found)}")

    assert not faults, "\n".join(f"docs/roles.md {fault}" for fault in faults)


def test_the_table_has_the_methods_there_are_in_the_order_of_their_nsids() -> None:
    assert [nsid for nsid in rows() if nsid in METHODS] == [n for n in METHODS if n in rows()]
    assert not rows().keys() - METHODS, "docs/roles.md has rows for methods that are not there"


@pytest.mark.parametrize("nsid", METHODS)
def test_the_example_of_a_request_passes_its_lexicon(nsid: str) -> None:
    """Else a refusal could hide behind a body that is wrong anyway."""
    checks, main, asked = Checks(LEXICONS), LEXICONS[nsid].defs["main"], EXAMPLES.of(nsid)
    if isinstance(main, schema.Query):
        sent = httpx.QueryParams(asked).multi_items()
        checks.parameters(nsid, main.parameters)(sent)
    elif isinstance(main, schema.Procedure) and (check := checks.body(nsid, main.input)):
        check(asked)

"""What docs/client.md shows works when it is pasted, against a real server."""

import ast
import asyncio
import inspect
import re
from pathlib import Path
from types import CodeType
from typing import Any

import httpx
import pytest

from tests import commands
from tests.servers import ADMIN
from xrpc_invites import client

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SERVER = "https://invites.example.org"


def program(url: str) -> CodeType:
    """All examples one after another, with `await` anywhere, as `python -m asyncio` has it."""
    text = "\n".join(BLOCKS).replace(SERVER, url)
    code: CodeType = compile(text, "client.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return code


async def create_the_account() -> str:
    return "did:web:ada.example.org"


def test_the_examples_can_be_pasted(
    place: commands.Place, capsys: pytest.CaptureFixture[str]
) -> None:
    terms = {"code": "spring-2026", "available": 4, "role": "editor", "tags": ["beta"]}
    made = httpx.post(
        f"{place.url}/xrpc/org.xrpcinvites.createCodes",
        json={**terms, "emailDomains": ["example.org"]},
        auth=ADMIN,
    )
    assert made.is_success, made.text
    token = place.there("tokens", "create", "a program", "--role", "app").stdout.strip()
    names: dict[str, Any] = {"token": token, "create_the_account": create_the_account}

    async def run() -> None:
        ran = eval(program(place.url), names)  # noqa: S307  # our own page
        assert inspect.isawaitable(ran)
        await ran

    asyncio.run(run())

    assert capsys.readouterr().out == "editor ('beta',)\nThis code cannot be used\n"
    show = f"{place.url}/xrpc/org.xrpcinvites.getCode"
    used = httpx.get(show, params={"code": "spring-2026"}, auth=ADMIN).json()["uses"]
    assert sorted(use["usedBy"] for use in used) == [
        f"did:web:{name}.example.org" for name in ("ada", "bea", "cid", "dee")
    ]


def test_the_page_names_every_exception_that_a_program_may_catch() -> None:
    raised = {
        name
        for name in client.__all__
        if isinstance(getattr(client, name), type)
        and issubclass(getattr(client, name), client.InvitesError)
    }

    assert {name for name in raised if f"`{name}`" not in PAGE} == set()

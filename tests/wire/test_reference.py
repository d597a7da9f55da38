"""What developers read: OpenAPI that any generator takes, a page for it, and the Lexicons."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.conftest import Serve
from tests.servers import Served
from xrpc_invites.app import shipped
from xrpc_invites.lexicon.load import load
from xrpc_invites.web.schemas import schema

pytestmark = pytest.mark.anyio

LEXICONS = load(shipped("lexicons"))


async def described(server: Served) -> dict[str, Any]:
    answer = await server.client.get("/openapi.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    document: dict[str, Any] = answer.json()
    return document


async def test_the_description_is_valid_openapi(server: Served) -> None:
    OpenAPIV31SpecValidator(await described(server)).validate()


async def test_every_method_is_described(server: Served) -> None:
    document = await described(server)

    kinds = {"query": "get", "procedure": "post"}
    expected = {
        f"/xrpc/{nsid}": kinds[kind]
        for nsid, lexicon in LEXICONS.items()
        if (kind := lexicon.source["defs"].get("main", {}).get("type")) in kinds
    }
    assert {
        path: next(iter(operations)) for path, operations in document["paths"].items()
    } == expected


async def test_a_method_is_described_with_all_that_it_has(server: Served) -> None:
    paths = (await described(server))["paths"]

    listed = paths["/xrpc/com.atproto.admin.getInviteCodes"]["get"]
    limit = next(one for one in listed["parameters"] if one["name"] == "limit")
    assert limit["schema"] | {"description": ""} == {
        "type": "integer",
        "minimum": 1,
        "maximum": 500,
        "default": 100,
        "description": "",
    }
    assert listed["security"] == [{"admin": []}]
    signed_up = paths["/xrpc/com.atproto.server.createAccount"]["post"]
    assert signed_up["security"] == []
    assert "InvalidInviteCode: " in signed_up["responses"]["400"]["description"]
    body = signed_up["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["handle"]
    refreshed = paths["/xrpc/com.atproto.server.refreshSession"]["post"]
    assert refreshed["security"] == [{"refresh": []}]
    assert "requestBody" not in refreshed
    own = paths["/xrpc/com.atproto.server.getAccountInviteCodes"]["get"]
    assert own["security"] == [{"access": []}]


async def test_a_field_with_a_default_may_be_left_out(server: Served) -> None:
    paths = (await described(server))["paths"]

    made = paths["/xrpc/com.atproto.server.createInviteCodes"]["post"]
    body = made["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["useCount"]


async def test_the_page_takes_its_scripts_from_this_server(server: Served) -> None:
    page = await server.client.get("/docs")

    assert page.headers["content-type"].startswith("text/html")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 3
    for link in links:
        assert "//" not in link
        assert (await server.client.get(f"/{link}")).status_code == 200
    assert "'openapi.json'" in page.text or '"openapi.json"' in page.text


async def test_the_lexicons_are_served_with_an_index(server: Served) -> None:
    index = (await server.client.get("/lexicons")).json()["lexicons"]

    assert [entry["id"] for entry in index] == sorted(LEXICONS)
    for entry in index:
        answer = await server.client.get(entry["url"])
        file = shipped("lexicons").joinpath(*entry["id"].split(".")).with_suffix(".json")
        assert answer.json() == json.loads(file.read_text())
    assert (await server.client.get("/lexicons/com.example.nope.json")).status_code == 404


async def test_documents_of_an_operator_are_served_too(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "mine" / "com" / "example" / "ours.json"
    file.parent.mkdir(parents=True)
    defs = {"main": {"type": "record", "key": "tid", "record": {"type": "object"}}}
    file.write_text(json.dumps({"lexicon": 1, "id": "com.example.ours", "defs": defs}))

    server = await serve(lexicon_dirs=(tmp_path / "mine",))

    assert (await server.client.get("/lexicons/com.example.ours.json")).json()["defs"] == defs
    OpenAPIV31SpecValidator(await described(server)).validate()


@pytest.mark.parametrize(
    ("wanted", "made"),
    [
        ({"type": "null"}, {"type": "null"}),
        ({"type": "unknown", "description": "d"}, {"type": "object", "description": "d"}),
        ({"type": "token"}, {"type": "string"}),
        ({"type": "string", "format": "datetime"}, {"type": "string", "format": "date-time"}),
        ({"type": "string", "knownValues": ["a"]}, {"type": "string", "examples": ["a"]}),
        ({"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a"]}),
        (
            {"type": "array", "items": {"type": "boolean"}, "minLength": 1, "maxLength": 2},
            {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2},
        ),
        (
            {"type": "object", "nullable": ["x"], "properties": {"x": {"type": "integer"}}},
            {
                "type": "object",
                "properties": {"x": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
            },
        ),
        ({"type": "ref", "ref": "#x"}, {"$ref": "#/components/schemas/a.b.c.x"}),
        ({"type": "ref", "ref": "d.e.f"}, {"$ref": "#/components/schemas/d.e.f"}),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_schema_becomes_json_schema(wanted: dict[str, Any], made: dict[str, Any]) -> None:
    assert schema(wanted, "a.b.c") == made


def test_a_closed_union_takes_its_members_alone() -> None:
    member = {
        "allOf": [
            {"$ref": "#/components/schemas/a.b.c.x"},
            {
                "type": "object",
                "required": ["$type"],
                "properties": {"$type": {"const": "a.b.c#x"}},
            },
        ]
    }
    closed = schema({"type": "union", "refs": ["#x"], "closed": True}, "a.b.c")
    open_ = schema({"type": "union", "refs": ["#x"]}, "a.b.c")

    assert closed == {"anyOf": [member]}
    assert open_["anyOf"][0] == member
    assert len(open_["anyOf"]) == 2


@pytest.mark.parametrize("name", ["bytes", "cid-link", "blob"])
def test_what_json_does_not_have_is_an_object(name: str) -> None:
    assert schema({"type": name}, "a.b.c")["type"] == "object"

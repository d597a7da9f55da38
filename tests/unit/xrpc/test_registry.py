"""Methods and Lexicons are compared at the start; every way to differ stops it."""

from collections.abc import Sequence
from typing import Any

import pytest

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.faults import InvalidValue
from xrpc_invites.lexicon.load import Lexicons
from xrpc_invites.lexicon.schema import Body, Document
from xrpc_invites.xrpc.method import NOTHING, Call, Method, Nothing, Procedure, Query
from xrpc_invites.xrpc.registry import Registry, RegistryFaults
from xrpc_invites.xrpc.roles import Public
from xrpc_invites.xrpc.views import View

GET, POST = "com.example.get", "com.example.post"
FILE_GET, FILE_POST = "com/example/get.json", "com/example/post.json"


class Input(View):
    use_count: int


class Params(View):
    limit: int = 5


class Output(View):
    code: str


async def handle(_asked: Any, _call: Call) -> Any:
    return NOTHING


def body(name: str, property_: schema.Schema) -> Body:
    inside = schema.Object(properties={name: property_}, required=(name,))
    return Body(encoding="application/json", schema=inside)


LEXICONS = Lexicons(
    [
        Document(
            id=GET,
            defs={
                "main": schema.Query(
                    parameters=schema.Params(properties={"limit": schema.Integer(default=5)}),
                    output=Body(encoding="application/json", schema=schema.Ref(ref="#thing")),
                ),
                "thing": schema.Object(properties={"code": schema.String()}, required=("code",)),
            },
        ),
        Document(
            id=POST, defs={"main": schema.Procedure(input=body("useCount", schema.Integer()))}
        ),
        Document(id="com.example.defs", defs={"thing": schema.Object()}),
    ]
)


def query(nsid: str = GET, params: Any = Params, output: Any = Output) -> Method:
    return Query(nsid=nsid, params=params, output=output, needs=Public(), handle=handle)


def procedure(nsid: str = POST, input_: Any = Input, output: Any = Nothing) -> Method:
    return Procedure(nsid=nsid, input=input_, output=output, needs=Public(), handle=handle)


def test_what_agrees_is_registered() -> None:
    registry = Registry([query(), procedure()], LEXICONS)

    assert sorted(registry) == [GET, POST]
    assert len(registry) == 2
    assert registry.contract(GET).read([]) == {"limit": 5}
    assert registry.contract(GET).check_input is None
    check = registry.contract(POST).check_input
    assert check is not None
    with pytest.raises(InvalidValue, match="useCount is required"):
        check({})


@pytest.mark.parametrize(
    ("methods", "fault"),
    [
        ([query()], f"{FILE_POST}: the Lexicon has no handler"),
        (
            [query(), procedure(), query("com.example.more")],
            "com/example/more.json: the handler of com.example.more has no Lexicon",
        ),
        (
            [query(params=Input), procedure()],
            f"{FILE_GET}:defs.main.parameters: limit: is in the Lexicon",
        ),
        (
            [query(output=Input), procedure()],
            f"{FILE_GET}:defs.main.output: code: is in the Lexicon",
        ),
        (
            [query(output=Nothing), procedure()],
            f"{FILE_GET}:defs.main.output: code: is in the Lexicon",
        ),
        ([query(), procedure(input_=Output)], f"{FILE_POST}:defs.main.input: code: is in Output"),
        (
            [query(), procedure(output=Output)],
            f"{FILE_POST}:defs.main.output: the Lexicon has none",
        ),
        (
            [query(), query(POST)],
            f"{FILE_POST}:defs.main.type: the Lexicon and the handler are of different kinds",
        ),
    ],
    ids=range(8),
)
def test_a_difference_stops_the_start(methods: Sequence[Method], fault: str) -> None:
    with pytest.raises(RegistryFaults) as told:
        Registry(methods, LEXICONS)

    assert fault in str(told.value)

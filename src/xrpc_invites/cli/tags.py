"""`xrpc-invites tags …`: what is known of the tags that codes and invitations have."""

from enum import StrEnum
from typing import Annotated

import typer

from xrpc_invites.cli.calls import OURS, Items, Json, given
from xrpc_invites.cli.code_options import Limit
from xrpc_invites.cli.exits import say
from xrpc_invites.cli.tables import Json as AsJson
from xrpc_invites.cli.tables import print_fields, print_json, print_rows
from xrpc_invites.cli.target import Server, connected

PAGE = 500
_FIELDS = {
    "id": "id",
    "name": "name",
    "type": "type",
    "description": "description",
    "color": "color",
    "visible": "visible",
    "active": "active",
    "boost": "visibilityBoost",
    "deleted": "deleted",
    "created": "createdAt",
}

app = typer.Typer(help="Describe the tags of codes and invitations.", no_args_is_help=True)


class Type(StrEnum):
    """What a tag is put on."""

    USER = "user"
    CATEGORY = "category"
    CONTRIBUTION = "contribution"


Id = Annotated[int, typer.Argument(metavar="ID", min=1, help="As list shows it.")]
Description = Annotated[str | None, typer.Option(help="What it means.")]
Color = Annotated[str | None, typer.Option(help="Its colour, as #rrggbb.")]
Visible = Annotated[bool | None, typer.Option("--visible/--hidden", help="Whether people see it.")]
Active = Annotated[
    bool | None, typer.Option("--active/--inactive", help="Whether new invitations may have it.")
]
Boost = Annotated[
    bool | None, typer.Option("--boost/--no-boost", help="Whether more people see what has it.")
]


@app.command("list")
def list_(
    *,
    type_: Annotated[Type | None, typer.Option("--type", help="Tags of this type.")] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Deleted ones, too.")] = False,
    limit: Limit = 100,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """List tags, the newest first."""
    with connected(server) as calls:
        tags = Items(calls, f"{OURS}.listTags", "tags", limit=limit, page=PAGE)
        found = tags(type=type_, includeDeleted=deleted)
        if as_json:
            print_json({"tags": list(found)})
        else:
            print_rows(tuple(_FIELDS), map(_row, found))
    if tags.more:
        say(f"the first {limit}: ask for more with --limit")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="As codes and grants have it.")],
    *,
    type_: Annotated[Type, typer.Option("--type", help="What it is put on.")] = Type.USER,
    description: Description = None,
    color: Color = None,
    visible: Visible = None,
    active: Active = None,
    boost: Boost = None,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Make a tag, so that more is known of it than its name."""
    known = given(
        description=description,
        color=color,
        visible=visible,
        active=active,
        visibilityBoost=boost,
    )
    with connected(server) as calls:
        made = calls.procedure(f"{OURS}.createTag", {"name": name, "type": type_, **known})
    _print_one(made, as_json=as_json)


@app.command()
def update(
    id_: Id,
    *,
    name: Annotated[str | None, typer.Option(help="What new codes will have.")] = None,
    description: Description = None,
    no_description: Annotated[bool, typer.Option("--no-description", help="Without one.")] = False,
    color: Color = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="Without one.")] = False,
    visible: Visible = None,
    active: Active = None,
    boost: Boost = None,
    as_json: AsJson = False,
    server: Server = None,
) -> None:
    """Change a tag: what is not given stays. Codes and grants keep the name that they have."""
    clears = {"description": (no_description, description), "color": (no_color, color)}
    if twice := [field for field, (clear, value) in clears.items() if clear and value]:
        raise typer.BadParameter(f"{twice[0]}: both given and taken away")
    change = given(
        name=name,
        description=description,
        color=color,
        visible=visible,
        active=active,
        visibilityBoost=boost,
    ) | {field: None for field, (clear, _) in clears.items() if clear}
    if not change:
        raise typer.BadParameter("nothing to change: see --help for what can be")
    with connected(server) as calls:
        changed = calls.procedure(f"{OURS}.updateTag", {"id": id_, **change})
    _print_one(changed, as_json=as_json)


@app.command()
def delete(id_: Id, *, as_json: AsJson = False, server: Server = None) -> None:
    """Delete a tag; who has it keeps it, and its name is free again."""
    with connected(server) as calls:
        deleted = calls.procedure(f"{OURS}.deleteTag", {"id": id_})
    _print_one(deleted, as_json=as_json)


def _print_one(tag: Json, *, as_json: bool) -> None:
    if as_json:
        print_json(tag)
    else:
        print_fields(zip(_FIELDS, _row(tag), strict=True))


def _row(tag: Json) -> list[object]:
    return [tag.get(name) for name in _FIELDS.values()]

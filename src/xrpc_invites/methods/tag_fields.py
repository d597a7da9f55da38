"""What is known of a tag, read from the wire."""

from typing import Annotated, Any

from pydantic import Field

from xrpc_invites.invites.tags import fit_name, is_color
from xrpc_invites.xrpc.errors import invalid_request
from xrpc_invites.xrpc.views import View

TagName = Annotated[str, Field(min_length=1, max_length=640)]
TagDescription = Annotated[str, Field(max_length=5_000)]
Color = Annotated[str, Field(min_length=7, max_length=7)]
TagTypeName = Annotated[str, Field(max_length=32)]
TagId = Annotated[int, Field(ge=1)]


def known(asked: View) -> dict[str, Any]:
    """The fields of a tag that were sent.

    Raises:
        XrpcError: A value is none that a tag can have.
    """
    given = {name: getattr(asked, name) for name in asked.model_fields_set - {"id"}}
    if not fit_name(given.get("name", "-")):
        raise invalid_request("name must be one line of text, without blanks around it")
    color = given.get("color")
    if color is not None and not is_color(color):
        raise invalid_request("color must be written as #rrggbb, for example #1d9bf0")
    return given

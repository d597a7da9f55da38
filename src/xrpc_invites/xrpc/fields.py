"""The fields of a body for those that are no methods: as JSON, or as an HTML form sends them."""

from collections.abc import Mapping

from xrpc_invites.lexicon.data import check_text, parse_json
from xrpc_invites.lexicon.faults import InvalidValue
from xrpc_invites.xrpc.body import media_type, read_bytes
from xrpc_invites.xrpc.errors import XrpcError, invalid_request
from xrpc_invites.xrpc.messages import JSON, Request
from xrpc_invites.xrpc.pairs import pairs

FORM = "application/x-www-form-urlencoded"


async def read_fields(request: Request, limit: int) -> Mapping[str, object]:
    """What a body says, by name; of a form's fields that have one name the last counts.

    Raises:
        XrpcError: There is no body, it is too large or of another type, or holds no fields.
    """
    if not request.has_body:
        raise invalid_request("A request body is expected but none was provided")
    kind = media_type(request.headers.get("content-type", ""))
    if kind not in {JSON, FORM}:
        raise XrpcError("UnsupportedMediaType", f"Content-Type must be {JSON} or {FORM}")
    body = await read_bytes(request, limit)
    return dict(pairs(body, of="form")) if kind == FORM else _of_json(body)


def checked(text: str, *, of: str, longest: int) -> str:
    """A text that came in a path.

    Raises:
        XrpcError: No store could hold it; `of` says what it is.
    """
    if len(text) > longest:
        raise invalid_request(f"{of} must have at most {longest} characters")
    try:
        check_text(text)
    except InvalidValue as fault:
        raise invalid_request(f"{of} {fault}") from None
    return text


def _of_json(body: bytes) -> Mapping[str, object]:
    try:
        value = parse_json(body)
    except InvalidValue as fault:
        raise invalid_request(f"The body {fault}") from None
    if not isinstance(value, dict):
        raise invalid_request("The body must be a JSON object")
    return value

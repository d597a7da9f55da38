"""Names and values as query strings and HTML forms write them."""

from urllib.parse import parse_qsl

from xrpc_invites.lexicon.data import check_text
from xrpc_invites.lexicon.faults import InvalidValue
from xrpc_invites.xrpc.errors import invalid_request

MAX_PARAMETERS = 2_000
"""Parameters in one query string or form."""


def pairs(encoded: bytes, *, of: str) -> list[tuple[str, str]]:
    """Names and values in their order; `of` says what they were written in.

    Raises:
        XrpcError: They cannot be read, or hold what no database can.
    """
    if not encoded:
        return []
    try:
        found = parse_qsl(
            encoded.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise invalid_request(
            f"The {of} must be percent-encoded UTF-8 of at most {MAX_PARAMETERS} parameters"
        ) from None
    for _, value in found:
        try:
            check_text(value)
        except InvalidValue as fault:
            raise invalid_request(f"{of}: {fault}") from None
    return found

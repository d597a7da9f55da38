"""What a caller hears when a request fails, and what the log says of it."""

import logging
from traceback import format_tb

from xrpc_invites.xrpc.errors import XrpcError, unavailable
from xrpc_invites.xrpc.messages import Request

log = logging.getLogger(__name__)


def failure(error: Exception, request: Request, *, busy: tuple[type[Exception], ...]) -> XrpcError:
    """The answer to what went wrong; `busy` are the exceptions that say: try again later."""
    if isinstance(error, XrpcError):
        return error
    if isinstance(error, busy):
        return unavailable("Too busy; try again in a moment")
    _report(request, error)
    return XrpcError("InternalServerError", "Internal server error")


def _report(request: Request, error: Exception) -> None:
    # The text of an exception may quote what a caller sent, a code or a password: the
    # type and the place are what a maintainer needs.
    place = "".join(format_tb(error.__traceback__))
    log.error(
        "request_failed nsid=%s request=%s error=%s\n%s",
        request.nsid,
        request.id,
        type(error).__name__,
        place,
    )

"""Errors as XRPC has them: a name that programs read, a message for people, an HTTP status."""

from collections.abc import Mapping
from types import MappingProxyType

STATUS: Mapping[str, int] = MappingProxyType(
    {
        "AuthenticationRequired": 401,
        "AuthMissing": 401,
        "AccountTakedown": 401,
        "UntrustedIss": 401,
        "BadJwt": 401,
        "BadJwtType": 401,
        "BadJwtAudience": 401,
        "BadJwtLexiconMethod": 401,
        "BadJwtIss": 401,
        "BadJwtSignature": 401,
        "JwtExpired": 401,
        "JwtReplayed": 401,
        "UnresolvableDid": 401,
        "Forbidden": 403,
        "AccountNotFound": 403,
        "PayloadTooLarge": 413,
        "UnsupportedMediaType": 415,
        "RateLimitExceeded": 429,
        "InternalServerError": 500,
        "MethodNotImplemented": 501,
        "UpstreamFailure": 502,
        "ServiceUnavailable": 503,
    }
)
"""The HTTP status of each error name that is not 400."""

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class XrpcError(Exception):
    """An answer that is an error. Its texts go to the caller: they hold no secret."""

    def __init__(self, name: str, message: str, *, headers: Mapping[str, str] = NO_HEADERS) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.status = STATUS.get(name, 400)
        self.headers = headers


def invalid_request(message: str) -> XrpcError:
    """The protocol's name for input that does not fit."""
    return XrpcError("InvalidRequest", message)


def wrong_method(message: str, *allowed: str) -> XrpcError:
    """The path is right and the HTTP method is not: 405, unlike other InvalidRequest."""
    error = XrpcError("InvalidRequest", message, headers={"Allow": ", ".join(allowed)})
    error.status = 405
    return error


def unavailable(message: str) -> XrpcError:
    """Too busy to answer now; the caller may try again in a second."""
    return XrpcError("ServiceUnavailable", message, headers={"Retry-After": "1"})

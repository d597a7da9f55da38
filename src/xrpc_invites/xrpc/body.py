"""Reading a request body: media type, size, inflation, each refused before more is read."""

import zlib
from collections.abc import Awaitable
from email.message import Message
from functools import lru_cache

from xrpc_invites.xrpc.errors import XrpcError, invalid_request
from xrpc_invites.xrpc.messages import JSON, Request

_WINDOW_BITS = {
    "identity": None,
    "": None,
    "gzip": zlib.MAX_WBITS | 16,
    "x-gzip": zlib.MAX_WBITS | 16,
    "deflate": zlib.MAX_WBITS,
}


def read_json(request: Request, limit: int) -> Awaitable[bytes]:
    """The bytes of a JSON body, inflated.

    Raises:
        XrpcError: There is no body, or it is of another type or charset, or too large.
    """
    if not request.has_body and "content-type" not in request.headers:
        raise invalid_request("A request body is expected but none was provided")
    _check_type(request.headers.get("content-type", ""))
    return read_bytes(request, limit)


def read_bytes(request: Request, limit: int) -> Awaitable[bytes]:
    """The bytes of a body of any type, inflated.

    Raises:
        XrpcError: It is compressed in an unknown way, or too large.
    """
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in _WINDOW_BITS:
        raise XrpcError(
            "UnsupportedMediaType", "Content-Encoding must be gzip, deflate or identity"
        )
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    return _inflated(request, _WINDOW_BITS[coding], limit)


def refuse_body(request: Request) -> None:
    """Raise unless the request comes without a body."""
    if request.has_body:
        raise invalid_request("A request body was provided where none is expected")


@lru_cache(maxsize=64)
def media_type(content_type: str) -> str:
    """The type that a header names, in lower case.

    Raises:
        XrpcError: It names a charset that is not UTF-8.
    """
    parsed = Message()
    parsed["content-type"] = content_type
    if str(parsed.get_param("charset", "utf-8")).lower() not in {"utf-8", "utf8"}:
        raise XrpcError("UnsupportedMediaType", "The charset must be utf-8")
    return parsed.get_content_type()


def _check_type(content_type: str) -> None:
    if not content_type.strip():
        raise invalid_request(f"Content-Type is required: send {JSON}")
    if media_type(content_type) != JSON:
        raise invalid_request(f"Wrong Content-Type: send {JSON}")


async def _inflated(request: Request, window_bits: int | None, limit: int) -> bytes:
    inflate = zlib.decompressobj(window_bits) if window_bits else None
    body = bytearray()
    received = 0
    more = True
    while more:
        chunk, more = await request.body()
        received += len(chunk)
        # One byte past the limit is enough to know; a bomb is never blown up.
        body += _inflate(inflate, chunk, limit + 1 - len(body)) if inflate else chunk
        if max(received, len(body)) > limit:
            raise _too_large(limit)
    if inflate and not inflate.eof:
        raise invalid_request("The compressed body is cut short")
    return bytes(body)


def _inflate(inflate: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    try:
        return inflate.decompress(chunk, room)
    except zlib.error:
        raise invalid_request("The body is not compressed as Content-Encoding says") from None


def _too_large(limit: int) -> XrpcError:
    return XrpcError(
        "PayloadTooLarge",
        f"The request body may have at most {limit} bytes",
        headers={"Connection": "close"},
    )

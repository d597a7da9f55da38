"""Answers that a client keeps and asks about again: told by their tags whether they changed."""

from hashlib import sha256

from xrpc_invites.xrpc.messages import TYPED, Answer, Request

KEPT = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
"""Headers of an answer that may be kept, and used only after asking again."""


def revalidated(request: Request, body: bytes) -> Answer:
    """The answer with its tag, or 304 where the client has this very answer."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {**KEPT, "ETag": tag}
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in known.split(",")}:
        return Answer(304, headers=headers)
    return Answer(200, body, {**headers, **TYPED})

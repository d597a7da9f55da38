"""Checks of single values: one function for each kind, made once for each schema.

A check returns nothing when the value fits, and raises `InvalidValue` with the first fault.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from xrpc_invites.lexicon import schema
from xrpc_invites.lexicon.data import MAX_INTEGER
from xrpc_invites.lexicon.faults import InvalidValue, kind, shown
from xrpc_invites.lexicon.syntax import FORMATS, WORDS, is_cid

Check = Callable[[Any], None]

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")


def check_null(value: object) -> None:
    """Nothing but null."""
    if value is not None:
        raise InvalidValue((), f"must be null, got {kind(value)}")


def boolean(rules: schema.Boolean) -> Check:
    """True or false, or the one that is required."""

    def check(value: object) -> None:
        if value is not True and value is not False:
            raise InvalidValue((), f"must be true or false, got {shown(value)}")
        if rules.const is not None and value is not rules.const:
            raise InvalidValue((), f"must be {shown(rules.const)}, got {shown(value)}")

    return check


def integer(rules: schema.Integer) -> Check:
    """A whole number within its bounds."""
    low = -MAX_INTEGER if rules.minimum is None else rules.minimum
    high = MAX_INTEGER if rules.maximum is None else rules.maximum
    allowed = rules.enum if rules.const is None else (rules.const,)

    def check(value: Any) -> None:  # noqa: ANN401  # checked right here
        # A bool is an int to Python, and none to JSON; 1.0 is none to Python, and one to JSON.
        if type(value) is not int and not _is_whole(value):
            raise InvalidValue((), f"must be an integer, got {shown(value)}")
        if value < low:
            raise InvalidValue((), f"must be at least {low}, got {value}")
        if value > high:
            raise InvalidValue((), f"must be at most {high}, got {value}")
        if allowed is not None and value not in allowed:
            raise InvalidValue((), f"must be {_listed(allowed)}, got {value}")

    return check


def _is_whole(value: object) -> bool:
    return type(value) is float and value.is_integer()


def string(rules: schema.String) -> Check:
    """Text, of a format or not."""
    if rules.format is not None:
        return _formatted(rules, rules.format)
    if rules == schema.String(known_values=rules.known_values, default=rules.default):
        return _check_text
    return _ruled(rules)


def _check_text(value: object) -> None:
    # A plain text may be a secret, so what came is not repeated, here and below.
    if type(value) is not str:
        raise InvalidValue((), f"must be a string, got {kind(value)}")


def _formatted(rules: schema.String, name: str) -> Check:
    fits, what = FORMATS[name], WORDS[name]
    more = _ruled(rules) if _has_more(rules) else None

    def check(value: Any) -> None:  # noqa: ANN401  # checked right here
        if type(value) is not str or not fits(value):
            raise InvalidValue((), f"must be {what}, got {shown(value)}")
        if more is not None:
            more(value)

    return check


def _has_more(rules: schema.String) -> bool:
    alone = schema.String(
        format=rules.format, known_values=rules.known_values, default=rules.default
    )
    return rules != alone


def _ruled(rules: schema.String) -> Check:
    allowed = rules.enum if rules.const is None else (rules.const,)

    def check(value: Any) -> None:  # noqa: ANN401  # checked by the first line
        _check_text(value)
        if allowed is not None and value not in allowed:
            raise InvalidValue((), f"must be {_listed(allowed)}")
        _check_size(_bytes_of(value), rules.min_length, rules.max_length, "bytes")
        _check_graphemes(value, rules.min_graphemes, rules.max_graphemes)

    return check


def _check_graphemes(value: str, low: int | None, high: int | None) -> None:
    # No text has more clusters than code points, which spares most texts the counting.
    if not low and (high is None or len(value) <= high):
        return
    _check_size(len(_graphemes(value)), low, high, "graphemes")


def _graphemes(value: str) -> Sequence[str]:
    # Few values are so long that they must be counted, and a start need not wait for it.
    import regex  # noqa: PLC0415

    return regex.findall(r"\X", value)


def _bytes_of(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode(errors="surrogatepass"))


def _check_size(size: int, low: int | None, high: int | None, unit: str) -> None:
    if low is not None and size < low:
        raise InvalidValue((), f"must have at least {low} {unit}, got {size}")
    if high is not None and size > high:
        raise InvalidValue((), f"must have at most {high} {unit}, got {size}")


def raw_bytes(rules: schema.Bytes) -> Check:
    """`{"$bytes": base64}`, padded or not."""

    def check(value: Any) -> None:  # noqa: ANN401  # checked right here
        text = _only(value, "$bytes")
        if text is None or not _BASE64.fullmatch(text) or len(text.rstrip("=")) % 4 == 1:
            raise InvalidValue((), 'must be bytes, as {"$bytes": base64}')
        size = len(text.rstrip("=")) * 3 // 4
        _check_size(size, rules.min_length, rules.max_length, "bytes")

    return check


def check_link(value: object) -> None:
    """`{"$link": cid}`."""
    text = _only(value, "$link")
    if text is None or not is_cid(text):
        raise InvalidValue((), 'must be a link, as {"$link": CID}')


def blob(rules: schema.Blob) -> Check:
    """A reference to a file, with its type and its size."""

    def check(value: Any) -> None:  # noqa: ANN401  # checked right here
        if type(value) is not dict or value.get("$type") != "blob":
            raise InvalidValue((), "must be a blob, with $type, ref, mimeType and size")
        mime_type, size = value.get("mimeType"), value.get("size")
        if not is_link(value.get("ref")):
            raise InvalidValue(("ref",), 'must be a link, as {"$link": CID}')
        if type(mime_type) is not str or not _accepted(mime_type, rules.accept):
            accepted = ", ".join(rules.accept or ["*/*"])
            raise InvalidValue(("mimeType",), f"must be one of {accepted}")
        if type(size) is not int or size < 0:
            raise InvalidValue(("size",), "must be a number of bytes")
        if rules.max_size is not None and size > rules.max_size:
            raise InvalidValue(("size",), f"must be at most {rules.max_size}, got {size}")

    return check


def is_link(value: object) -> bool:
    """Whether a value is a link to content."""
    text = _only(value, "$link")
    return text is not None and is_cid(text)


def check_unknown(value: object) -> None:
    """Any object that is no bytes, no link and no blob."""
    if type(value) is not dict:
        raise InvalidValue((), f"must be an object, got {kind(value)}")
    if value.get("$type") == "blob" or value.keys() in ({"$bytes"}, {"$link"}):
        raise InvalidValue((), "must be an object, not bytes, a link or a blob")
    _check_data(value, ())


def _check_data(value: object, place: tuple[str | int, ...]) -> None:
    """What nobody has described must still be of the data model, which has no fractions."""
    match value:
        case float() if not value.is_integer():
            raise InvalidValue(place, f"must be an integer, got {shown(value)}")
        case dict():
            for name, inside in value.items():
                _check_data(inside, (*place, name))
        case list():
            for number, inside in enumerate(value):
                _check_data(inside, (*place, number))
        case _:
            pass


def _accepted(mime_type: str, accept: tuple[str, ...] | None) -> bool:
    if accept is None:
        return bool(mime_type)
    return any(
        pattern in {"*/*", mime_type}
        or (pattern.endswith("/*") and mime_type.startswith(pattern[:-1]))
        for pattern in accept
    )


def _only(value: Any, name: str) -> str | None:  # noqa: ANN401  # checked right here
    """The text of an object that holds this one field and nothing else."""
    if type(value) is not dict or len(value) != 1:
        return None
    text = value.get(name)
    return text if type(text) is str else None


def _listed(allowed: tuple[int | str, ...]) -> str:
    return " or ".join(shown(one) for one in allowed)

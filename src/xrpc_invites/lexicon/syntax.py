"""String formats, by the grammar and the length limits of the specification.

Every check takes linear time: the patterns have no alternatives that overlap.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DID = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
_HANDLE = re.compile(rf"(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?")
_NSID = re.compile(
    rf"[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?(?:\.{_LABEL})+\.[a-zA-Z][a-zA-Z0-9]{{0,62}}"
)
_RECORD_KEY = re.compile(r"[a-zA-Z0-9_~.:-]{1,512}")
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_CID = re.compile(r"[a-zA-Z0-9+=]{8,256}")
_LANGUAGE = re.compile(
    # BCP 47: a language with its parts, a private tag, or one of the old irregular ones.
    r"[a-z]{2,3}(?:-[a-zA-Z]{3}){0,3}"
    r"(?:-[a-zA-Z]{4})?(?:-(?:[a-zA-Z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-zA-Z0-9]{5,8}|[0-9][a-zA-Z0-9]{3}))*)"
    r"(?P<extensions>(?:-[0-9a-wyzA-WYZ](?:-[a-zA-Z0-9]{2,8})+)*)"
    r"(?:-[xX](?:-[a-zA-Z0-9]{1,8})+)?"
    r"|[xX](?:-[a-zA-Z0-9]{1,8})+|en-GB-oed|sgn-(?:BE-FR|BE-NL|CH-DE)"
    r"|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)"
)
_DATETIME = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?"
    r"(?P<zone>Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_PLAIN_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"
).fullmatch
"""The form that nearly every datetime has; it is seen at half the cost of the whole grammar."""

_URI = re.compile(r"[a-zA-Z][a-zA-Z0-9.+-]{0,80}:[!-~]+")
_FRAGMENT = re.compile(r"#/[a-zA-Z0-9._~:@!$&')(*+,;=%/\[\]-]*")

MAX_DID = 2_048
MAX_HANDLE = 253
MAX_NSID = 317
MAX_URI = 8_192
MAX_DATETIME = 64
MAX_LANGUAGE = 128


def is_did(text: str) -> bool:
    """`did:plc:…`, `did:web:…` and their like."""
    return len(text) <= MAX_DID and _DID.fullmatch(text) is not None


def is_handle(text: str) -> bool:
    """A domain name whose last label does not begin with a digit."""
    return len(text) <= MAX_HANDLE and _HANDLE.fullmatch(text) is not None


def is_at_identifier(text: str) -> bool:
    """A DID or a handle."""
    return is_did(text) if text.startswith("did:") else is_handle(text)


def is_nsid(text: str) -> bool:
    """A reversed domain name and a name: `com.example.thing`."""
    return len(text) <= MAX_NSID and _NSID.fullmatch(text) is not None


def is_record_key(text: str) -> bool:
    """The last part of a record's address."""
    return text not in {".", ".."} and _RECORD_KEY.fullmatch(text) is not None


def is_tid(text: str) -> bool:
    """A moment in 13 characters that sort."""
    return _TID.fullmatch(text) is not None


def is_cid(text: str) -> bool:
    """A content identifier, of version 1 or later: the old ones begin with `Qm`."""
    return not text.startswith("Qm") and _CID.fullmatch(text) is not None


def is_at_uri(text: str) -> bool:
    """`at://`, an account, and perhaps a collection and a record."""
    if len(text) > MAX_URI or not text.startswith("at://"):
        return False
    address, hash_, fragment = text[len("at://") :].partition("#")
    if hash_ and not _FRAGMENT.fullmatch(f"#{fragment}"):
        return False
    authority, *rest = address.split("/")
    checks = (is_nsid, is_record_key)
    if not is_at_identifier(authority) or len(rest) > len(checks):
        return False
    return all(check(part) for check, part in zip(checks, rest, strict=False))


def is_datetime(text: str) -> bool:
    """RFC 3339 with a time zone, on a day that the calendar has, not before the year zero."""
    if _PLAIN_DATETIME(text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            pass  # the year zero, or a day that is none: the long way tells them apart
        else:
            return True
    found = _DATETIME.fullmatch(text) if len(text) <= MAX_DATETIME else None
    if found is None or found["zone"] == "-00:00":
        return False
    day, time, zone = found.groups()
    if day.startswith("0000"):
        # Python has no year zero. The year 2000 has the same days, and what is left to see is
        # whether the time is in the year before once its zone is taken off.
        if day == "0000-01-01" and zone.startswith("+") and zone[1:] > time:
            return False
        day = day.replace("0000", "2000", 1)
    try:
        datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        return False
    return True


def is_language(text: str) -> bool:
    """A BCP 47 language tag that says nothing twice."""
    found = _LANGUAGE.fullmatch(text) if len(text) <= MAX_LANGUAGE else None
    if found is None:
        return False
    variants = (found["variants"] or "").lower().split("-")[1:]
    singletons = [part for part in (found["extensions"] or "").lower().split("-") if len(part) == 1]
    return len({*variants, *singletons}) == len(variants) + len(singletons)


def is_uri(text: str) -> bool:
    """A scheme and something behind it, without blanks."""
    return len(text) <= MAX_URI and _URI.fullmatch(text) is not None


FORMATS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "at-identifier": is_at_identifier,
        "at-uri": is_at_uri,
        "cid": is_cid,
        "datetime": is_datetime,
        "did": is_did,
        "handle": is_handle,
        "language": is_language,
        "nsid": is_nsid,
        "record-key": is_record_key,
        "tid": is_tid,
        "uri": is_uri,
    }
)

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "at-identifier": "a DID or a handle",
        "at-uri": "an at:// URI",
        "cid": "a CID",
        "datetime": "a datetime as in RFC 3339",
        "did": "a DID",
        "handle": "a handle",
        "language": "a language tag",
        "nsid": "an NSID",
        "record-key": "a record key",
        "tid": "a TID",
        "uri": "a URI",
    }
)
"""What each format is, for people."""

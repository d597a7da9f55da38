"""Addresses of databases: what SQLAlchemy reads, and several hosts as libpq writes them."""

import re

from sqlalchemy import URL, make_url

PREPARE = "prepare_threshold"
"""After how many times a statement is prepared: a number, or `none`, as some poolers need it."""

_SEVERAL = re.compile(
    r"(?P<driver>[\w+]+://)(?P<user>[^@/?]*@)?(?P<hosts>[^@/?]*,[^@/?]*)(?P<rest>[/?].*)?"
)
_HOST = re.compile(r"(?:\[(?P<address>[^\[\]]+)\]|(?P<name>[^\[\]:]+))(?::(?P<port>\d+))?")

_QUICK = {
    "connect_timeout": "3",
    "keepalives_idle": "3",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "7000",
}
"""What libpq needs to notice within seconds that a server is gone without a word."""


def database_url(text: str) -> URL:
    """Read an address.

    Raises:
        ValueError: It cannot be read. So does ArgumentError of SQLAlchemy, for some of them.
    """
    several = _SEVERAL.fullmatch(text)
    url = make_url(_without_hosts(several) if several else text)
    if several:
        url = url.update_query_dict(_hosts(several["hosts"]))
        if "target_session_attrs" not in url.query:
            url = url.update_query_dict({"target_session_attrs": "read-write"})
    if not re.fullmatch(r"none|\d{1,9}", str(url.query.get(PREPARE, "none"))):
        raise ValueError(f"{PREPARE} must be a number or none")
    plain = url.drivername in {"postgresql", "postgres"}
    return url.set(drivername="postgresql+psycopg") if plain else url


def for_libpq(url: URL) -> URL:
    """What libpq is told, with limits to its patience unless the address has its own."""
    told = url.difference_update_query([PREPARE])
    return told.set(query={**_QUICK, **told.query})


def preparing(url: URL) -> dict[str, int | None]:
    """What the driver is told of prepared statements."""
    asked = url.query.get(PREPARE)
    if asked is None:
        return {}
    return {PREPARE: None if asked == "none" else int(str(asked))}


def _without_hosts(several: re.Match[str]) -> str:
    return several["driver"] + (several["user"] or "") + (several["rest"] or "")


def _hosts(text: str) -> dict[str, str]:
    found = [_HOST.fullmatch(one) for one in text.split(",")]
    if not all(found):
        raise ValueError("each host must have a name, and a port that is a number")
    hosts = [one["address"] or one["name"] for one in found if one]
    ports = [one["port"] or "5432" for one in found if one]
    return {"host": ",".join(hosts), "port": ",".join(ports)}

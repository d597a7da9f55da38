"""Addresses of databases."""

import pytest

from xrpc_invites.storage import engines
from xrpc_invites.storage.urls import database_url, for_libpq, preparing


@pytest.mark.parametrize(
    ("text", "hosts", "ports"),
    [
        ("postgresql://a,b/invites", "a,b", "5432,5432"),
        ("postgresql://me:secret@a:5433,b/invites", "a,b", "5433,5432"),
        ("postgres://me@a:1,b:2,c:3/invites?sslmode=require", "a,b,c", "1,2,3"),
        ("postgresql+psycopg://[::1]:5433,10.0.0.1/invites", "::1,10.0.0.1", "5433,5432"),
    ],
)
def test_several_hosts_are_read_as_libpq_writes_them(text: str, hosts: str, ports: str) -> None:
    url = database_url(text)

    assert (url.drivername, url.database) == ("postgresql+psycopg", "invites")
    assert (url.query["host"], url.query["port"]) == (hosts, ports)
    assert url.query["target_session_attrs"] == "read-write"


def test_user_password_and_parameters_are_kept() -> None:
    url = database_url("postgresql://me:s%40crét@a,b/invites?target_session_attrs=any")

    assert (url.username, url.password) == ("me", "s@crét")
    assert url.query["target_session_attrs"] == "any"


def test_what_is_written_out_is_read_again() -> None:
    url = database_url("postgresql://me:secret@a,b:5433/invites")

    assert database_url(url.render_as_string(hide_password=False)) == url


@pytest.mark.parametrize("text", ["postgresql://a/invites", "sqlite:///some,file.db"])
def test_one_host_is_left_to_sqlalchemy(text: str) -> None:
    assert "host" not in database_url(text).query


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://a,/invites",
        "postgresql://,/invites",
        "postgresql://a:x,b/invites",
        "postgresql://a/invites?prepare_threshold=often",
        "postgresql://a/invites?prepare_threshold=-1",
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        database_url(text)


def test_a_dead_server_is_noticed_in_seconds() -> None:
    query = for_libpq(database_url("postgresql://a,b/invites?connect_timeout=9")).query

    assert query["connect_timeout"] == "9"
    idle, interval, count = (
        int(str(query[f"keepalives_{n}"])) for n in ("idle", "interval", "count")
    )
    assert idle + interval * count <= 10
    assert int(str(query["tcp_user_timeout"])) <= 10_000


@pytest.mark.parametrize(("asked", "told"), [("none", None), ("0", 0), ("7", 7)])
def test_the_driver_is_told_when_to_prepare(asked: str, told: int | None) -> None:
    url = database_url(f"postgresql://a/invites?prepare_threshold={asked}")

    assert preparing(url) == {"prepare_threshold": told}
    assert "prepare_threshold" not in for_libpq(url).query


def test_libpq_knows_every_word_that_it_is_told() -> None:
    # It refuses unknown ones before it tries to connect.
    url = database_url("postgresql://127.0.0.1:1,127.0.0.1:2/invites?prepare_threshold=none")
    engine = engines.writing(url, lanes=1)

    with pytest.raises(Exception, match="port 2 failed: Connection refused"):
        engine.connect()

    engine.dispose()

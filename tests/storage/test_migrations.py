"""The migrations make the tables that the code describes, and can be taken back."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import URL, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError

from tests import schemas
from tests.postgres import Postgres
from xrpc_invites.app import shipped
from xrpc_invites.storage import engines, schema
from xrpc_invites.storage.schema import Standing

MIGRATIONS = shipped("migrations")

OLD_CODE = text(
    "INSERT INTO invite_code"
    " (code_key, code, available, use_count, for_account, created_by, created_at)"
    " VALUES (:code, :code, 1, 1, 'admin', 'admin', :at)"
)
OLD_ENTRY = text(
    "INSERT INTO audit_entry (seq, id, at, actor, role, credentials, address, request, action,"
    " subject, detail, seal)"
    " VALUES (:seq, :id, 1, 'admin', 'owner', 'password', '', '', 'a.b.c', '', '{}', '')"
)
OLD_USE = text(
    "INSERT INTO invite_code_use (code_key, used_by, used_at) VALUES (:code, 'did:web:a.test', :at)"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """A database without tables."""
    if request.param == "sqlite":
        return URL.create("sqlite", database=str(tmp_path / "empty.db"))
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.create()


def test_an_empty_database_becomes_current(empty_url: URL) -> None:
    assert schema.standing(empty_url, MIGRATIONS) is Standing.MISSING

    schema.migrate(empty_url, MIGRATIONS)

    assert schema.standing(empty_url, MIGRATIONS) is Standing.CURRENT
    schema.migrate(empty_url, MIGRATIONS)


def test_a_new_file_is_made_as_the_migrations_make_it(tmp_path: Path) -> None:
    url = URL.create("sqlite", database=str(tmp_path / "at-once.db"))
    schema.migrate(url, MIGRATIONS)

    written = (MIGRATIONS / schema.NEW_FILE).read_text(encoding="utf-8")
    assert written == schemas.script(schemas.step_by_step(tmp_path)), "run make schema"
    assert schemas.script(url) == written


def test_a_new_file_is_made_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    program = (
        "import sys; from pathlib import Path; from sqlalchemy import make_url\n"
        "from xrpc_invites.storage import schema\n"
        "schema.migrate(make_url(sys.argv[1]), Path(sys.argv[2]))\n"
        "print('alembic' in sys.modules)"
    )
    command_line = [sys.executable, "-c", program, url, str(MIGRATIONS)]

    ended = subprocess.run(command_line, check=True, capture_output=True, text=True)

    assert ended.stdout == "False\n"


def test_a_new_file_that_is_half_made_is_not_there(tmp_path: Path) -> None:
    url = URL.create("sqlite", database=str(tmp_path / "new.db"))
    broken = shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    with (broken / schema.NEW_FILE).open("a", encoding="utf-8") as script:
        script.write("INSERT INTO nowhere VALUES (1);\n")

    with pytest.raises(OperationalError):
        schema.migrate(url, broken)

    assert schema.standing(url, MIGRATIONS) is Standing.MISSING
    schema.migrate(url, MIGRATIONS)
    assert schema.standing(url, MIGRATIONS) is Standing.CURRENT


def test_the_migrated_tables_are_those_of_the_code(url: URL) -> None:
    engine = engines.writing(url, lanes=1)
    with engine.connect() as connection:
        # Raises when a migration is missing.
        command.check(schema.config(connection, MIGRATIONS))
    engine.dispose()


def test_every_migration_can_be_taken_back(url: URL) -> None:
    engine = engines.writing(url, lanes=1)
    with engine.connect() as connection:
        command.downgrade(schema.config(connection, MIGRATIONS), "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()

    schema.migrate(url, MIGRATIONS)


def test_older_and_newer_schemas_are_told_apart(url: URL, tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    for script in MIGRATIONS.glob("versions/[0-9]*.py"):
        (tmp_path / "versions" / script.name).touch()
    (tmp_path / "versions" / "9999_later.py").touch()

    assert schema.standing(url, tmp_path) is Standing.BEHIND
    for script in (tmp_path / "versions").iterdir():
        script.unlink()
    (tmp_path / "versions" / "0000_earlier.py").touch()
    assert schema.standing(url, tmp_path) is Standing.NEWER


def test_of_ten_that_migrate_at_once_one_does_the_work(empty_url: URL) -> None:
    with ThreadPoolExecutor(10) as replicas:
        list(replicas.map(lambda _: schema.migrate(empty_url, MIGRATIONS), range(10)))

    assert schema.standing(empty_url, MIGRATIONS) is Standing.CURRENT


@pytest.mark.parametrize(("floor", "standing"), [(None, Standing.AHEAD), ("9998", Standing.NEWER)])
def test_a_newer_schema_serves_the_programs_that_it_says(
    url: URL, floor: str | None, standing: Standing
) -> None:
    set_schema(url, "9999", floor=floor)

    assert schema.standing(url, MIGRATIONS) is standing


def set_schema(url: URL, version: str, *, floor: str | None) -> None:
    """As if a later release had migrated the database."""
    engine = engines.writing(url, lanes=1)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        if floor:
            connection.execute(text("UPDATE schema_floor SET revision = :r"), {"r": floor})
    engine.dispose()


def test_codes_keep_their_uses_when_their_table_is_made_anew(empty_url: URL) -> None:
    to_0012(empty_url)
    engine = engines.writing(empty_url, lanes=1)
    with engine.begin() as connection:
        old_codes = [{"code": "a-young", "at": 2}, {"code": "b-old", "at": 1}]
        connection.execute(OLD_CODE, old_codes)
        connection.execute(OLD_USE, old_codes)
    engine.dispose()

    schema.migrate(empty_url, MIGRATIONS)

    engine = engines.writing(empty_url, lanes=1)
    with engine.begin() as connection:
        joined = (
            "SELECT c.code FROM invite_code c JOIN invite_code_use u ON u.code_key = c.code_key"
        )
        assert {*connection.scalars(text(joined))} == {"a-young", "b-old"}
        if engines.is_sqlite(empty_url):
            by_place = "SELECT code FROM invite_code ORDER BY rowid"
            assert [*connection.scalars(text(by_place))] == ["b-old", "a-young"]
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        with pytest.raises(IntegrityError):
            connection.execute(OLD_USE, {"code": "none", "at": 1})
    engine.dispose()


def test_entries_keep_their_places_when_their_table_is_made_anew(empty_url: URL) -> None:
    to_0012(empty_url)
    engine = engines.writing(empty_url, lanes=1)
    with engine.begin() as connection:
        old_entries = [{"seq": 2**40, "id": "later"}, {"seq": 7, "id": "earlier"}]
        connection.execute(OLD_ENTRY, old_entries)
    engine.dispose()

    schema.migrate(empty_url, MIGRATIONS)

    engine = engines.writing(empty_url, lanes=1)
    with engine.begin() as connection:
        placed = connection.execute(text("SELECT seq, id FROM audit_entry ORDER BY seq"))
        assert [*placed] == [(7, "earlier"), (2**40, "later")]
        if engines.is_sqlite(empty_url):
            rows = connection.scalars(text("SELECT rowid FROM audit_entry ORDER BY seq"))
            assert [*rows] == [7, 2**40]
    engine.dispose()


def to_0012(url: URL) -> None:
    """A database as it was while codes lay by their keys."""
    engine = engines.writing(url, lanes=1)
    with engine.connect() as connection:
        command.upgrade(schema.config(connection, MIGRATIONS), "0012")
    engine.dispose()

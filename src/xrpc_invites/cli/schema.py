"""Making sure that the database has the schema that this program knows."""

from typing import NoReturn

from sqlalchemy.exc import DBAPIError

from xrpc_invites.app import shipped
from xrpc_invites.cli.exits import CONFIG, TEMPFAIL, stop
from xrpc_invites.settings import Settings
from xrpc_invites.storage import engines, schema
from xrpc_invites.storage.schema import Standing

MIGRATIONS = shipped("migrations")
_SERVING = {Standing.CURRENT, Standing.AHEAD}


def standing(settings: Settings) -> Standing:
    """How the database stands; ends the command when it cannot be reached."""
    try:
        return schema.standing(settings.database, MIGRATIONS)
    except ModuleNotFoundError as error:
        stop(CONFIG, f"{error.name} is not installed: pip install 'xrpc-invites[postgres]'")
    except DBAPIError as error:
        unreachable(settings, error)


def bring_up(settings: Settings) -> None:
    """Migrate to the current schema; ends the command when that cannot be done."""
    found = standing(settings)
    refuse_newer(found)
    if found in _SERVING:
        return
    try:
        if engines.is_sqlite(settings.database):
            engines.sqlite_file(settings.database).parent.mkdir(
                mode=0o700, parents=True, exist_ok=True
            )
        schema.migrate(settings.database, MIGRATIONS)
    except (OSError, DBAPIError) as error:
        unreachable(settings, error)


def require_current(settings: Settings) -> None:
    """End the command unless the schema serves this program."""
    found = standing(settings)
    refuse_newer(found)
    if found not in _SERVING:
        stop(CONFIG, f"the database schema is {found.name.lower()}: run xrpc-invites migrate")


def refuse_newer(found: Standing) -> None:
    """End the command when another, newer program has been here."""
    if found is Standing.NEWER:
        stop(
            CONFIG,
            "the database schema is newer than this program and no longer serves it: "
            "upgrade the program (xrpc-invites migrate only goes forward)",
        )


def unreachable(settings: Settings, error: Exception) -> NoReturn:
    """End the command with the database's own reason."""
    reason = getattr(error, "orig", None) or error
    where = settings.database.render_as_string(hide_password=True)
    status = CONFIG if engines.is_sqlite(settings.database) else TEMPFAIL
    stop(status, f"cannot use the database {where}: {str(reason).strip()}")

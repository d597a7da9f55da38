"""What an error of a database means for the work that met it."""

from sqlalchemy.exc import DBAPIError, OperationalError

_STANDBY = "25006"
"""What a server says that can only be read: after a failover, not the one that we want."""


def passing(error: DBAPIError) -> bool:
    """Whether the same work may well succeed when it is done again.

    On PostgreSQL: serialization failures, deadlocks, and servers that are away, full or ending.
    """
    if (of_file := getattr(error.orig, "sqlite_errorname", None)) is not None:
        return str(of_file).startswith("SQLITE_BUSY")
    return error.connection_invalidated or isinstance(error, OperationalError)


def of_a_standby(error: BaseException | None) -> bool:
    """Whether somebody tried to write where one can only read."""
    return getattr(error, "sqlstate", None) == _STANDBY

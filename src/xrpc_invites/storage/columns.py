"""What all tables are made of: the kinds of columns, and how constraints are named."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Dialect,
    MetaData,
    Table,
    TableClause,
    Text,
    TypeDecorator,
    column,
    table,
)

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Bytewise = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by its bytes; SQLite's does already."""


class Moment(TypeDecorator[datetime]):
    """An aware instant, kept as whole milliseconds since 1970."""

    # The base class names the dialect, which makes no difference here.
    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else (value - _1970) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _1970 + value * _MILLISECOND


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def as_stored(typed: Table) -> TableClause:
    """The table with values as they are, whatever somebody made of them."""
    return table(typed.name, *(column(one.name) for one in typed.c))

"""Many values as one bound parameter: no limit on their number, one prepared statement."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Connection, Text, any_, bindparam, func, select
from sqlalchemy import column as named


def among(
    connection: Connection, column: Column[Any], values: Sequence[str]
) -> ColumnElement[bool]:
    """`column` is one of `values`."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), type_=ARRAY(Text)))
    listed = func.json_each(json.dumps(list(values))).table_valued(named("value", Text))
    return column.in_(select(listed.c.value))

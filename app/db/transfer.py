"""All rows of some tables from one database into another of either engine, as they are stored, in batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy import table as bare_table
from sqlalchemy.sql import column as bare_column

from app.db.engines import is_postgres

_BATCH = 1000


def count(connection: Connection, tables: Iterable[Table]) -> int:
    """How many rows the tables have."""
    return sum(connection.execute(select(func.count()).select_from(table)).scalar() or 0 for table in tables)


def first_filled(connection: Connection, tables: Iterable[Table]) -> str | None:
    """The name of a table that has rows; None where there is none."""
    return next((table.name for table in tables if connection.execute(select(1).select_from(table).limit(1)).first()), None)


def transfer(source: Connection, target: Connection, tables: Sequence[Table], done: Callable[[int], None]) -> None:
    """Copy the rows of the tables, which come after those they point to; `done` is told how many rows each batch had."""
    for table in tables:
        names = [column.name for column in table.columns]
        stored = bare_table(table.name, *(bare_column(name) for name in names))
        wanted = select(stored).order_by(*(bare_column(column.name) for column in table.primary_key))
        for rows in _batches(source, wanted):
            target.execute(stored.insert(), [dict(zip(names, row, strict=True)) for row in rows])
            done(len(rows))
        _continue_keys(target, table)
    if is_postgres(target):
        target.execute(text("ANALYZE"))  # what follows asks for everything at once


def _batches(connection: Connection, statement: Any) -> Iterator[Sequence[Any]]:
    yield from connection.execution_options(yield_per=_BATCH).execute(statement).partitions()


def _continue_keys(connection: Connection, table: Table) -> None:
    """Let the database give out keys above those that came along."""
    if is_postgres(connection) and [column.name for column in table.primary_key] == ["id"]:
        highest = f"(SELECT max(id) FROM {table.name})"  # noqa: S608  # a name of ours
        connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {highest})"))

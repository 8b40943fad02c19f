"""The statements that write one row of any table, each made once. A table has one column as its key: `id`, which the database gives
out, or a text that stands in the row already.
"""

import functools

from sqlalchemy import Column, Table, bindparam

from app.db.prepared import Prepared


@functools.cache
def key_of(table: Table) -> str:
    """The name of the key column."""
    return _key(table).name


def _key(table: Table) -> Column[object]:
    (column,) = table.primary_key.columns
    return column


@functools.cache
def columns(table: Table, *, with_key: bool) -> tuple[str, ...]:
    """The names of the columns, without the key where the database shall give one out."""
    return tuple(column.name for column in table.columns if with_key or not column.primary_key)


@functools.cache
def insert(table: Table, names: tuple[str, ...]) -> Prepared:
    """Adds a row of these columns and answers its key."""
    return Prepared(table.insert().values({name: bindparam(name) for name in names}).returning(_key(table)))


@functools.cache
def update(table: Table, names: tuple[str, ...]) -> Prepared:
    """Sets these columns of the row whose key is bound to `_key`."""
    return Prepared(table.update().where(_key(table) == bindparam("_key")).values({name: bindparam(name) for name in names}))


@functools.cache
def delete(table: Table) -> Prepared:
    """Removes the row whose key is bound to `_key`."""
    return Prepared(table.delete().where(_key(table) == bindparam("_key")))

"""The statements that write one row of any table, each made once."""

import functools

from sqlalchemy import Table, bindparam

from app.db.prepared import Prepared


@functools.cache
def columns_but_id(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.name != "id")


@functools.cache
def insert(table: Table) -> Prepared:
    """Adds a row and answers its internal key."""
    return Prepared(table.insert().values({name: bindparam(name) for name in columns_but_id(table)}).returning(table.c.id))


@functools.cache
def update(table: Table, names: tuple[str, ...]) -> Prepared:
    """Sets these columns of the row whose internal key is bound to `key`."""
    return Prepared(table.update().where(table.c.id == bindparam("key")).values({name: bindparam(name) for name in names}))


@functools.cache
def delete(table: Table) -> Prepared:
    """Removes the row whose internal key is bound to `key`."""
    return Prepared(table.delete().where(table.c.id == bindparam("key")))

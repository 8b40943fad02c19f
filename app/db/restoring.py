"""Records back into rows: what the ledger holds, or a record file says, as the tables have it."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Table, bindparam, select
from sqlalchemy import table as bare_table
from sqlalchemy.sql import column as bare_column
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.db.prepared import Prepared
from app.db.records import Ids, Record, Register, field_of, tracked_columns
from app.db.search_index import keep_terms


def restore(connection: Connection, register: Register, entity: str, records: Sequence[Record], ids: Ids) -> None:
    """Insert records as rows, giving them internal keys above the present ones; `ids` is read and extended."""
    kind, reader = register.by_entity[entity], register.reader(entity)
    start = (connection.execute(select(kind.table.c.id).order_by(kind.table.c.id.desc()).limit(1)).scalar() or 0) + 1
    for number, record in enumerate(records, start):
        ids[entity, reader.ref(record)] = number
    derived = [column for column in kind.table.columns if column.info.get("derived")]
    defaults = {column.name: column.default.arg for column in derived if isinstance(column.default, ScalarElementColumnDefault)}
    rows = [
        {"id": ids[entity, reader.ref(record)]} | defaults | kind.names(record) | _values(register, kind.table, record, ids)
        for record in records
    ]
    _insert_rows(connection, kind.table, rows)
    if kind.searched:
        keep_terms(connection, kind.searched.table, ((ids[entity, reader.ref(one)], kind.searched.terms(one)) for one in records))
    for child in kind.children:
        children = [
            {child.owner: ids[entity, reader.ref(record)], "position": position} | _values(register, child.table, entry, ids)
            for record in records
            for position, entry in enumerate(record.get(child.name) or (), 1)
        ]
        _insert_rows(connection, child.table, children)


def _insert_rows(connection: Connection, table: Table, rows: Sequence[Record]) -> None:
    """Insert rows that all have the columns of the first."""
    if rows:
        _bare_insert(table, tuple(rows[0])).each(connection, rows)


@functools.cache
def _bare_insert(table: Table, names: tuple[str, ...]) -> Prepared:
    """An insert that takes the texts of a record as they are, past the column types."""
    bare = bare_table(table.name, *(bare_column(name) for name in names))
    return Prepared(bare.insert().values({name: bindparam(name) for name in names}))


class _Source(NamedTuple):
    """Where the value of a column comes from in a record."""

    column: str
    name: str
    lang: str | None
    target: str | None
    is_json: bool


@functools.cache
def _sources(register: Register, table: Table) -> list[_Source]:
    found = []
    for column in tracked_columns(table):
        name, lang, decode = field_of(column)
        found.append(_Source(column.name, name, lang, register.target(column).entity if column.foreign_keys else None, decode is not None))
    return found


def _values(register: Register, table: Table, record: Record, ids: Ids) -> Record:
    values: Record = {}
    for column, name, lang, target, is_json in _sources(register, table):
        if name not in record:  # the owner and position of a child, or a field younger than the record
            continue
        value = (record[name] or {}).get(lang) if lang else record[name]
        if value is not None and target is not None:
            value = ids[target, value]
        elif value is not None and is_json:
            value = msgspec.json.encode(value).decode()
        values[column] = value
    return values

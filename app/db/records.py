"""Between rows and records: a record is a row with its children, without internal keys and derived columns.

The ledger stores records, `verify` compares them, and an earlier revision is rebuilt from them. What a table's record holds is
read off the table: columns marked `derived` stay out, `…_zh` and `…_en` fold into one pair, a foreign key becomes the public
key of what it points to, and the rows of child tables become lists.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Select, Table, select, type_coerce
from sqlalchemy import table as bare_table
from sqlalchemy.sql import column as bare_column

from app.db.engines import ByteText
from app.db.types import ISODate, JSONList, UTCDateTime

DERIVED = {"derived": True}
"""`info` of a column that follows from others: not in the record, recomputed on replay."""

Record = dict[str, Any]
Ids = dict[tuple[str, str], int]
"""Internal keys by (entity, public key)."""


class Child(msgspec.Struct, frozen=True):
    """A table whose rows belong to one record, ordered by `position`; `name` is their list in the record."""

    name: str
    table: Table
    owner: str


class Kind(msgspec.Struct, frozen=True):
    """One kind of record. `key` are the columns that make up its ref in the ledger, joined with `/`.

    `names` gives the derived columns that follow from the record alone and cannot be empty.
    """

    entity: str
    table: Table
    key: tuple[str, ...]
    children: tuple[Child, ...] = ()
    names: Callable[[Record], Record] = lambda record: {}


class Register:
    """All kinds of records, in an order in which each comes after those it points to."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self.kinds = tuple(kinds)
        self.by_entity = {kind.entity: kind for kind in kinds}
        self.rank = {kind.entity: rank for rank, kind in enumerate(kinds)}
        self._by_table = {kind.table.name: kind for kind in kinds}

    def kind_of_table(self, name: str) -> Kind | None:
        return self._by_table.get(name)

    def owner_of_child(self, name: str) -> tuple[Kind, Child] | None:
        """The kind of record and the child list that rows of this table belong to."""
        return self._owners.get(name)

    @functools.cached_property
    def _owners(self) -> dict[str, tuple[Kind, Child]]:
        return {child.table.name: (kind, child) for kind in self.kinds for child in kind.children}

    @functools.cache  # noqa: B019  # one register lives as long as the program
    def reader(self, entity: str) -> "Reader":
        """How to read records of this kind from the tables."""
        return Reader(self, self.by_entity[entity])

    def targets(self, entity: str, record: Record) -> Iterator[tuple[str, str]]:
        """(entity, public key) of everything the record points to."""
        kind = self.by_entity[entity]
        for name, target in self._pointers(kind.table):
            if record.get(name) is not None:
                yield target, record[name]
        for child in kind.children:
            for name, target in self._pointers(child.table):
                yield from ((target, entry[name]) for entry in record.get(child.name) or () if entry.get(name) is not None)

    @functools.cache  # noqa: B019  # one register lives as long as the program
    def _pointers(self, table: Table) -> list[tuple[str, str]]:
        return [(_field_name(column), self.target(column).entity) for column in tracked_columns(table) if column.foreign_keys]

    def target(self, column: Column[Any]) -> Kind:
        """The kind of record a foreign key points to."""
        (key,) = column.foreign_keys
        return self._by_table[key.column.table.name]


def tracked_columns(table: Table) -> list[Column[Any]]:
    return [c for c in table.columns if not c.primary_key and not c.info.get("derived")]


class Reader:
    """Reads records of one kind: one statement for the rows, one for each list of children."""

    def __init__(self, register: Register, kind: Kind) -> None:
        self.kind = kind
        self._id = kind.table.c.id
        self.statement, self._fill = _selection(register, kind.table, skip=())
        self._key = [_field_name(kind.table.c[name]) for name in kind.key]
        self._children = [
            (child, *_selection(register, child.table, skip=(child.owner, "position"))) for child in kind.children
        ]

    def ref(self, record: Record) -> str:
        return "/".join(str(record[name]) for name in self._key)

    def some(self, connection: Connection, ids: Iterable[int]) -> dict[int, Record]:
        """Records by internal key, for the keys that exist."""
        wanted = list(ids)
        records = {row[0]: self._fill(row) for row in connection.execute(self.statement.where(self._id.in_(wanted)))}
        self._add_children(connection, records)
        return records

    def all(self, connection: Connection, batch: int = 500) -> Iterator[tuple[int, Record]]:
        """Every record with its internal key, in order of the key, streamed."""
        last = 0
        while True:
            page = connection.execute(self.statement.where(self._id > last).order_by(self._id).limit(batch)).all()
            records = {row[0]: self._fill(row) for row in page}
            self._add_children(connection, records)
            yield from records.items()
            if len(page) < batch:
                return
            last = page[-1][0]

    def _add_children(self, connection: Connection, records: dict[int, Record]) -> None:
        for child, statement, fill in self._children:
            for record in records.values():
                record[child.name] = []
            owner = child.table.c[child.owner]
            wanted = statement.add_columns(owner).where(owner.in_(list(records))).order_by(owner, child.table.c.position)
            for row in connection.execute(wanted):
                records[row[-1]][child.name].append(fill(row))


def _field_name(column: Column[Any]) -> str:
    return column.name.removesuffix("_id") if column.foreign_keys else column.name


def _selection(register: Register, table: Table, skip: tuple[str, ...]) -> tuple[Select[Any], Callable[[Any], Record]]:
    """A statement whose first column is the internal key, and the function that makes a record of its rows."""
    source: Any = table
    columns: list[Any] = [table.c.id]
    makers: list[tuple[str, str | None, Callable[[Any], Any] | None]] = []
    for column in tracked_columns(table):
        if column.name in skip:
            continue
        if column.foreign_keys:
            target = register.target(column)
            other = target.table.alias()
            source = source.outerjoin(other, column == other.c.id)
            columns.append(other.c[target.key[0]])
        else:
            columns.append(_raw(column))
        makers.append(_maker(column))
    return select(*columns).select_from(source), functools.partial(_make, makers)


def _raw(column: Column[Any]) -> Any:
    stored_as_text = isinstance(column.type, UTCDateTime | ISODate | JSONList)
    return type_coerce(column, ByteText).label(column.name) if stored_as_text else column


def _maker(column: Column[Any]) -> tuple[str, str | None, Callable[[Any], Any] | None]:
    decode = msgspec.json.decode if isinstance(column.type, JSONList) else None
    for lang in ("zh", "en"):
        if column.name.endswith(f"_{lang}"):
            return column.name.removesuffix(f"_{lang}"), lang, decode
    return _field_name(column), None, decode


def _make(makers: list[tuple[str, str | None, Callable[[Any], Any] | None]], row: Any) -> Record:
    record: Record = {}
    for (name, lang, decode), value in zip(makers, row[1:], strict=False):
        if decode and value is not None:
            value = decode(value)
        if lang:
            record.setdefault(name, {})[lang] = value
        else:
            record[name] = value
    return record


def restore(connection: Connection, register: Register, entity: str, records: Sequence[Record], ids: Ids) -> None:
    """Insert records as rows, giving them internal keys above the present ones; `ids` is read and extended."""
    kind, reader = register.by_entity[entity], register.reader(entity)
    start = (connection.execute(select(kind.table.c.id).order_by(kind.table.c.id.desc()).limit(1)).scalar() or 0) + 1
    for number, record in enumerate(records, start):
        ids[entity, reader.ref(record)] = number
    defaults = {c.name: c.default.arg for c in kind.table.columns if c.info.get("derived") and c.default is not None and c.default.is_scalar}
    rows = [
        {"id": ids[entity, reader.ref(record)]} | defaults | kind.names(record) | _values(register, kind.table, record, ids)
        for record in records
    ]
    if rows:
        connection.execute(_bare_insert(kind.table, rows[0]), rows)
    for child in kind.children:
        children = [
            {child.owner: ids[entity, reader.ref(record)], "position": position} | _values(register, child.table, entry, ids)
            for record in records
            for position, entry in enumerate(record.get(child.name) or (), 1)
        ]
        if children:
            connection.execute(_bare_insert(child.table, children[0]), children)


def _bare_insert(table: Table, row: Record) -> Any:
    """An insert that takes the texts of a record as they are, past the column types."""
    return bare_table(table.name, *(bare_column(name) for name in row)).insert()


def _values(register: Register, table: Table, record: Record, ids: Ids) -> Record:
    values: Record = {}
    for column in tracked_columns(table):
        name, lang, decode = _maker(column)
        if name not in record:  # the owner and position of a child, or a field younger than the record
            continue
        value = (record[name] or {}).get(lang) if lang else record[name]
        if column.foreign_keys and value is not None:
            value = ids[register.target(column).entity, value]
        elif decode and value is not None:
            value = msgspec.json.encode(value).decode()
        values[column.name] = value
    return values

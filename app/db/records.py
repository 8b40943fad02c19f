"""Between rows and records: a record is a row with its children, without internal keys and derived columns.

The ledger stores records, `verify` compares them, and an earlier revision is rebuilt from them. What a table's record holds is
read off the table: columns marked `derived` stay out, `…_zh` and `…_en` fold into one pair, a foreign key becomes the public
key of what it points to, and the rows of child tables become lists.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Table, bindparam, select, type_coerce

from app.db.engines import ByteText
from app.db.json_sql import RowsAsJSON
from app.db.prepared import Paged, Prepared
from app.db.types import ISODate, JSONList, UTCDateTime
from app.terms import terms_of

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


class Searched(msgspec.Struct, frozen=True):
    """What of a record is searched: some of its texts, whose terms stand in a table of their own under the record's internal key."""

    table: Table
    fields: tuple[str, ...]

    def terms(self, record: Record) -> str:
        """The terms of a record, Chinese before English in each of its texts."""
        return terms_of((record.get(name) or {}).get(lang) for name in self.fields for lang in ("zh", "en"))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns these texts stand in, in the order of their terms."""
        return tuple(f"{name}_{lang}" for name in self.fields for lang in ("zh", "en"))


class Kind(msgspec.Struct, frozen=True):
    """One kind of record. `key` are the columns that make up its ref in the ledger, joined with `/`.

    `names` gives the derived columns that follow from the record alone and cannot be empty.
    """

    entity: str
    table: Table
    key: tuple[str, ...]
    children: tuple[Child, ...] = ()
    names: Callable[[Record], Record] = lambda record: {}
    searched: Searched | None = None

    @property
    def tracked(self) -> frozenset[str]:
        """The names of the columns that are part of the record."""
        return _tracked_names(self.table)


class Register:
    """All kinds of records, in an order in which each comes after those it points to."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self.kinds = tuple(kinds)
        self.by_entity = {kind.entity: kind for kind in kinds}
        self.rank = {kind.entity: rank for rank, kind in enumerate(kinds)}
        self._by_table = {kind.table.name: kind for kind in kinds}

    @property
    def searched(self) -> list[Searched]:
        """What can be searched of all kinds of records."""
        return [kind.searched for kind in self.kinds if kind.searched]

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
        own, inner = self._pointing[entity]
        for name, target in own:
            if record.get(name) is not None:
                yield target, record[name]
        for child, pointers in inner:
            for entry in record.get(child) or ():
                yield from ((target, entry[name]) for name, target in pointers if entry.get(name) is not None)

    @functools.cached_property
    def _pointing(self) -> dict[str, tuple[list[tuple[str, str]], list[tuple[str, list[tuple[str, str]]]]]]:
        """The fields of each kind that point to something, with what they point to: its own, and those of each list of entries."""
        return {
            kind.entity: (self._pointers(kind.table), [(child.name, self._pointers(child.table)) for child in kind.children])
            for kind in self.kinds
        }

    def _pointers(self, table: Table) -> list[tuple[str, str]]:
        return [(_field_name(column), self.target(column).entity) for column in tracked_columns(table) if column.foreign_keys]

    def target(self, column: Column[Any]) -> Kind:
        """The kind of record a foreign key points to."""
        (key,) = column.foreign_keys
        return self._by_table[key.column.table.name]


@functools.cache
def _tracked_names(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in tracked_columns(table))


def tracked_columns(table: Table) -> list[Column[Any]]:
    return [c for c in table.columns if not c.primary_key and not c.info.get("derived")]


class Reader:
    """Reads records of one kind, children included, with one statement."""

    def __init__(self, register: Register, kind: Kind) -> None:
        self.kind = kind
        columns, source, makers = _selection(register, kind.table, skip=())
        for child in kind.children:
            columns.append(_children(register, kind.table, child))
            makers.append((child.name, None, msgspec.json.decode))
        self._make = _Making(makers)
        self._key = [_field_name(kind.table.c[name]) for name in kind.key]
        self._id = kind.table.c.id
        every = select(self._id, *columns).select_from(source)
        self._some = Prepared(every.where(self._id.in_(bindparam("ids", expanding=True))))
        self._every = Paged(every, self._id)

    def ref(self, record: Record) -> str:
        return str(record[self._key[0]]) if len(self._key) == 1 else "/".join(str(record[name]) for name in self._key)

    def some(self, connection: Connection, ids: Iterable[int]) -> dict[int, Record]:
        """Records by internal key, for the keys that exist."""
        return {row[0]: self._make(row) for row in self._some.rows(connection, {"ids": list(ids)})}

    def all(self, connection: Connection) -> Iterator[tuple[int, Record]]:
        """Every record with its internal key, in order of the key, streamed."""
        return ((row[0], self._make(row)) for row in self._every.all(connection))


Maker = tuple[str, str | None, Callable[[Any], Any] | None]
"""The name in the record, the language of one side of a pair, and how to decode the stored text."""


def _children(register: Register, owner: Table, child: Child) -> Any:
    """The rows of a child table as one JSON list, in their order."""
    columns, source, makers = _selection(register, child.table, skip=(child.owner, "position"))
    named = [column.label(maker[0]) for column, maker in zip(columns, makers, strict=True)]
    rows = select(*named).select_from(source).where(child.table.c[child.owner] == owner.c.id).order_by(child.table.c.position)
    ordered = rows.correlate(owner).subquery()
    return select(RowsAsJSON(ordered)).select_from(ordered).scalar_subquery()


def _field_name(column: Column[Any]) -> str:
    return column.name.removesuffix("_id") if column.foreign_keys else column.name


def _selection(register: Register, table: Table, skip: tuple[str, ...]) -> tuple[list[Any], Any, list[Maker]]:
    """The columns of a record, what they are selected from, and what becomes of their values."""
    source: Any = table
    columns: list[Any] = []
    makers: list[Maker] = []
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
        makers.append(field_of(column))
    return columns, source, makers


def _raw(column: Column[Any]) -> Any:
    stored_as_text = isinstance(column.type, UTCDateTime | ISODate | JSONList)
    return type_coerce(column, ByteText).label(column.name) if stored_as_text else column


def field_of(column: Column[Any]) -> Maker:
    decode = msgspec.json.decode if isinstance(column.type, JSONList) else None
    for lang in ("zh", "en"):
        if column.name.endswith(f"_{lang}"):
            return column.name.removesuffix(f"_{lang}"), lang, decode
    return _field_name(column), None, decode


class _Making:
    """What makes a record of a row, whose first column is its internal key."""

    def __init__(self, makers: Sequence[Maker]) -> None:
        places = {(name, lang): n for n, (name, lang, _) in enumerate(makers, 1)}
        self._names = [name for name, lang in places if lang is None]
        plain = [n for (_, lang), n in places.items() if lang is None]
        self._plain: Callable[[Any], Any] = operator.itemgetter(*plain) if len(plain) > 1 else lambda row: (row[plain[0]],)
        self._decoded = [(name, decode) for name, lang, decode in makers if lang is None and decode]
        self._pairs = [(name, n, places[name, "en"]) for (name, lang), n in places.items() if lang == "zh"]

    def __call__(self, row: Any) -> Record:
        record: Record = dict(zip(self._names, self._plain(row), strict=True))
        for name, decode in self._decoded:
            if record[name] is not None:
                record[name] = decode(record[name])
        for name, zh, en in self._pairs:
            record[name] = {"zh": row[zh], "en": row[en]}
        return record

"""Two kinds of session: one that cannot write, and one that writes the ledger by itself."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import sqlmodel
from sqlalchemy import Connection, event, inspect
from sqlalchemy.orm import ORMExecuteState, make_transient_to_detached
from sqlalchemy.orm.attributes import manager_of_class, set_committed_value
from sqlalchemy.orm.util import identity_key

from app.actors import Actor
from app.db import ledger, one_row, prepared
from app.db.records import Ids, Kind, Reader, Record, Register
from app.db.restoring import restore
from app.db.search_index import forget_terms, keep_terms

_BULK = "bulk statements pass by the ledger; add, change or delete rows one by one"


class Reading:
    """What both kinds of session can do: ask. `actor` is who asks, `now` the one moment of the session."""

    actor: Actor
    now: dt.datetime

    def asked(self) -> Connection:
        """The connection to ask, with everything written so far visible on it."""
        raise NotImplementedError

    def rows(self, statement: Any, **params: Any) -> Sequence[Any]:
        """All rows of a SELECT of columns."""
        return prepared.every(self.asked(), statement, params)

    def first(self, statement: Any, **params: Any) -> Any:
        """The first row, or None."""
        return prepared.first(self.asked(), statement, params)

    def value(self, statement: Any, **params: Any) -> Any:
        """The first column of the first row, or None."""
        found = prepared.first(self.asked(), statement, params)
        return None if found is None else found[0]


class ReadSession(Reading):
    """A consistent view of the database that cannot change it."""

    def __init__(self, connection: Connection, actor: Actor, now: dt.datetime) -> None:
        self.connection, self.actor, self.now = connection, actor, now

    def asked(self) -> Connection:
        return self.connection


class WriteSession(sqlmodel.Session, Reading):
    """One transaction of one actor. Whatever it flushes is written to the ledger when it ends; nobody can forget it.

    `action` is the `noun:verb` of the entries, set by the first command that runs in the session; `reason` says why.
    """

    def __init__(
        self, connection: Connection, register: Register, actor: Actor, now: dt.datetime, head: ledger.Head, reason: str | None
    ) -> None:
        super().__init__(bind=connection, autoflush=False, expire_on_commit=False)
        self.bound = connection
        self.actor, self.now, self.reason, self.head = actor, now, reason, head
        self.action: str | None = None
        self.register = register
        self._touched: dict[str, dict[int, None]] = {}
        self._reworded: set[tuple[str, int]] = set()
        self._removed: list[ledger.Entry] = []
        self._has_entries = False

    def asked(self) -> Connection:
        self.flush()
        return self.bound

    def row(self, model: Any, statement: prepared.Prepared, **params: Any) -> Any:
        """The row that a SELECT of all columns of a table finds, to be read and changed, or None."""
        found = self.first(statement, **params)
        if found is None:
            return None
        known = self.identity_map.get(identity_key(model, found.id))
        return self._adopted(model, found) if known is None else known

    def _adopted(self, model: Any, found: Any) -> Any:
        """A row of this session with the values found, made without the detour over a query of the ORM."""
        row = manager_of_class(model).new_instance()
        row.__dict__.update(found._asdict())
        make_transient_to_detached(row)
        self.add(row)
        return row

    def close_books(self) -> None:
        """Flush, and append one entry for every record that was touched."""
        self.flush()
        entries = sorted((*self._entries(), *self._removed), key=lambda e: (self.register.rank[e.entity], e.ref))
        if entries:
            self._append(entries)

    def _append(self, entries: Sequence[ledger.Entry]) -> None:
        if self.action is None:
            raise TypeError("records were changed outside a command")
        self.head = ledger.append(
            self.bound, self.head, entries, at=self.now, actor=self.actor.id, action=self.action, reason=self.reason, more=self._has_entries
        )
        self._has_entries = True

    def insert(self, entity: str, records: Sequence[Record], ids: Ids) -> list[int]:
        """Add many new records at once, with their entries in this order, and return their keys; `ids` is read and extended.

        What follows from them is for the caller to derive.
        """
        self.flush()
        reader = self.register.reader(entity)
        restore(self.bound, self.register, entity, records, ids)
        keys = [ids[entity, reader.ref(record)] for record in records]
        self._enter(reader, keys)
        return keys

    def revise(self, entity: str, changes: Mapping[int, Mapping[str, Any]]) -> None:
        """Set columns of many records at once, by their keys, and count a version of each, with their entries in this order."""
        self.flush()
        reader = self.register.reader(entity)
        table = reader.kind.table
        stamp = {"version": table.c.version + 1} | ({"updated_at": self.now} if "updated_at" in table.c else {})
        for key, values in changes.items():
            self.bound.execute(table.update().where(table.c.id == key).values(**stamp, **values))
            self._note_words(reader.kind, key, values)
        self._enter(reader, list(changes))

    def _enter(self, reader: Reader, keys: Sequence[int]) -> None:
        """Append entries for records that were just written."""
        for start in range(0, len(keys), prepared.BATCH):
            some = keys[start : start + prepared.BATCH]
            written = reader.some(self.bound, some)
            self._keep_terms(reader.kind, written)
            self._append([ledger.Entry(reader.kind.entity, reader.ref(written[key]), written[key]) for key in some])

    def _entries(self) -> list[ledger.Entry]:
        found: list[ledger.Entry] = []
        for entity, ids in self._touched.items():
            reader = self.register.reader(entity)
            records = reader.some(self.bound, ids)
            self._keep_terms(reader.kind, records)
            found += [ledger.Entry(entity, reader.ref(record), record) for record in records.values()]
        return found

    def _keep_terms(self, kind: Kind, records: dict[int, Record]) -> None:
        """What search knows of these records follows from them, wherever a text of theirs was changed."""
        if kind.searched:
            reworded = {key: record for key, record in records.items() if (kind.entity, key) in self._reworded}
            keep_terms(self.bound, kind.searched.table, ((key, kind.searched.terms(record)) for key, record in reworded.items()))

    def bulk_save_objects(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(_BULK)

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects

    def derive(self, statement: Any, values: Any) -> None:
        """Change rows that follow from others and are in no record."""
        self.flush()
        self.bound.execute(statement, values)

    def flush(self, objects: Any = None) -> None:
        """Write every row that is new, changed or deleted, and note which record it belongs to: the only way to the tables."""
        for row in self.new:
            self._insert(row)
        for row in self.dirty:
            self._update(row)
        for row in self.deleted:
            self._delete(row)

    def _insert(self, row: Any) -> None:
        table = row.__table__
        names = one_row.columns(table, with_key=_key_of(row) is not None)
        (written,) = one_row.insert(table, names).rows(self.bound, {name: getattr(row, name) for name in names})
        self.expunge(row)
        set_committed_value(row, one_row.key_of(table), written[0])
        make_transient_to_detached(row)
        self.add(row)  # from here on the session knows it as a row of the database
        self._note(row, names)

    def _update(self, row: Any) -> None:
        old = inspect(row).committed_state
        names = tuple(sorted(name for name, value in old.items() if getattr(row, name) != value))
        if names:
            values = {name: getattr(row, name) for name in names}
            one_row.update(row.__table__, names).rows(self.bound, values | {"_key": _key_of(row)})
        for name in list(old):
            set_committed_value(row, name, getattr(row, name))
        self._note(row, names)

    def _delete(self, row: Any) -> None:
        kind = self.register.kind_of_table(row.__tablename__)
        if kind:
            self._remove(self.register.reader(kind.entity), row.id)
            if kind.searched:
                forget_terms(self.bound, kind.searched.table, row.id)
        one_row.delete(row.__table__).rows(self.bound, {"_key": _key_of(row)})
        self.expunge(row)
        if not kind:
            self._note(row, ("id",))

    def tell_again(self, row: Any) -> None:
        """Give a record an entry although nothing in it changes: more people may see it from now on."""
        if kind := self.register.kind_of_table(row.__tablename__):
            self._touch(kind, row.id)

    def _note(self, row: Any, changed: Iterable[str]) -> None:
        """Remember the record that a row is, or belongs to, unless only derived columns changed: those have no place in it."""
        if (kind := self.register.kind_of_table(row.__tablename__)) and not kind.tracked.isdisjoint(changed):
            self._touch(kind, row.id)
            self._note_words(kind, row.id, changed)
        if changed and (owner := self.register.owner_of_child(row.__tablename__)):
            self._touch(owner[0], getattr(row, owner[1].owner))

    def _note_words(self, kind: Kind, identity: int, changed: Iterable[str]) -> None:
        if kind.searched and not set(changed).isdisjoint(kind.searched.columns):
            self._reworded.add((kind.entity, identity))

    def _touch(self, kind: Kind, identity: int) -> None:
        self._touched.setdefault(kind.entity, {})[identity] = None

    def _remove(self, reader: Reader, identity: int) -> None:
        (record,) = reader.some(self.bound, [identity]).values()
        self._touched.get(reader.kind.entity, {}).pop(identity, None)
        self._removed.append(ledger.Entry(reader.kind.entity, reader.ref(record), None))


def _key_of(row: Any) -> Any:
    return getattr(row, one_row.key_of(row.__table__))


@event.listens_for(WriteSession, "do_orm_execute")
def _refuse_bulk(state: ORMExecuteState) -> None:
    if not state.is_select:
        raise TypeError(_BULK)

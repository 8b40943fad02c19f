"""Two kinds of session: one that cannot write, and one that writes the ledger by itself."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NoReturn

import sqlmodel
from sqlalchemy import Connection, event, inspect
from sqlalchemy.orm import ORMExecuteState, UOWTransaction

from app.actors import Actor
from app.db import ledger
from app.db.records import Kind, Reader, Register

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
        return self.asked().execute(statement, params).all()

    def first(self, statement: Any, **params: Any) -> Any:
        """The first row, or None."""
        return self.asked().execute(statement, params).first()

    def value(self, statement: Any, **params: Any) -> Any:
        """The first column of the first row, or None."""
        return self.asked().execute(statement, params).scalar()


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
        self.actor, self.now, self.reason, self.head = actor, now, reason, head
        self.action: str | None = None
        self.register = register
        self._touched: dict[str, dict[int, None]] = {}
        self._removed: list[ledger.Entry] = []

    def asked(self) -> Connection:
        self.flush()
        return self.connection()

    def close_books(self) -> None:
        """Flush, and append one entry for every record that was touched."""
        self.flush()
        entries = sorted((*self._entries(), *self._removed), key=lambda e: (self.register.rank[e.entity], e.ref))
        if entries:
            if self.action is None:
                raise TypeError("records were changed outside a command")
            self.head = ledger.append(
                self.connection(), self.head, entries, at=self.now, actor=self.actor.id, action=self.action, reason=self.reason
            )

    def _entries(self) -> list[ledger.Entry]:
        return [
            ledger.Entry(entity, self.register.reader(entity).ref(record), record)
            for entity, ids in self._touched.items()
            for record in self.register.reader(entity).some(self.connection(), ids).values()
        ]

    def bulk_save_objects(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(_BULK)

    bulk_insert_mappings = bulk_update_mappings = bulk_save_objects

    def derive(self, statement: Any, values: Any) -> None:
        """Change rows that follow from others and are in no record."""
        self.flush()
        self.connection().execute(statement, values)

    def touch(self, kind: Kind, identity: int) -> None:
        self._touched.setdefault(kind.entity, {})[identity] = None

    def remove(self, reader: Reader, identity: int) -> None:
        (record,) = reader.some(self.connection(), [identity]).values()
        self._touched.get(reader.kind.entity, {}).pop(identity, None)
        self._removed.append(ledger.Entry(reader.kind.entity, reader.ref(record), None))


@event.listens_for(WriteSession, "before_flush")
def _note_removed(session: WriteSession, _context: UOWTransaction, _instances: Any) -> None:
    for row in session.deleted:
        if kind := session.register.kind_of_table(row.__tablename__):
            session.remove(session.register.reader(kind.entity), row.id)


@event.listens_for(WriteSession, "after_flush")
def _note_touched(session: WriteSession, _context: UOWTransaction) -> None:
    for row in session.new:
        if kind := session.register.kind_of_table(row.__tablename__):
            session.touch(kind, row.id)
    for row in session.dirty:
        if (kind := session.register.kind_of_table(row.__tablename__)) and _changed(row, kind):
            session.touch(kind, row.id)
    for row in (*session.new, *session.dirty, *session.deleted):
        if owner := session.register.owner_of_child(row.__tablename__):
            session.touch(owner[0], getattr(row, owner[1].owner))


def _changed(row: Any, kind: Kind) -> bool:
    """Whether anything but derived columns changed: those have no place in the record."""
    state = inspect(row)
    return any(name in kind.tracked and state.attrs[name].history.has_changes() for name in state.committed_state)


@event.listens_for(WriteSession, "do_orm_execute")
def _refuse_bulk(state: ORMExecuteState) -> None:
    if not state.is_select:
        raise TypeError(_BULK)

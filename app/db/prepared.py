"""Statements that are compiled once and then run on SQLite's driver, which answers most of them in less time than it takes to build one."""

import functools
import operator
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, bindparam
from sqlalchemy.exc import DBAPIError

from app.db.engines import is_postgres

LONGEST_LIST = 20
"""A form is kept for each length of the lists that are bound; longer ones are too rare to keep."""
BATCH = 500
"""And for this one: what goes over all records takes so many at a time."""
Params = Mapping[str, Any]
Process = Callable[[Any], Any]


class Prepared:
    """A statement made once. Its rows have the names and values that they have without it, whatever the engine."""

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._compiled: Any = None
        self._lists: list[str] = []
        self._forms: dict[tuple[int, ...], _Form] = {}

    def rows(self, connection: Connection, params: Params) -> Sequence[Any]:
        """All rows; none where the statement returns none."""
        form = None if is_postgres(connection) else self._form(connection.dialect, params)
        if form is not None:
            return form.rows(connection, params)
        result = connection.execute(self.statement, params)
        return result.all() if result.returns_rows else ()

    def each(self, connection: Connection, rows: Sequence[Params]) -> None:
        """Run a statement that returns nothing for each of some rows."""
        form = None if is_postgres(connection) or not rows else self._form(connection.dialect, rows[0])
        if form is not None:
            form.each(connection, rows)
        elif rows:
            connection.execute(self.statement, rows)

    def spelled(self, connection: Connection, params: Params) -> tuple[str, list[Any]] | None:
        """The text that SQLite reads, and what is bound in it; None where no form of it is kept."""
        form = self._form(connection.dialect, params)
        return (form.sql, form.values(params)) if form else None

    def _form(self, dialect: Dialect, params: Params) -> "_Form | None":
        if self._compiled is None:
            compiled = self.statement.compile(dialect=dialect)
            self._lists = [name for name, bound in compiled.binds.items() if bound.expanding and name in params]
            self._compiled = compiled
        lengths = tuple(len(params[name]) for name in self._lists)
        form = self._forms.get(lengths)
        if form is None and all(length <= LONGEST_LIST or length == BATCH for length in lengths):
            form = self._forms[lengths] = _Form(self._compiled, dialect, params)
        return form


class Paged(Prepared):
    """A SELECT whose first column is a key, read to its end some rows at a time."""

    def __init__(self, statement: Any, key: Any) -> None:
        super().__init__(statement.where(key > bindparam("after")).order_by(key).limit(bindparam("batch")))

    def all(self, connection: Connection, batch: int = BATCH, after: int = 0) -> Iterator[Any]:
        """All rows with a key above `after`, in its order."""
        while page := self.rows(connection, {"after": after, "batch": batch}):
            yield from page
            after = page[-1][0]


def every(connection: Connection, statement: Any, params: Params) -> Sequence[Any]:
    """All rows of a SELECT of columns, prepared or not."""
    if isinstance(statement, Prepared):
        return statement.rows(connection, params)
    return connection.execute(statement, params).all()


def first(connection: Connection, statement: Any, params: Params) -> Any:
    """The first row of a SELECT of columns, prepared or not; None where there is none."""
    if isinstance(statement, Prepared):
        return next(iter(statement.rows(connection, params)), None)
    return connection.execute(statement, params).first()


class _Slot(NamedTuple):
    """Where the value of one question mark comes from: a constant, a parameter, or a place in the list of a parameter."""

    name: str | None
    place: int | None
    process: Process | None
    constant: Any


class _Form:
    """A statement as SQLite reads it, for lists of certain lengths."""

    def __init__(self, compiled: Any, dialect: Dialect, params: Params) -> None:
        state = compiled.construct_expanded_state(params)
        places = {key: (name, n) for name, keys in state.parameter_expansion.items() for n, key in enumerate(keys)}
        self.sql: str = state.statement
        self._slots = [_slot(compiled, dialect, params, *places.get(key, (key, None))) for key in state.positiontup or ()]
        kinds = enumerate(column.type for column in compiled.statement.exported_columns)
        self._processes = [(n, process) for n, kind in kinds if (process := _impl(kind, dialect).result_processor(dialect, None))]
        self._make: Callable[[Iterable[Any]], Any] | None = None

    def values(self, params: Params) -> list[Any]:
        return [_value(slot, params) for slot in self._slots]

    def rows(self, connection: Connection, params: Params) -> list[Any]:
        if not connection.in_transaction():
            connection.begin()
        values = self.values(params)
        driver: Any = connection.connection.dbapi_connection
        errors = connection.dialect.loaded_dbapi.Error
        try:
            cursor = driver.execute(self.sql, values)
            found = cursor.fetchall()
        except errors as error:
            raise DBAPIError.instance(self.sql, values, error, errors, dialect=connection.dialect) from error
        if self._make is None:
            self._make = _shape([column[0] for column in cursor.description or ()])
        return list(map(self._make, map(self._read, found) if self._processes else found))

    def each(self, connection: Connection, rows: Sequence[Params]) -> None:
        if not connection.in_transaction():
            connection.begin()
        names = [slot.name for slot in self._slots if slot.place is None and slot.process is None and slot.name is not None]
        if len(names) == len(self._slots) > 1:
            values: Any = list(map(operator.itemgetter(*names), rows))
        else:
            values = list(map(self.values, rows))
        driver: Any = connection.connection.dbapi_connection
        errors = connection.dialect.loaded_dbapi.Error
        try:
            driver.executemany(self.sql, values)
        except errors as error:
            raise DBAPIError.instance(self.sql, values, error, errors, dialect=connection.dialect) from error

    def _read(self, row: Iterable[Any]) -> list[Any]:
        values = list(row)
        for place, process in self._processes:
            values[place] = process(values[place])
        return values


def _slot(compiled: Any, dialect: Dialect, params: Params, name: str, place: int | None) -> _Slot:
    bound = compiled.binds[name]
    process = _impl(bound.type, dialect).bind_processor(dialect)
    if name in params:
        return _Slot(name, place, process, None)
    constant = bound.effective_value if place is None else bound.effective_value[place]
    return _Slot(None, None, None, process(constant) if process else constant)


def _value(slot: _Slot, params: Params) -> Any:
    name, place, process, constant = slot
    if name is None:
        return constant
    value = params[name] if place is None else params[name][place]
    return process(value) if process else value


def _shape(names: list[str]) -> Callable[[Iterable[Any]], Any]:
    """What makes a named tuple with these columns."""
    shape: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # the names are known when SQLite has answered
    return functools.partial(tuple.__new__, shape)  # like _make, without a call of Python for each row


def _impl(kind: Any, dialect: Dialect) -> Any:
    """The type as this engine stores it."""
    return kind.dialect_impl(dialect)

"""Finding phrases of terms with the index of each engine: FTS5 on SQLite, a stored tsvector with GIN on PostgreSQL.

The terms of a record stand in a plain table, the same on both; the index follows it by itself. No text of a user reaches a query
syntax: what is asked for are terms, which hold letters, digits, marks and one joint only, and each is quoted.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Boolean, Connection, Dialect, Integer, Table, Text, bindparam, literal_column, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from app.db.engines import ByteText, is_postgres
from app.db.prepared import Paged

_INDEX = "_index"
_SQLITE = {
    "{name}_index": "CREATE VIRTUAL TABLE {name}_index USING fts5"
    "(terms, content='{name}', content_rowid='id', columnsize=0, tokenize='ascii')",
    "{name}_added": "CREATE TRIGGER {name}_added AFTER INSERT ON {name} BEGIN {add} END",
    "{name}_removed": "CREATE TRIGGER {name}_removed AFTER DELETE ON {name} BEGIN {remove} END",
    "{name}_changed": "CREATE TRIGGER {name}_changed AFTER UPDATE ON {name} BEGIN {remove} {add} END",
}
"""`ascii` splits at spaces and takes every other character of terms as it is; `unicode61` has opinions on letters."""
_ADD = "INSERT INTO {name}_index (rowid, terms) VALUES (new.id, new.terms);"
_REMOVE = "INSERT INTO {name}_index ({name}_index, rowid, terms) VALUES ('delete', old.id, old.terms);"
_POSTGRES = {
    "words": "ALTER TABLE {name} ADD COLUMN words tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(terms, ' '))) STORED",
    "{name}_index": "CREATE INDEX {name}_index ON {name} USING gin (words)",
}
_KEEP = "INSERT INTO {name} (id, terms) VALUES {rows} ON CONFLICT (id) DO UPDATE SET terms = excluded.terms"
_MOST_ROWS, _MOST_CHARACTERS = 1000, 4_000_000
"""Of one statement. FTS5 writes what it has gathered whenever a statement begins: rows that come together cost less than half."""


def create_search_index(connection: Connection, name: str) -> None:
    """Give an empty table of terms its index."""
    for statement in _statements(connection, name).values():
        connection.execute(text(statement))


def drop_search_index(connection: Connection, name: str) -> None:
    """Remove what dropping the table of terms leaves behind."""
    if not is_postgres(connection):
        connection.execute(text(f"DROP TABLE {name}{_INDEX}"))


def _statements(connection: Connection, name: str) -> dict[str, str]:
    """The statements that make the index, by the name of what each makes."""
    parts = {"name": name, "add": _ADD.format(name=name), "remove": _REMOVE.format(name=name)}
    made = _POSTGRES if is_postgres(connection) else _SQLITE
    return {key.format(**parts): statement.format(**parts) for key, statement in made.items()}


def search_index_fault(connection: Connection, name: str) -> str | None:
    """What keeps the index of a table of terms from following it: a trigger or the index itself is not there as it was made."""
    if is_postgres(connection):
        found = connection.execute(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name + _INDEX}).scalar()
        return None if found else f"the index {name}{_INDEX} is missing"
    wanted = _statements(connection, name)
    there = {row[0]: row[1] for row in connection.execute(text("SELECT name, sql FROM sqlite_master"))}
    lost = [made for made, statement in wanted.items() if there.get(made) != statement]
    return f"{lost[0]}, which search needs, is missing or changed" if lost else None


def is_search_index(name: str | None) -> bool:
    """Whether a table, column or index belongs to a search index: no table model knows of it."""
    return name == "words" or (name is not None and _INDEX in name and "_terms" in name)


def keep_terms(connection: Connection, table: Table, rows: Iterable[tuple[int, str]]) -> None:
    """Keep the terms of some records, each with its internal key."""
    for some in _pieces(rows):
        marks = ", ".join(f"(:id{n}, :terms{n})" for n in range(len(some)))
        values = {f"{name}{n}": value for n, row in enumerate(some) for name, value in zip(("id", "terms"), row, strict=True)}
        connection.execute(text(_KEEP.format(name=table.name, rows=marks)), values)


def _pieces(rows: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Rows for one statement each: not too many, and not too long together."""
    some: list[tuple[int, str]] = []
    size = 0
    for row in rows:
        some.append(row)
        size += len(row[1])
        if len(some) == _MOST_ROWS or size >= _MOST_CHARACTERS:
            yield some
            some, size = [], 0
    if some:
        yield some


def kept_terms(connection: Connection, table: Table) -> Iterator[Any]:
    """All terms that are kept, with the internal key of their record, in the order of the keys."""
    return Paged(select(table.c.id, table.c.terms), table.c.id).all(connection)


def forget_terms(connection: Connection, table: Table, identity: int) -> None:
    """Forget the terms of a record that is about to go."""
    connection.execute(text(f"DELETE FROM {table.name} WHERE id = :id"), {"id": identity})  # noqa: S608  # a name of ours


class _Phrase(TypeDecorator[str]):
    """A phrase as the index of each engine asks for it; on PostgreSQL this finds what holds its terms in any order."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        words, star = value.removesuffix("*"), value.endswith("*")
        if dialect.name == "sqlite":
            return f'"{words}"' + " *" * star
        return " & ".join(f"'{word}'" for word in words.split(" ")) + ":*" * star


class _Needle(TypeDecorator[str]):
    """A phrase as it stands in the terms of a row; nothing where it is a single term, which the index finds exactly."""

    impl = ByteText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else f" {value.removesuffix('*')}" if " " in value else ""


class Holds(FunctionElement[bool]):
    """Whether the record with this internal key holds a phrase: the one given, or that of the parameters `phrase` and `needle`.

    A phrase is terms with spaces between them; a `*` at its end makes the last one the beginning of a term.
    """

    inherit_cache = True
    type = Boolean()

    def __init__(self, key: Any, table: Any, phrase: str | None = None) -> None:
        given: dict[str, Any] = {} if phrase is None else {"value": phrase, "unique": True}
        words = bindparam("phrase", type_=_Phrase(), **given)
        super().__init__(key, literal_column(table.name), words, bindparam("needle", type_=_Needle(), **given))


class HitCount(FunctionElement[int]):
    """How many records of a table of terms hold the phrase of the parameters `phrase` and `needle`."""

    inherit_cache = True
    type = Integer()

    def __init__(self, table: Any) -> None:
        super().__init__(literal_column(table.name), bindparam("phrase", type_=_Phrase()), bindparam("needle", type_=_Needle()))


@compiles(HitCount)
def _sqlite_count(element: HitCount, compiler: Any, **kw: Any) -> str:
    name, words = (compiler.process(clause, **kw) for clause in list(element.clauses)[:2])
    return f"(SELECT count(*) FROM {name}{_INDEX} WHERE {name}{_INDEX} MATCH {words})"  # noqa: S608  # compiled: values are bound


@compiles(HitCount, "postgresql")
def _postgres_count(element: HitCount, compiler: Any, **kw: Any) -> str:
    name, words, needle = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(SELECT count(*) FROM {name} WHERE {_among(words, needle)})"  # noqa: S608  # compiled: values are bound


@compiles(Holds)
def _sqlite_holds(element: Holds, compiler: Any, **kw: Any) -> str:
    key, name, words = (compiler.process(clause, **kw) for clause in list(element.clauses)[:3])
    index = f"{name}{_INDEX}"
    return f"{key} IN (SELECT rowid FROM {index} WHERE {index} MATCH {words})"  # noqa: S608  # compiled: values are bound


@compiles(Holds, "postgresql")
def _postgres_holds(element: Holds, compiler: Any, **kw: Any) -> str:
    key, name, words, needle = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{key} IN (SELECT id FROM {name} WHERE {_among(words, needle)})"  # noqa: S608  # compiled: values are bound


def _among(words: str, needle: str) -> str:
    """The terms of the phrase are there, and where it has several, they stand in its order."""
    return f"words @@ CAST({words} AS tsquery) AND ({needle} = '' OR strpos(' ' || terms, {needle}) > 0)"

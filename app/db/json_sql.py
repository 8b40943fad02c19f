"""JSON made by the database itself, by the functions that each engine has for it."""

import functools
from typing import Any

from sqlalchemy import LargeBinary, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.db.engines import ByteText


def _is_spelled(element: type[FunctionElement[Any]], *, sqlite: str, postgresql: str) -> None:
    """How each engine writes a function around what it is given."""
    compiles(element)(functools.partial(_around, sqlite))
    compiles(element, "postgresql")(functools.partial(_around, postgresql))


def _around(form: str, element: Any, compiler: Any, **kw: Any) -> str:
    return form.format(compiler.process(element.clauses, **kw))


class RowsAsJSON(FunctionElement[str]):
    """A JSON list with one object for each row of a subquery, in its order; keys are the names of its columns."""

    inherit_cache = True
    type = Text()

    def __init__(self, rows: Any) -> None:
        self.names = [column.name for column in rows.columns]
        super().__init__(*rows.columns)


def _as_object(function: str, element: RowsAsJSON, compiler: Any, **kw: Any) -> str:
    columns = (compiler.process(column, **kw) for column in element.clauses)
    pairs = ", ".join(f"'{name}', {column}" for name, column in zip(element.names, columns, strict=True))
    return f"{function}({pairs})"


@compiles(RowsAsJSON)
def _sqlite_rows(element: RowsAsJSON, compiler: Any, **kw: Any) -> str:
    return f"json_group_array({_as_object('json_object', element, compiler, **kw)})"


@compiles(RowsAsJSON, "postgresql")
def _postgres_rows(element: RowsAsJSON, compiler: Any, **kw: Any) -> str:
    return f"coalesce(json_agg({_as_object('json_build_object', element, compiler, **kw)})::text, '[]')"


class JSONText(FunctionElement[str]):
    """A text, number or null as JSON, character for character the same on both engines for whatever passed the gate."""

    inherit_cache = True
    type = Text()
    name = "json_text"


_is_spelled(
    JSONText,
    sqlite="CASE WHEN {0} IS NULL THEN 'null' ELSE json_quote({0}) END",  # most are null, and calling the function takes longer
    postgresql="coalesce(to_json({0})::text, 'null')",
)


class Filled(FunctionElement[str]):
    """A text in which each `%s` is replaced by the next value, and by nothing where that is null."""

    inherit_cache = True
    type = ByteText

    def __init__(self, template: str, *values: Any) -> None:
        super().__init__(literal(template, ByteText), *values)


_is_spelled(Filled, sqlite="printf({})", postgresql="format({})")


class EachText(FunctionElement[str]):
    """The texts of a JSON list as rows, by `table_valued("value")`: a list of any length is then one value of one statement."""

    inherit_cache = True
    type = ByteText


_is_spelled(EachText, sqlite="json_each({})", postgresql="json_array_elements_text(CAST({} AS json))")


class DifferentAsJSON(FunctionElement[str]):
    """The different texts of a column, in a JSON list."""

    inherit_cache = True
    type = Text()


_is_spelled(DifferentAsJSON, sqlite="json_group_array(DISTINCT {})", postgresql="coalesce(json_agg(DISTINCT {})::text, '[]')")


class Joined(FunctionElement[str]):
    """The texts of the rows of a subquery one after the other, in its order; null where there are none."""

    inherit_cache = True
    type = ByteText


_is_spelled(Joined, sqlite="group_concat({}, '')", postgresql="string_agg({}, '')")


class UTF8(FunctionElement[bytes]):
    """A text as bytes, so that nobody decodes what is sent as it is."""

    inherit_cache = True
    type = LargeBinary()


_is_spelled(UTF8, sqlite="CAST({} AS BLOB)", postgresql="convert_to({}, 'UTF8')")

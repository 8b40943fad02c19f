"""JSON made by the database itself, by the functions that each engine has for it."""

from typing import Any

from sqlalchemy import LargeBinary, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.db.engines import ByteText


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


@compiles(JSONText)
def _sqlite_json(element: JSONText, compiler: Any, **kw: Any) -> str:
    value = compiler.process(element.clauses, **kw)
    return f"CASE WHEN {value} IS NULL THEN 'null' ELSE json_quote({value}) END"  # most are null, and calling the function takes longer


@compiles(JSONText, "postgresql")
def _postgres_json(element: JSONText, compiler: Any, **kw: Any) -> str:
    return f"coalesce(to_json({compiler.process(element.clauses, **kw)})::text, 'null')"


class Filled(FunctionElement[str]):
    """A text in which each `%s` is replaced by the next value, and by nothing where that is null."""

    inherit_cache = True
    type = ByteText

    def __init__(self, template: str, *values: Any) -> None:
        super().__init__(literal(template, ByteText), *values)


@compiles(Filled)
def _sqlite_filled(element: Filled, compiler: Any, **kw: Any) -> str:
    return f"printf({compiler.process(element.clauses, **kw)})"


@compiles(Filled, "postgresql")
def _postgres_filled(element: Filled, compiler: Any, **kw: Any) -> str:
    return f"format({compiler.process(element.clauses, **kw)})"


class EachText(FunctionElement[str]):
    """The texts of a JSON list as rows, by `table_valued("value")`: a list of any length is then one value of one statement."""

    inherit_cache = True
    type = ByteText


@compiles(EachText)
def _sqlite_each(element: EachText, compiler: Any, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(EachText, "postgresql")
def _postgres_each(element: EachText, compiler: Any, **kw: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS json))"


class DifferentAsJSON(FunctionElement[str]):
    """The different texts of a column, in a JSON list."""

    inherit_cache = True
    type = Text()


@compiles(DifferentAsJSON)
def _sqlite_different(element: DifferentAsJSON, compiler: Any, **kw: Any) -> str:
    return f"json_group_array(DISTINCT {compiler.process(element.clauses, **kw)})"


@compiles(DifferentAsJSON, "postgresql")
def _postgres_different(element: DifferentAsJSON, compiler: Any, **kw: Any) -> str:
    return f"coalesce(json_agg(DISTINCT {compiler.process(element.clauses, **kw)})::text, '[]')"


class Joined(FunctionElement[str]):
    """The texts of the rows of a subquery one after the other, in its order; null where there are none."""

    inherit_cache = True
    type = ByteText


@compiles(Joined)
def _sqlite_joined(element: Joined, compiler: Any, **kw: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **kw)}, '')"


@compiles(Joined, "postgresql")
def _postgres_joined(element: Joined, compiler: Any, **kw: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **kw)}, '')"


class UTF8(FunctionElement[bytes]):
    """A text as bytes, so that nobody decodes what is sent as it is."""

    inherit_cache = True
    type = LargeBinary()


@compiles(UTF8)
def _sqlite_bytes(element: UTF8, compiler: Any, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS BLOB)"


@compiles(UTF8, "postgresql")
def _postgres_bytes(element: UTF8, compiler: Any, **kw: Any) -> str:
    return f"convert_to({compiler.process(element.clauses, **kw)}, 'UTF8')"

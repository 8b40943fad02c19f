"""JSON made by the database itself, by the functions that each engine has for it."""

from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


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
    return f"json_quote({compiler.process(element.clauses, **kw)})"


@compiles(JSONText, "postgresql")
def _postgres_json(element: JSONText, compiler: Any, **kw: Any) -> str:
    return f"coalesce(to_json({compiler.process(element.clauses, **kw)})::text, 'null')"

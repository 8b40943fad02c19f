"""Rows of a subquery as one JSON list, in the words of each engine."""

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

"""From the cells of an uploaded table to the fields of records: which table it is, which column holds what, and what each cell says.

Columns may stand in any order and be left out; they are known by their names, or by their headings in either language.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from app.domain.actions import ActionRef
from app.domain.intake import Ref, UpdateRef, read
from app.errors import FieldError, Invalid
from app.formats.cells import Cell, Kind
from app.i18n import Lang
from app.interchange.columns import ABOUT, FIELDS, FORMERLY, SHEETS, Field

MOST_ROWS = 10_000
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,11}")
_LISTS = ("responsible", "partners")
_READ_ONLY_TABLES = ("coverage",)


class SheetRow(msgspec.Struct, frozen=True):
    """One row: where it stands, and what its cells say by the name of the column; `cells` names the cell of each."""

    table: str
    where: str
    values: dict[str, Any]
    cells: dict[str, str]


def rows_of(sheets: Sequence[tuple[str, list[list[Cell]]]], errors: list[FieldError]) -> Iterator[SheetRow]:
    """The rows of every sheet that is one of our tables; what is wrong is added to `errors`.

    A sheet beside them that is none of ours, and holds something, is an error: somebody may have renamed a table.
    """
    known, strange, seen = set[str](), list[FieldError](), dict[tuple[str, str], str]()
    for title, rows in sheets:
        table = _table(title, rows)
        if table is None and title != ABOUT and any(cell not in (None, "") for row in rows for cell in row):
            strange.append(FieldError(title, "no_table"))
        elif table is not None and title in known:
            strange.append(FieldError(title, "duplicate_entry"))
        elif table is not None:
            known.add(title)
            if table not in _READ_ONLY_TABLES:
                yield from _rows(table, title, rows, errors, seen)
    errors += strange if known else [FieldError("", "no_table")]


def placed(errors: Sequence[FieldError], rows: Sequence[SheetRow]) -> list[FieldError]:
    """The errors with what stands at their cells: `column`, its name, and `record`, the ref of its row where it has one."""
    wanted = {error.pointer for error in errors}
    known = {
        cell: {"column": name, "record": row.values.get("ref")}
        for row in rows
        for name, cell in (*row.cells.items(), ("", row.where))
        if cell in wanted
    }
    return [FieldError(error.pointer, error.code, known.get(error.pointer, {}) | error.params) for error in errors]


def _table(title: str, rows: list[list[Cell]]) -> str | None:
    """Which table a sheet is: by its title, or by its headings where it has none."""
    for name, (zh, en) in SHEETS.items():
        if title in (name, zh, en, f"{zh} {en}"):
            return name
    if title or not rows:
        return None
    headings = {str(cell).strip() for cell in rows[0] if cell is not None}
    counted = {name: len(headings & {heading for field in fields for heading in _headings(field)}) for name, fields in FIELDS.items()}
    best = max(counted, key=lambda name: counted[name])
    return best if counted[best] else None


def _headings(field: Field) -> set[str]:
    former = FORMERLY.get(field.name, ())
    return {field.name, field.zh, field.en, field.heading(tuple(Lang)), *former, " / ".join(former)} - {""}


def _rows(table: str, title: str, rows: list[list[Cell]], errors: list[FieldError], seen: dict[tuple[str, str], str]) -> Iterator[SheetRow]:
    """The rows of one sheet; `seen` says where a record stood before, on whatever sheet: two rows cannot both have the last word."""
    columns = _columns(table, title, rows[0] if rows else [], errors)
    if not columns:
        return
    if len(rows) > MOST_ROWS + 1:
        errors.append(FieldError(title, "too_many_rows", {"limit": MOST_ROWS}))
        return
    for number, cells in enumerate(rows[1:], 2):
        if all(cell is None or cell == "" for cell in cells):
            continue
        row = _row(table, title, number, columns, cells, errors)
        if not _named(row, errors):
            continue
        ref = row.values.get("ref")
        if ref is not None and seen.setdefault((table, ref), row.where) != row.where:
            where = seen[table, ref]
            errors.append(FieldError(row.cells["ref"], "duplicate_line", {"entity": ENTITIES[table], "ref": ref, "line": where}))
            continue
        yield row


def _row(table: str, title: str, number: int, columns: dict[int, Field], cells: list[Cell], errors: list[FieldError]) -> SheetRow:
    row = SheetRow(table, _address(title, None, number), {}, {})
    for place, field in columns.items():
        row.cells[field.name] = _address(title, place, number)
        value = _said(field, cells[place] if place < len(cells) else None, row.cells[field.name], errors)
        if value is not _BAD:
            row.values[field.name] = value
    return row


def _named(row: SheetRow, errors: list[FieldError]) -> bool:
    """Pass the name of the record through the gate, as every text is; whether it has the form of one."""
    try:
        named: Any = read(_NAMES[row.table], {"ref": row.values.get("ref")})
    except Invalid as problem:
        errors += [FieldError(row.cells["ref"], error.code, error.params) for error in problem.errors]
        return False
    row.values["ref"] = named.ref
    return True


ENTITIES = {"commitments": "commitment", "status_updates": "status_update", "actions": "action"}
_NAMES = {
    table: msgspec.defstruct("Named", [("ref", kind | None, None)], frozen=True)
    for table, kind in (("commitments", Ref), ("status_updates", UpdateRef), ("actions", ActionRef))
}
_BAD = object()


def _columns(table: str, title: str, headings: Sequence[Cell], errors: list[FieldError]) -> dict[int, Field]:
    """The field of each column by its place; one that is unknown or given twice is an error."""
    known = {heading: field for field in FIELDS[table] for heading in _headings(field)}
    found: dict[int, Field] = {}
    for place, heading in enumerate(headings):
        text = str(heading).strip() if heading is not None else ""
        if not text:
            continue
        field = known.get(text)
        if field is None:
            errors.append(FieldError(_address(title, place, 1), "unknown_column"))
        elif field in found.values():
            errors.append(FieldError(_address(title, place, 1), "duplicate_entry"))
        else:
            found[place] = field
    if all(field.name != "ref" for field in found.values()):
        errors.append(FieldError(_address(title, None, 1), "column_missing", {"name": "ref"}))
        return {}
    return found


def _said(field: Field, cell: Cell, where: str, errors: list[FieldError]) -> Any:
    """What a cell says, as JSON has it; an empty one says null."""
    text = cell.isoformat() if isinstance(cell, dt.date) else str(cell).strip() if cell is not None else ""
    if text == "":
        return [] if field.name in _LISTS else None
    if field.name in _LISTS:
        return [part.strip() for part in re.split("[;；]", text) if part.strip()]
    if field.kind is Kind.NUMBER:
        if _NUMBER.fullmatch(text):
            return int(text)
        errors.append(FieldError(where, "wrong_type", {"expected": "a whole number"}))
        return _BAD
    if field.kind is Kind.DATE and not _DATE.fullmatch(text):
        errors.append(FieldError(where, "not_a_date"))
        return _BAD
    return text if field.kind is not Kind.TEXT or cell is None else str(cell)


def _address(title: str, place: int | None, row: int) -> str:
    """A cell as a spreadsheet program names it, or a row; a file without sheets has rows and columns only."""
    column = "" if place is None else _letters(place)
    return f"{title}!{column}{row}" if title else f"{column}{row}"


def _letters(place: int) -> str:
    letters, left = "", place + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(65 + rest) + letters
    return letters

"""Workbooks: written by XlsxWriter, read by openpyxl. A text is a text, whatever it begins with; nothing is ever a formula."""

import datetime as dt
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import xlsxwriter

from app.formats.archive import ArchiveError, checked
from app.formats.cells import FIRST_DAY, Cell, Column, Kind, Row, Table, is_too_long, shown_width

MOST_ROWS = 1_048_575
_WIDEST, _NARROWEST = 60, 8
_LINE, _TALLEST = 15, 409
"""The height of a line, and of the tallest row there can be, in points."""
_FITTING = 320
"""Half-width characters that are still legible on one page across."""
_LOOKED_AT = 200
"""Rows from which the widths of columns are taken."""
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": False,
}


class FormulaError(ValueError):
    """A cell holds a formula, which nobody here would compute."""

    def __init__(self, sheet: str, cell: str) -> None:
        super().__init__(cell)
        self.sheet, self.cell = sheet, cell


class TooMuchError(ValueError):
    """More rows or longer texts than a workbook can hold; never cut off without a word."""


def write(file: BinaryIO, tables: Iterable[Table], *, title: str, made: dt.datetime) -> None:
    """Write a workbook with one sheet for each table. The same values give the same bytes. Raises TooMuchError."""
    with xlsxwriter.Workbook(file, _OPTIONS) as book:
        book.set_properties({"title": title, "created": made.replace(tzinfo=None)})
        looks = _Looks(book)
        for table in tables:
            _sheet(book.add_worksheet(table.name), table, looks)


class _Looks:
    """The formats of cells; `quoted` keeps a program from reading a text anew when somebody edits it."""

    def __init__(self, book: Any) -> None:
        shared = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        quoted = shared | {"quote_prefix": True, "num_format": "@"}
        self.heading = book.add_format(shared | {"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True, "quote_prefix": True})
        self.code = book.add_format(quoted)
        self.text = book.add_format(quoted | {"text_wrap": True})
        self.number = book.add_format(shared | {"num_format": "0"})
        self.date = book.add_format(shared | {"num_format": "yyyy-mm-dd", "align": "left"})

    def of(self, column: Column, cell: Cell) -> Any:
        if isinstance(cell, dt.date):
            return self.date
        if isinstance(cell, int):
            return self.number
        return self.text if column.kind is Kind.TEXT else self.code


def _sheet(sheet: Any, table: Table, looks: _Looks) -> None:
    rows = iter(table.rows)
    first = list(itertools.islice(rows, _LOOKED_AT))
    widths = list(_widths(table.columns, first))
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    _printed(sheet, sum(widths))
    sheet.freeze_panes(1, 1)
    for number, column in enumerate(table.columns):
        sheet.write_string(0, number, column.heading, looks.heading)
    last = 0
    for last, row in enumerate(itertools.chain(first, rows), 1):
        if last > MOST_ROWS:
            raise TooMuchError(f"more than {MOST_ROWS} rows")
        if (lines := _lines(table.columns, row, widths)) > 1:
            sheet.set_row(last, min(_TALLEST, _LINE * lines))
        for number, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            if cell is not None:
                _cell(sheet, last, number, cell, looks.of(column, cell))
    sheet.autofilter(0, 0, last, len(table.columns) - 1)


def _lines(columns: Sequence[Column], row: Row, widths: Sequence[int]) -> int:
    """How many lines the row takes, since programs do not all make room for wrapped text by themselves.

    A column holds a tenth more of this font than its width says.
    """
    wrapped = (n for n, column in enumerate(columns) if column.kind is Kind.TEXT and isinstance(row[n], str))
    return max((sum(-(-_width(line) // (widths[n] * 11 // 10)) or 1 for line in str(row[n]).split("\n")) for n in wrapped), default=1)


def _width(line: str) -> int:
    """About what `shown_width` says, for every text of a large table: what takes three bytes is wide."""
    return len(line) + (len(line.encode("utf-8", "replace")) - len(line)) // 2


def _printed(sheet: Any, width: int) -> None:
    """On paper the first row and column stand on every page; what is not too wide is fitted to one page across."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.set_footer("&L&A&R&P / &N")
    if width <= _FITTING:
        sheet.fit_to_pages(1, 0)
    else:
        sheet.repeat_columns(0)
        sheet.set_print_scale(70)
        sheet.print_across()


def _cell(sheet: Any, row: int, column: int, cell: Cell, look: Any) -> None:
    if isinstance(cell, dt.date) and cell >= FIRST_DAY:
        sheet.write_datetime(row, column, dt.datetime(cell.year, cell.month, cell.day), look)  # noqa: DTZ001  # a day has no zone
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell, look)
    else:
        text = str(cell)
        if is_too_long(text):
            raise TooMuchError(f"a text of {len(text)} characters")
        sheet.write_string(row, column, text, look)


def _widths(columns: Sequence[Column], rows: Sequence[Row]) -> Iterator[int]:
    """Widths that show headings and texts whole, Chinese characters counting twice, up to a limit beyond which they are wrapped."""
    for number, column in enumerate(columns):
        if column.kind is Kind.DATE:
            yield max(12, shown_width(column.heading) + 4)
            continue
        shown = [shown_width(str(row[number])) for row in rows if row[number] is not None]
        yield max(_NARROWEST, min(_WIDEST, max([*shown, shown_width(column.heading) + 4]) + 2))


def read(content: bytes) -> Iterator[tuple[str, list[list[Cell]]]]:
    """The sheets of a workbook by name, each with its rows: texts, whole numbers and dates; other numbers come as texts.

    Raises ArchiveError for what is no workbook or too much of one, FormulaError where a cell holds a formula.
    """
    import openpyxl  # reading is for imports only, in a process of its own

    with checked(content):
        pass
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            yield sheet.title, _rows(sheet)
    except (KeyError, IndexError, AttributeError, TypeError, OSError, SyntaxError, OverflowError) as error:
        raise ArchiveError("archive_broken") from error


def _rows(sheet: Any) -> list[list[Cell]]:
    """The rows down to the last that holds something: a format alone, far below, makes none."""
    found: list[list[Cell]] = []
    empty: list[list[Cell]] = []
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > _MOST_ROWS:
            raise ArchiveError("archive_broken")
        empty.append([_value(sheet.title, cell) for cell in row])
        if any(value is not None for value in empty[-1]):
            found += empty
            empty.clear()
    return found


def _value(sheet: str, cell: Any) -> Cell:
    value = cell.value
    if cell.data_type == "f":
        raise FormulaError(sheet, cell.coordinate)
    if isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, str):
        return _ESCAPED.sub("_", value)
    return value if value is None or (isinstance(value, int) and not isinstance(value, bool)) else str(value)


_MOST_ROWS = 2**20
"""No sheet has more."""
_EXACT = 2**53
_ESCAPED = re.compile("_x005F_(?=x[0-9A-Fa-f]{4}_)")
"""How a workbook writes an underscore that would otherwise begin the code of a character."""

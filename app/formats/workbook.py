"""Workbooks by XlsxWriter: typed cells, filters, frozen heads, drop-downs and native charts. No text ever becomes a formula."""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import xlsxwriter
from openpyxl import load_workbook

from app.formats.cells import FIRST_DAY, is_too_long
from app.formats.measures import is_short, letters, line_count, line_widths

_LONGEST = 32_700  # a cell holds 32,767 characters; what is cut is seen to be cut
_WIDEST, _NARROWEST = 56, 6
_HIGHEST, _LINE_HEIGHT = 400, 14
_MOST_CHOICES = 255
_A3, _A4, _WIDE = 8, 9, 12
_FONT = "Microsoft YaHei"
_CHART_ROWS = 18
_INK, _LINE, _HEAD, _SOFT = "#1B1B1B", "#B8BEC6", "#EEF3F8", "#555555"
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


class Cell(msgspec.Struct, frozen=True, gc=False):
    """A text, number, date or nothing. `quoted` text is somebody's: it is marked as text for whoever edits it."""

    value: str | int | dt.date | None
    quoted: bool = False
    bold: bool = False
    soft: bool = False
    percent: bool = False
    spilling: bool = False
    """Runs on over the empty cells beside it."""


class Look(msgspec.Struct, frozen=True):
    """How a series of a chart is filled; a pattern has strokes of its own colour."""

    fill: str
    pattern: str | None = None
    strokes: str = _INK


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A stacked chart of a part of a grid. Columns along a line have its columns as series, horizontal bars its rows.

    `looks` name the series by the number of the column or row, the first being 1; bars show so many `columns`.
    """

    title: str
    description: str
    upright: bool
    looks: dict[int, Look]
    columns: int = 0


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """A table of a sheet; None in a row leaves a gap. `choices` are the drop-downs of its columns."""

    head: list[str]
    rows: list[list[Cell | None]]
    caption: str | None = None
    choices: dict[int, list[str]] = {}
    total: bool = False
    chart: Chart | None = None


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Grids one below the other. A sheet that is one long list (`filtered`) has a frozen head and filters."""

    name: str
    grids: list[Grid]
    filtered: bool = False
    frozen_columns: int = 0


def written(sheets: Sequence[Sheet], *, title: str, about: str, moment: dt.datetime, foot: str, date_form: str) -> bytes:
    """The workbook, the same bytes for the same sheets."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, _OPTIONS)
    book.set_properties({"title": title, "subject": about, "author": "", "created": moment.replace(tzinfo=None, microsecond=0)})
    forms = _Forms(book, date_form)
    for sheet in sheets:
        _Writer(book, forms, sheet, foot).write()
    book.close()
    return made.getvalue()


class _Forms:
    """The formats of cells, each made once."""

    def __init__(self, book: Any, date_form: str) -> None:
        self.book, self.date_form = book, date_form
        self._made: dict[Any, Any] = {}
        self._of_cells: dict[Any, Any] = {}

    def of(self, cell: Cell, *, top: bool = False) -> Any:
        kind = type(cell.value)
        key = (kind, cell.quoted, cell.bold, cell.soft, cell.percent, cell.spilling, top)
        if key not in self._of_cells:
            self._of_cells[key] = self._of(cell, kind, top=top)
        return self._of_cells[key]

    def _of(self, cell: Cell, kind: type, *, top: bool) -> Any:
        shown = {dt.date: self.date_form, int: '0"%"' if cell.percent else "#,##0"}
        return self.form(
            num_format=shown.get(kind, "@"), align="left" if kind in (dt.date, str) else "right", bold=cell.bold,
            quote_prefix=cell.quoted, font_color=_SOFT if cell.soft else _INK, bottom=0 if cell.spilling else 1, bottom_color=_LINE,
            top=2 if top else 0, text_wrap=not cell.spilling,
        )  # fmt: skip

    def head(self, *, numeric: bool) -> Any:
        align = "right" if numeric else "left"
        return self.form(bold=True, bg_color=_HEAD, top=2, bottom=2, valign="bottom", font_color=_INK, align=align)

    def caption(self) -> Any:
        return self.form(bold=True, font_size=12, text_wrap=False, font_color=_INK)

    def form(self, **wanted: Any) -> Any:
        key = tuple(sorted(wanted.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format({"font_name": _FONT, "font_size": 10, "valign": "top", "text_wrap": True} | wanted)
        return self._made[key]


class _Writer:
    def __init__(self, book: Any, forms: _Forms, sheet: Sheet, foot: str) -> None:
        self.book, self.forms, self.sheet = book, forms, sheet
        self.widths = _widths(sheet.grids)
        self.page = book.add_worksheet(sheet.name)
        self.page.set_landscape()
        self.page.set_paper(_A4 if len(self.widths) <= _WIDE else _A3)
        self.page.fit_to_pages(1, 0)
        self.page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        self.page.set_footer(f"&L&8{foot.replace('&', '&&')}&R&8&P/&N")
        self.page.hide_gridlines(2)

    def write(self) -> None:
        for column, width in enumerate(self.widths):
            self.page.set_column(column, column, width)
        row = 0
        for grid in self.sheet.grids:
            row = self._grid(grid, row) + 2
        if self.sheet.filtered:
            self._as_list(self.sheet.grids[0])

    def _grid(self, grid: Grid, row: int) -> int:
        """Write a grid from a row on; returns the row behind it."""
        if grid.caption:
            self.page.set_row(row, 22)
            self.page.write_string(row, 0, grid.caption, self.forms.caption())
            row += 1
        first = row + bool(grid.head)
        self._head(grid, row)
        for number, cells in enumerate(grid.rows):
            self._row(first + number, cells, top=grid.total and number + 1 == len(grid.rows))
        self._choices(grid, first)
        behind = first + len(grid.rows)
        if grid.chart and grid.chart.looks:
            self._chart(grid, grid.chart, first, behind)
            return behind + _CHART_ROWS
        return behind

    def _head(self, grid: Grid, row: int) -> None:
        for column, words in enumerate(grid.head):
            numeric = bool(grid.rows) and isinstance(_value(grid.rows[0][column]), int)
            self.page.write_string(row, column, words, self.forms.head(numeric=numeric))
        if grid.head:
            self._height(row, [Cell(words, bold=True) for words in grid.head])

    def _row(self, row: int, cells: Sequence[Cell | None], *, top: bool) -> None:
        for column, cell in enumerate(cells):
            if cell is not None:
                self._cell(row, column, cell, top)
        self._height(row, cells)

    def _height(self, row: int, cells: Sequence[Cell | None]) -> None:
        """Room for wrapped text: not every program finds it by itself."""
        lines = 1
        for cell, width in zip(cells, self.widths, strict=False):
            if cell is not None and isinstance(cell.value, str) and not cell.spilling and not is_short(cell.value, width):
                lines = max(lines, line_count(cell.value, width))
        if lines > 1:
            self.page.set_row(row, min(_HIGHEST, lines * _LINE_HEIGHT + 3))

    def _cell(self, row: int, column: int, cell: Cell, top: bool) -> None:
        form = self.forms.of(cell, top=top)
        match cell.value:
            case None:
                self.page.write_blank(row, column, None, form)
            case str():
                self.page.write_string(row, column, _cut(cell.value), form)
            case dt.date() if cell.value < FIRST_DAY:
                self.page.write_string(row, column, cell.value.isoformat(), form)
            case dt.date():
                self.page.write_datetime(row, column, dt.datetime.combine(cell.value, dt.time()), form)
            case _:
                self.page.write_number(row, column, cell.value, form)

    def _choices(self, grid: Grid, first: int) -> None:
        for column, words in grid.choices.items():
            if grid.rows and sum(len(one) + 1 for one in words) <= _MOST_CHOICES:
                self.page.data_validation(first, column, first + len(grid.rows) - 1, column, {"validate": "list", "source": words})

    def _as_list(self, grid: Grid) -> None:
        head = 1 if grid.caption else 0
        self.page.freeze_panes(head + 1, self.sheet.frozen_columns)
        self.page.autofilter(head, 0, head + max(1, len(grid.rows)), len(grid.head) - 1)
        self.page.repeat_rows(head)

    def _chart(self, grid: Grid, wanted: Chart, first: int, behind: int) -> None:
        chart = self.book.add_chart({"type": "column" if wanted.upright else "bar", "subtype": "stacked"})
        for place, look in wanted.looks.items():
            chart.add_series(
                self._series(wanted, place, first, behind - 1) | {"border": {"color": _INK, "width": 0.5}, "gap": 60} | _filled(look)
            )
        chart.set_title({"name": wanted.title, "name_font": {"size": 11}})
        chart.set_legend({"position": "bottom"})
        plain = {"num_font": {"size": 9}, "major_gridlines": {"visible": False}}
        days = {"text_axis": True, "num_format": self.forms.date_form}  # or they are read as the numbers they are stored as
        chart.set_x_axis(plain | (days if wanted.upright else {"label_position": "high"}))
        chart.set_y_axis(plain | ({} if wanted.upright else {"reverse": True}))
        chart.set_size({"width": 760, "height": 340})
        self.page.insert_chart(behind + 1, 0, chart, {"description": wanted.description})

    def _series(self, wanted: Chart, place: int, first: int, last: int) -> dict[str, Any]:
        """Where the name, the categories and the values of a series stand."""
        name = self.sheet.name
        if wanted.upright:
            return {"name": [name, first - 1, place], "categories": [name, first, 0, last, 0], "values": [name, first, place, last, place]}
        row, end = first + place - 1, wanted.columns
        return {"name": [name, row, 0], "categories": [name, first - 1, 1, first - 1, end], "values": [name, row, 1, row, end]}


def _filled(look: Look) -> dict[str, Any]:
    if look.pattern is None:
        return {"fill": {"color": look.fill}}
    return {"pattern": {"pattern": look.pattern, "fg_color": look.strokes, "bg_color": look.fill}}


def _widths(grids: Sequence[Grid]) -> list[int]:
    """How wide the columns are; Chinese characters count double, and heads may break at a space."""
    found: list[int] = []
    for column in range(max((max(len(grid.head), *map(len, grid.rows), 0) for grid in grids), default=0)):
        heads = [max(map(letters, grid.head[column].split()), default=0) + 3 for grid in grids if column < len(grid.head)]
        cells = [max(line_widths(_shown(row[column]))) for grid in grids for row in grid.rows if column < len(row)]
        found.append(min(_WIDEST, max([_NARROWEST, *heads, *cells]) + 2))
    return found


def _cut(words: str) -> str:
    """As much of a text as a cell holds."""
    if not is_too_long(words, _LONGEST):
        return words
    return words.encode("utf-16-le")[: 2 * _LONGEST].decode("utf-16-le", "ignore") + "…"


def _value(cell: Cell | None) -> str | int | dt.date | None:
    return None if cell is None else cell.value


def _shown(cell: Cell | None) -> str:
    if cell is None or cell.value is None or cell.spilling:
        return ""
    return "0000-00-00 0000" if isinstance(cell.value, dt.date) else str(cell.value)


def cells(data: bytes) -> Iterator[Cell]:
    """The cells that hold something, sheet by sheet and row by row; text that is marked as such is `quoted`."""
    book = load_workbook(io.BytesIO(data))
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                if cell.value is not None:
                    value = cell.value.date() if isinstance(cell.value, dt.datetime) else cell.value
                    yield Cell(value if isinstance(value, int | dt.date) else str(value), quoted=bool(cell.quotePrefix))
    book.close()

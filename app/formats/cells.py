"""What a table holds, whatever the file: columns, and cells that are texts, whole numbers, dates or nothing."""

import datetime as dt
import enum
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

Cell = str | int | dt.date | None
Row = Sequence[Cell]


class Kind(enum.Enum):
    """How a column is shown: texts that may be long are wrapped."""

    CODE = enum.auto()
    TEXT = enum.auto()
    NUMBER = enum.auto()
    DATE = enum.auto()


class Column(NamedTuple):
    """A column under its heading."""

    heading: str
    kind: Kind = Kind.TEXT


class Table(NamedTuple):
    """A table under its name; the rows are read once."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Row]


LONGEST_CELL = 32_767
"""How many characters a cell of a workbook holds, those outside the first plane counted twice."""
FIRST_DAY = dt.date(1900, 3, 1)
"""The first day that every program reads alike: one of them believes in a 29 February 1900."""


def is_too_long(text: str, most: int = LONGEST_CELL) -> bool:
    """Whether a cell of a workbook would lose the end of a text."""
    return 2 * len(text) > most and len(text.encode("utf-16-le")) // 2 > most


def shown_width(text: str) -> int:
    """How many columns of a terminal or half-width characters the longest line takes: a Chinese character takes two."""
    lines = (sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line) for line in text.split("\n"))
    return max(lines, default=0)

"""Comma-separated files (RFC 4180) that a spreadsheet program can open without running anything in them.

Every cell is quoted; the file is UTF-8 with a byte order mark and CRLF. A text that a program would take for a formula gets an apostrophe
in front, and so does one that begins with apostrophes before such a text, so that taking one apostrophe away gives every text back.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from app.formats.cells import Cell, Table

BOM = b"\xef\xbb\xbf"
_UNSEEN = "\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_FORMULA = re.compile(f"'*[{_UNSEEN}]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*%?")
_LONGEST_FIELD = 200_000


class CommaError(ValueError):
    """The bytes are no such file; `code` says why and `row` where (0 for the file as a whole)."""

    def __init__(self, code: str, row: int = 0) -> None:
        super().__init__(code)
        self.code, self.row = code, row


def guarded(text: str) -> str:
    """The text as it stands in a file: with an apostrophe in front where it would be taken for a formula."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """The inverse of `guarded`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def write(file: BinaryIO, table: Table) -> None:
    """Write a table with its headings; nothing is an empty cell."""
    file.write(BOM)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    try:
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow([column.heading for column in table.columns])
        writer.writerows([_shown(cell) for cell in row] for row in table.rows)
        text.flush()
    finally:
        text.detach()


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guarded(cell)
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def read(content: bytes) -> Iterator[list[str]]:
    """The rows of a file, guards taken away; also as spreadsheet programs save it: separated by semicolons or tabs, or in UTF-16.

    Raises CommaError.
    """
    text = _text(content)
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    csv.field_size_limit(_LONGEST_FIELD)
    number = 0
    try:
        for row in _rows(text, separator):
            number += 1
            yield [unguarded(cell.replace("\r\n", "\n")) for cell in row]
    except csv.Error as error:
        raise CommaError("csv_broken", number + 1) from error


def _rows(text: str, separator: str) -> Iterable[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)


def _text(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise CommaError("csv_not_utf8", content[: error.start].count(b"\n") + 1) from error

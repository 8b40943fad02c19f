"""The formats of a report. A format is one module with `write` and `read`; here it has its name and a line of the table."""

import enum
import importlib
from collections.abc import Iterable, Iterator
from typing import Protocol, cast

import msgspec

from app.reports.blocks import Outline
from app.reports.model import Report
from app.reports.proof import Line
from app.reports.voice import Tick, Voice


class About(msgspec.Struct, frozen=True):
    """A format: its media type, what it is called, and how many commitments and parts it takes over the network."""

    media_type: str
    name: str
    most: int
    shown: bool = False
    """Whether a browser shows it rather than keeping it."""


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS = {
    "json": About("application/json", "JSON, always in both languages", 20_000, shown=True),
    "html": About("text/html; charset=utf-8", "one web page", 20_000, shown=True),
    "md": About("text/markdown; charset=utf-8", "Markdown", 20_000),
    "docx": About(f"{_OFFICE}.wordprocessingml.document", "a Word file", 5_000),
    "pdf": About("application/pdf", "PDF", 1_000),
    "xlsx": About(f"{_OFFICE}.spreadsheetml.sheet", "a workbook", 20_000),
}


class Format(enum.StrEnum):
    """The names of the formats, which are the endings of their files."""

    JSON = "json"
    HTML = "html"
    MD = "md"
    DOCX = "docx"
    PDF = "pdf"
    XLSX = "xlsx"


class Writer(Protocol):
    """What the module of a format offers."""

    def write(self, report: Report, laid: Outline, voice: Voice, tick: Tick) -> Iterator[bytes]:
        """The file in pieces, from the values or from the blocks they are laid out as; `tick` is told how far it is."""

    def read(self, data: bytes) -> Iterable[Line]:
        """The lines of a finished file in one language, for the proof."""


def writer(format: Format) -> Writer:
    """The module of a format; the libraries behind it are loaded with it, and only then."""
    return cast(Writer, importlib.import_module(f"app.reports.as_{format}"))

"""The formats of a report. A format is one module with `write` and `read`; here it has its name and its media type."""

import enum
import importlib
from collections.abc import Iterable, Iterator
from typing import Protocol, cast

from app.reports.model import Report
from app.reports.proof import Line
from app.reports.voice import Tick, Voice


class Format(enum.StrEnum):
    JSON = "json"
    HTML = "html"
    MD = "md"
    DOCX = "docx"
    PDF = "pdf"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.HTML: "text/html; charset=utf-8",
    Format.MD: "text/markdown; charset=utf-8",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.PDF: "application/pdf",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Writer(Protocol):
    """What the module of a format offers."""

    def write(self, report: Report, voice: Voice, tick: Tick) -> Iterator[bytes]:
        """The file in pieces; `tick` is told how far it is."""

    def read(self, data: bytes) -> Iterable[Line]:
        """The lines of a finished file in one language, for the proof."""


def writer(format: Format) -> Writer:
    """The module of a format; the libraries behind it are loaded with it, and only then."""
    return cast(Writer, importlib.import_module(f"app.reports.as_{format}"))

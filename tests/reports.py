"""Reports for tests: the register of the samples, and what readers other than ours find in a file."""

import importlib.util
import io
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import docx
import openpyxl
import pypdf

from app.formats.pdf_text import runs
from app.i18n import Lang
from app.reports.formats import Format, writer
from app.reports.model import Report
from app.reports.outline import outline
from app.reports.request import Layout
from app.reports.voice import Voice

ROOT = Path(__file__).parent.parent


def samples() -> ModuleType:
    """The script that makes the sample reports."""
    spec = importlib.util.spec_from_file_location("samples", ROOT / "docs" / "samples.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(report: Report, format: Format, *langs: Lang, layout: Layout = Layout.COLUMNS) -> bytes:
    return b"".join(writer(format).write(report, outline(report), Voice(langs or tuple(Lang), layout), lambda _done, _all: None))


class Words(HTMLParser):
    """All text of a page, its head and style apart, and every address it names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self._skipped = "", 0
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag in ("style", "title", "desc")
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "poster", "action")]

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in ("style", "title", "desc")

    def handle_data(self, data: str) -> None:
        self.text += "" if self._skipped else data


def pdf(data: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(data))


def word(data: bytes) -> Any:
    return docx.Document(io.BytesIO(data))


def workbook(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def part(data: bytes, name: str) -> str:
    """A part of a Word file or a workbook."""
    return zipfile.ZipFile(io.BytesIO(data)).read(name).decode()


def text_of(data: bytes, format: Format) -> str:
    """All text of a finished file."""
    match format:
        case Format.PDF:
            return "\n".join(text for text, _ in runs(data))  # without heads and feet, which stand in the middle of a long text
        case Format.DOCX:
            return re.sub("<w:br/>", "\n", "".join(re.findall(r"<w:t[ >][^<]*|<w:br/>|</w:p>", part(data, "word/document.xml"))))
        case Format.XLSX:
            return "\n".join(
                str(cell.value) for page in workbook(data) for row in page.iter_rows() for cell in row if cell.value is not None
            )
        case Format.HTML:
            return Words(data.decode()).text
    return data.decode()

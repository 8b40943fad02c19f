"""What a report costs beside its library alone, and how that grows from 25 commitments to 2,000 with three updates each.

    python -m benchmarks.reports [--sizes 25 2000] [--formats docx xlsx html md json pdf]

"Library alone" is typst compiling the same source, docxtpl filling the same template with the same data, and XlsxWriter writing the same
cells with the same formats, widths, heights, choices and charts, in the same process, after one run that does not count.
"""

import argparse
import datetime as dt
import functools
import io
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import xlsxwriter
from docxtpl import DocxTemplate

from app.actors import system_actor
from app.collector import collect_seldom
from app.db import Database
from app.db.backends import open_backend
from app.db.migrate import migrate
from app.db.sessions import WriteSession
from app.domain.commitments import NewCommitment, create_commitment
from app.domain.documents import NewDocument, create_document
from app.domain.intake import read
from app.domain.statuses import StatusChange, record_update
from app.formats import docx, pdf
from app.register import REGISTER
from app.reports.build import progress_report
from app.reports.delivery import delivered
from app.reports.formats import Format
from app.reports.model import Report
from app.reports.request import Content, Layout, ReportLang
from benchmarks.generate import PER_DOCUMENT, SOURCE, Row, rows

_ACTOR = system_actor("benchmark")
_STATUSES = ("not_started", "under_implementation", "continuing")
_CONTENT = Content(as_of=dt.date(2026, 11, 22))
Alone = Callable[[], Any]


def fill(db: Database, number: int) -> None:
    """`number` operational commitments in documents of 25, each with three updates; a transaction for each document."""
    source = SOURCE.read_text("utf-8").replace("\n", "")
    drawn = list(rows(number, "".join(filter(str.isalnum, source))))
    for start in range(0, number, PER_DOCUMENT):
        some = drawn[start : start + PER_DOCUMENT]
        with db.write(_ACTOR) as session:
            title = {"zh": f"测试文件 {some[0].document}", "en": f"Test document {some[0].document}"}
            create_document(session, read(NewDocument, {"symbol": some[0].document, "title": title, "adopted_on": "2022-11-24"}))
            for row in some:
                _commitment(session, row)


def _commitment(session: WriteSession, row: Row) -> None:
    new = {"ref": row.ref, "document": row.document, "kind": row.kind, "position": row.position, "tracking": "operational"}
    made = create_commitment(session, read(NewCommitment, {**new, "text": {"zh": row.text_zh, "en": row.text_en}}))
    for year, status in enumerate(_STATUSES, 2023):
        narrative = {"zh": row.text_zh[:80], "en": row.text_en[:160]}
        raw = {"status": status, "effective_on": f"{year}-06-01", "narrative": narrative, "state": "published"}
        record_update(session, made, read(StatusChange, raw))


def measured(action: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    made = action()
    return time.perf_counter() - began, made


class Noted(NamedTuple):
    args: Any
    kwargs: Any
    seconds: float


@contextmanager
def noted(module: Any, name: str) -> Iterator[list[Noted]]:
    """Whatever a writer hands to a function of a format, so that the library can be given the same."""
    calls: list[Noted] = []
    original = getattr(module, name)

    def noting(*args: Any, **kwargs: Any) -> Any:
        seconds, found = measured(lambda: original(*args, **kwargs))
        calls.append(Noted(args, kwargs, seconds))
        return found

    with mock.patch.object(module, name, noting):
        yield calls


def alone(report: Report, kind: Format) -> Alone | None:
    """The library by itself on what a report gave it."""
    if kind is Format.XLSX:
        return _xlsxwriter(report)
    if kind is not Format.DOCX:
        return None
    with noted(docx, "filled") as calls:
        made(report, kind)
    return lambda: _docxtpl(*calls[-1].args[:2])


def _docxtpl(template: bytes, context: Any) -> None:
    document = DocxTemplate(io.BytesIO(template))
    document.render(dict(context), autoescape=True)
    document.save(io.BytesIO())


def _xlsxwriter(report: Report) -> Alone:
    """What the report asked of its workbook, to be asked once more of a second one that is as new."""
    asked: list[Alone] = []
    book = xlsxwriter.Workbook

    def double(file: Any, options: Any) -> _Double:
        return _Double(book(file, options), book(io.BytesIO(), options), asked)

    with mock.patch.object(xlsxwriter, "Workbook", double):
        made(report, Format.XLSX)
    return lambda: [again() for again in asked]


class _Double:
    """Two objects of XlsxWriter as one: what is asked of the first is kept for the second, which is made at the same time."""

    def __init__(self, first: Any, second: Any, asked: list[Alone]) -> None:
        self.first, self.second, self.asked = first, second, asked

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any, **kwargs: Any) -> Any:
            found = getattr(self.first, name)(*(one.first if isinstance(one, _Double) else one for one in args), **kwargs)
            others = (one.second if isinstance(one, _Double) else one for one in args)
            again = functools.partial(getattr(self.second, name), *others, **kwargs)
            if name in ("add_worksheet", "add_format", "add_chart"):
                return _Double(found, again(), self.asked)
            self.asked.append(again)
            return found

        return ask


def made(report: Report, kind: Format) -> int:
    return sum(map(len, delivered(report, kind, ReportLang.BOTH, Layout.COLUMNS)))


def main() -> None:
    collect_seldom()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[25, 2000])
    parser.add_argument("--formats", nargs="+", default=["json", "md", "html", "xlsx", "docx", "pdf"])
    args = parser.parse_args()
    print("| commitments | format | read | write | library alone | ratio | size | peak memory |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for size in args.sizes:
        with tempfile.TemporaryDirectory() as folder:
            backend = open_backend(f"sqlite:///{Path(folder) / 'reports.db'}", readers=1)
            migrate(backend)
            db = Database(backend, REGISTER)
            fill(db, size)
            for _ in range(2):  # the first run compiles the statements
                with db.read() as session:
                    reading, report = measured(functools.partial(progress_report, session, _CONTENT, 12))
            for kind in map(Format, args.formats):
                _line(report, kind, size, reading)
            db.close()


def _line(report: Report, kind: Format, size: int, reading: float) -> None:
    if kind is Format.PDF:  # typst remembers what it has compiled, so that a second run would say nothing
        with noted(pdf, "compiled") as calls:
            writing, length = measured(lambda: made(report, kind))
        by_itself: float | None = calls[0].seconds
    else:
        made(report, kind)  # the run that does not count
        writing, length = measured(lambda: made(report, kind))
        library = alone(report, kind)
        by_itself = measured(library)[0] if library else None
    ratio = "" if by_itself is None else f"{(reading + writing) / by_itself:.2f}"
    memory = sum(resource.getrusage(whose).ru_maxrss for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    beside = "" if by_itself is None else f"{by_itself:.2f} s"
    times = f"{reading:.2f} s | {writing:.2f} s | {beside} | {ratio}"
    print(f"| {size} | {kind} | {times} | {length / 1024:.0f} kB | {memory:.0f} MB |", flush=True)


if __name__ == "__main__":
    main()

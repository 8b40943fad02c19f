"""Progress reports to download, one address for each format."""

import itertools
from collections.abc import Callable
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from app.names import slug_of
from app.reports import as_html, formats
from app.reports.build import progress_report
from app.reports.delivery import delivered
from app.reports.formats import Format
from app.reports.model import Report
from app.reports.request import ReportQuery
from app.web.call import Call
from app.web.describe import operation
from app.web.running import reporting

LIMITS = {Format.JSON: 20_000, Format.HTML: 20_000, Format.MD: 20_000, Format.DOCX: 5_000, Format.PDF: 2_500, Format.XLSX: 20_000}
"""How many commitments and parts a report may have over the network; the command line has no limit."""
_NAMES = {
    Format.JSON: "JSON, always in both languages", Format.HTML: "one web page", Format.MD: "Markdown", Format.DOCX: "a Word file",
    Format.PDF: "PDF", Format.XLSX: "a workbook",
}  # fmt: skip
_TEXT = (
    "The same for everybody: only what is public counts. Everything is resolved and printed: the same ledger and the same request give the "
    "same bytes. A report in both languages is handed out only after both are proved to say the same (409 otherwise). With `gate=refuse` "
    "it is 409 while a text in it is missing in a language, unchecked or stale. At most {limit} commitments and parts in this format "
    "(422); 503 while too many other reports are being made."
)


def _described(format: Format) -> dict[str, Any]:
    return operation(
        summary=f"A progress report as {_NAMES[format]}",
        tag="Reports",
        text=_TEXT.format(limit=f"{LIMITS[format]:,}"),
        answers=Report if format is Format.JSON else bytes,
        produces=formats.MEDIA_TYPES[format],
        query=ReportQuery,
        refuses=True,
    )


def _handler(format: Format) -> Callable[..., Response[Any]]:
    def report(self: Controller, call: NamedDependency[Call]) -> Response[Any]:
        asked = call.query(ReportQuery)
        with call.read() as session:
            made = progress_report(session, asked, call.settings.review_months, most=LIMITS[format])
        pieces = delivered(made, format, asked.lang, asked.layout)
        first = next(pieces, b"")  # what cannot be made fails here, before anything is sent
        headers = call.public_headers() | {"content-disposition": f'{_KINDS[format]}; filename="{_file_name(made, asked, format)}"'}
        headers |= {"content-security-policy": as_html.POLICY} if format is Format.HTML else {}
        body = call.reporters.streamed(itertools.chain([first], pieces))
        return Stream(body, headers=headers, media_type=formats.MEDIA_TYPES[format].partition(";")[0])

    return report


_KINDS = dict.fromkeys(Format, "attachment") | {Format.JSON: "inline", Format.HTML: "inline"}


def _file_name(report: Report, asked: ReportQuery, format: Format) -> str:
    """In ASCII: the document, the day and the language."""
    documents = report.request.documents
    about = slug_of(documents[0]) if len(documents) == 1 else "documents"
    lang = "" if format is Format.JSON else f"-{asked.lang.replace(',', '-')}"
    return f"progress-{about}-{report.request.as_of}{lang}.{format}"


class Reports(Controller):
    path = "/reports"

    as_json = get("/progress.json", **_described(Format.JSON))(reporting(_handler(Format.JSON)))
    as_html = get("/progress.html", **_described(Format.HTML))(reporting(_handler(Format.HTML)))
    as_md = get("/progress.md", **_described(Format.MD))(reporting(_handler(Format.MD)))
    as_docx = get("/progress.docx", **_described(Format.DOCX))(reporting(_handler(Format.DOCX)))
    as_pdf = get("/progress.pdf", **_described(Format.PDF))(reporting(_handler(Format.PDF)))
    as_xlsx = get("/progress.xlsx", **_described(Format.XLSX))(reporting(_handler(Format.XLSX)))

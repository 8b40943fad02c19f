"""Progress reports to download, one address for each format."""

import itertools
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from app.names import slug_of
from app.reports import as_html
from app.reports.build import progress_report
from app.reports.delivery import delivered
from app.reports.formats import FORMATS, Format
from app.reports.model import Report
from app.reports.request import ReportQuery
from app.web.call import Call
from app.web.describe import operation
from app.web.running import reporting

_TEXT = (
    "The same for everybody: only what is public counts. Everything is resolved and printed: the same ledger and the same request give the "
    "same bytes. A report in both languages is handed out only after both are proved to say the same (409 otherwise). With `gate=refuse` "
    "it is 409 while a text in it is missing in a language, unchecked or stale. At most {limit} commitments and parts in this format "
    "(422); 503 while too many other reports are being made, or where one takes too much to make."
)


def _handler(format: Format) -> Any:
    about = FORMATS[format]

    @get(
        f"/reports/progress.{format}",
        **operation(
            summary=f"A progress report as {about.name}",
            tag="Reports",
            text=_TEXT.format(limit=f"{about.most:,}"),
            answers=Report if format is Format.JSON else None,
            file=None if format is Format.JSON else about.media_type,
            query=ReportQuery,
            refuses=True,
        ),
    )
    @reporting
    def report(call: NamedDependency[Call]) -> Response[Any]:
        asked = call.query(ReportQuery)
        with call.read() as session:
            made = progress_report(session, asked, call.settings.review_months, most=about.most)
        pieces = delivered(made, format, asked.lang, asked.layout)
        first = next(pieces, b"")  # what cannot be made fails here, before anything is sent
        kind = "inline" if about.shown else "attachment"
        headers = call.public_headers() | {"content-disposition": f'{kind}; filename="{_file_name(made, asked, format)}"'}
        headers |= {"content-security-policy": as_html.POLICY} if format is Format.HTML else {}
        body = call.reporters.streamed(itertools.chain([first], pieces))
        return Stream(body, headers=headers, media_type=about.media_type.partition(";")[0])

    return report


def _file_name(report: Report, asked: ReportQuery, format: Format) -> str:
    """In ASCII: the document, the day and the language."""
    documents = report.request.documents
    about = slug_of(documents[0]) if len(documents) == 1 else "documents"
    lang = "" if format is Format.JSON else f"-{asked.lang.replace(',', '-')}"
    return f"progress-{about}-{report.request.as_of}{lang}.{format}"


HANDLERS = tuple(map(_handler, Format))
"""One for each format."""

"""Reports: what goes into one is chosen here, its numbers are shown, and the files are one click away."""

import datetime as dt
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from msgspec import Meta

from app.domain.intake import Code, Symbol
from app.domain.labels import document_names
from app.domain.moments import Recorded
from app.domain.progress import ProgressQuery, progress
from app.errors import Invalid
from app.web import reading
from app.web.describe import page
from app.web.problems import body_of
from app.web.rendering import with_query
from app.web.running import in_thread
from app.web.visit import Visit

FORMATS = ("pdf", "docx", "xlsx", "html", "md", "json")
_FILES = "/api/v1/reports/progress"


class ReportChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of; the names are those of the API."""

    lang: Annotated[str, Meta(max_length=5, pattern="^(zh|en|zh,en)$")] | None = None
    layout: Annotated[str, Meta(max_length=20, pattern="^(columns|interleaved)$")] | None = None
    document: Annotated[list[Symbol], Meta(max_length=50)] = []
    event: Code | None = None
    since: dt.date | None = None
    as_of: dt.date | None = None
    as_recorded: Recorded | None = None
    gate: Annotated[str, Meta(max_length=10, pattern="^(mark|refuse)$")] | None = None


class Reports(Controller):
    path = "/reports"

    @get("/", **page())
    @in_thread
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            asked = call.query(ReportChoice)
            numbers, wrong = None, []
            try:
                query = ProgressQuery(document=asked.document, event=asked.event, since=asked.since, as_of=asked.as_of)
                numbers = progress(session, query, call.settings.review_months)
            except Invalid as problem:
                wrong = [error.detail for error in body_of(problem, call.lang, "").errors]
            return call.render(
                "reports.html", status=422 if wrong else 200, asked=asked, numbers=numbers, wrong=wrong,
                documents=document_names(session), files=_files(call), months=call.settings.review_months,
            )  # fmt: skip


def _files(call: Visit) -> list[tuple[str, str]]:
    """Each format with the address of the report in it; a report is in the language of the page unless another one was chosen."""
    chosen: list[tuple[str, Any]] = list(reading.pairs(call.query_string))
    if not any(name == "lang" for name, _ in chosen):
        chosen.insert(0, ("lang", call.lang.value))
    return [(one, with_query(f"{_FILES}.{one}", [pair for pair in chosen if one != "json" or pair[0] != "lang"])) for one in FORMATS]

"""Reports: what goes into one is chosen here, the report itself is looked at, and the files are one click away."""

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from msgspec import Meta

from app.db.sessions import ReadSession
from app.domain.commands import day_error
from app.domain.intake import Code, Symbol
from app.domain.labels import document_names
from app.domain.moments import Recorded
from app.domain.progress import Progress, ProgressQuery, progress
from app.errors import N_, Conflict, FieldError, Invalid, NotFound
from app.i18n import Lang, day_words, gettext
from app.record_words import field_name
from app.reports.build import progress_report
from app.reports.formats import FORMATS as ABOUT
from app.reports.request import Content, Gate
from app.web import reading
from app.web.describe import page
from app.web.problems import body_of, said
from app.web.rendering import address, label, with_query
from app.web.running import reporting
from app.web.visit import Visit

FORMATS = ("pdf", "docx", "xlsx", "html", "md", "json")
_FILES = "/api/v1/reports/progress"
FIELDS = {
    "event": N_("For the workshop"), "since": N_("What changed since"), "as_of": N_("As things stood on"),
    "as_recorded": N_("As recorded at the beginning of"),
}  # fmt: skip
"""The fields of the form that may say what no report can be made of, as they are called there."""
_PAGES = {"commitment": "commitments", "action": "actions", "status update": "updates"}


class ReportChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of; the names are those of the API."""

    lang: Annotated[str, Meta(max_length=5, pattern="^(zh|en|zh,en)$")] | None = None
    layout: Annotated[str, Meta(max_length=20, pattern="^(columns|interleaved)$")] | None = None
    document: Annotated[list[Symbol], Meta(max_length=50)] = []
    event: Code | None = None
    since: dt.date | None = None
    as_of: dt.date | None = None
    as_recorded: Recorded | None = None
    gate: Gate = Gate.MARK

    @property
    def content(self) -> Content:
        return Content(
            document=self.document, event=self.event, since=self.since, as_of=self.as_of, as_recorded=self.as_recorded, gate=self.gate
        )


class OpenText(msgspec.Struct, frozen=True):
    """A text for which a report is refused: whose it is, which one, and what is the matter with it."""

    ref: str
    link: str
    field: str
    state: str


class Offer(msgspec.Struct, frozen=True):
    """A format with the address of the report in it; with `most` it is too large for it."""

    format: str
    link: str
    most: int | None


class Wrong(msgspec.Struct, frozen=True):
    """Something that cannot be asked: which field says it, empty where the form has none, what that is called, and what is wrong."""

    field: str
    name: str
    text: str


class Made(msgspec.Struct):
    """What the page knows of the report that was asked for."""

    numbers: Progress | None = None
    wrong: list[Wrong] = []
    number: int = 0
    open_texts: list[OpenText] = []


class Reports(Controller):
    path = "/reports"

    @get("/", **page())
    @reporting
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            asked = call.query(ReportChoice)
            made = _made(session, call, asked)
            files = _files(call, made.numbers)
            return call.render(
                "reports.html", status=422 if made.wrong else 409 if made.number else 200, asked=asked, made=made, files=files,
                fields=FIELDS, documents=document_names(session), months=call.settings.review_months,
                shown=next(one for one in files if one.format == "html"),
            )  # fmt: skip


def _made(session: ReadSession, call: Visit, asked: ReportChoice) -> Made:
    """The numbers of the report, or why there is none. Only what takes the whole report to know makes the whole report."""
    try:
        if asked.as_of is not None and (errors := day_error("?as_of", None, asked.as_of, session.now)):
            raise Invalid(errors=tuple(errors))
        if asked.as_recorded is None and asked.gate is Gate.MARK:
            query = ProgressQuery(document=asked.document, event=asked.event, since=asked.since, as_of=asked.as_of)
            return Made(progress(session, query, call.settings.review_months))
        return Made(progress_report(session, asked.content, call.settings.review_months, most=ABOUT["html"].most).numbers)
    except Conflict as refused:
        return Made(number=refused.params["number"], open_texts=list(_open(call, refused.errors)))
    except Invalid as problem:
        return Made(wrong=[_wrong(call.lang, error) for error in problem.errors])
    except NotFound as problem:
        return Made(wrong=[Wrong("as_recorded", gettext(call.lang, FIELDS["as_recorded"]), body_of(problem, call.lang, "").detail)])


def _wrong(lang: Lang, error: FieldError) -> Wrong:
    field = error.pointer.removeprefix("?")
    if error.code == "dates_reversed":
        text = gettext(
            lang, N_("This day lies after the one on which things are to be shown ({day})."), day=day_words(lang, error.params["date"])
        )
    else:
        text = said(lang, error.code, error.params)
    return Wrong(field if field in FIELDS else "", gettext(lang, FIELDS[field]) if field in FIELDS else "", text)


def _open(call: Visit, errors: tuple[FieldError, ...]) -> Iterator[OpenText]:
    for error in errors:
        entity, ref, field = (error.params[name] for name in ("entity", "ref", "field"))
        state = label(call.lang, "translation_states", str(error.code).removeprefix("text_"))
        yield OpenText(ref, address(call.lang, _PAGES[entity], ref), field_name(call.lang, field), state)


def _files(call: Visit, numbers: Progress | None) -> list[Offer]:
    """Each format; a report is in the language of the page unless another one was chosen."""
    chosen: list[tuple[str, Any]] = list(reading.pairs(call.query_string))
    if not any(name == "lang" for name, _ in chosen):
        chosen.insert(0, ("lang", call.lang.value))
    size = numbers.operational.total + numbers.declaratory.total + numbers.parts.total if numbers else 0
    found = []
    for one in FORMATS:
        target = with_query(f"{_FILES}.{one}", [pair for pair in chosen if one != "json" or pair[0] != "lang"])
        found.append(Offer(one, target, ABOUT[one].most if size > ABOUT[one].most else None))
    return found

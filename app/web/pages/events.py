"""Events: the workshops of the series, one of them, and what its actions cover, to be printed as an annex of its agenda."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain.actions import ActionFilter, action_page
from app.domain.coverage import Coverage, CoverageFilter, coverage
from app.domain.events import event, events
from app.domain.history import record_history
from app.domain.labels import commitment_names, document_names
from app.domain.lists import Paging
from app.web.describe import page
from app.web.pages.listing import further
from app.web.pages.told import story
from app.web.paths import name_part
from app.web.rendering import name_of
from app.web.running import in_thread, quick
from app.web.visit import Visit

MOST_ROWS = 500
"""Rows of a matrix on one page; beyond, nobody reads it, and the spreadsheet has them all."""


class Events(Controller):
    path = "/events"

    @get("/", **page())
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            call.no_query()
            return call.render("events.html", events=events(session))

    @get("/{event:str}", **page())
    @quick
    def one(self, call: NamedDependency[Visit], event: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            found = _event(session, name_part(event))
            call.no_query()
            return call.render(
                "event.html",
                e=found,
                report=document_names(session, [found.report] if found.report else []),
                actions=action_page(session, ActionFilter(event=[found.id], limit=200)),
            )

    @get("/{event:str}/coverage", **page())
    @in_thread
    def coverage(self, call: NamedDependency[Visit], event: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            found = _event(session, name_part(event))
            filters = call.query(CoverageFilter)
            matrix = coverage(session, found.id, filters.document)
            texts = commitment_names(session, [row.ref for row in matrix.rows[:MOST_ROWS]] + matrix.orphan_commitments[:MOST_ROWS])
            return call.render(
                "coverage.html",
                e=found,
                m=matrix,
                rows=matrix.rows[:MOST_ROWS],
                orphans=matrix.orphan_commitments[:MOST_ROWS],
                texts=texts,
                cells=_cells(matrix),
                documents=document_names(session),
                chosen=filters.document,
                today=session.now.date().isoformat(),
            )

    @get("/{event:str}/history", **page())
    @in_thread
    def history(self, call: NamedDependency[Visit], event: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            found = _event(session, name_part(event))
            told = record_history(session, "event", found.id, call.query(Paging))
            return call.render(
                "history.html", subject=name_of(call.lang, call.names.events, found.id), ref=found.id, back=call.to("events", found.id),
                entries=story(session, call.lang, told.items, call.names), next=further(call, told.next), total=told.total,
            )  # fmt: skip


_event = event


def _cells(matrix: Coverage) -> dict[tuple[str, str], str]:
    """What each link says, by commitment and action."""
    return {(row.ref, cell.action): str(cell.contribution) for row in matrix.rows for cell in row.cells}

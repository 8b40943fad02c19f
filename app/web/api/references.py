"""What commitments refer to: documents, events with their coverage, organizations, frameworks, vocabularies."""

from typing import Any

from litestar import Controller, Response, get, patch
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain import coverage as coverages
from app.domain import documents, events, frameworks, organizations
from app.domain.coverage import Coverage, CoverageFilter
from app.domain.documents import Document
from app.domain.events import Event, EventFields, change_event, event_fields, find_event
from app.domain.frameworks import Framework
from app.domain.lists import Paging, Place, cursor_of, digest, place_of
from app.domain.organizations import Organization
from app.domain.shapes import Page
from app.domain.vocabularies import Vocabularies, vocabularies
from app.web.api.paths import name_part
from app.web.call import Call
from app.web.describe import operation
from app.web.reading import MERGE_PATCH
from app.web.running import in_thread, quick

DOCUMENTS, EVENTS, LISTS = "Documents", "Events", "Reference lists"


class Documents(Controller):
    path = "/documents"

    @get("/", **operation(summary="List documents by symbol", tag=DOCUMENTS, answers=Page[Document], query=Paging))
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            paging = call.query(Paging)
            place = place_of(paging, 1)
            found = documents.documents(session, after=place.keys[0] if place else "", limit=paging.limit + 1)
            total = place.total if place else documents.document_count(session)
        items = found[: paging.limit]
        more = len(found) > paging.limit
        return call.page(Page(items, total, cursor_of(Place(digest(paging), total, [items[-1].symbol])) if more else None))

    @get("/{slug:str}", **operation(summary="One document", tag=DOCUMENTS, answers=Document, tagged=True))
    @quick
    def one(self, call: NamedDependency[Call], slug: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            record = documents.document(session, name_part(slug))
            call.no_query()
        return call.record(record)


class Events(Controller):
    path = "/events"

    @get("/", **operation(summary="List events by series and ordinal", tag=EVENTS, answers=Page[Event]))
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            call.no_query()
            return call.plain(_whole(events.events(session)))

    @get("/{event:str}", **operation(summary="One event", tag=EVENTS, answers=Event, tagged=True))
    @quick
    def one(self, call: NamedDependency[Call], event: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            record = events.event(session, name_part(event))
            call.no_query()
        return call.record(record)

    @patch(
        "/{event:str}",
        **operation(
            summary="Change an event, e.g. its date and place once they are known",
            tag=EVENTS,
            answers=Event,
            tagged=True,
            reads=EventFields,
            media=MERGE_PATCH,
            matches=True,
            command=change_event,
            example={"status": "planned", "starts_on": "2027-11-15", "ends_on": "2027-11-18"},
        ),
    )
    @in_thread
    def change(self, call: NamedDependency[Call], event: FromPath[str]) -> Response[bytes]:
        with call.write(change_event) as session:
            row = find_event(session, name_part(event))
            call.reason(session)
            now = event_fields(session, row)
            fields = call.patched(EventFields, now, matching=row, present=lambda: events.event(session, row.code))
            record = change_event(session, row, fields)
        return call.record(record)

    @get(
        "/{event:str}/coverage",
        **operation(
            summary="Which actions serve which commitments, and the orphans on both sides",
            tag=EVENTS,
            text="The rows are the commitments and parts of the documents of earlier events of the series (or of those named), and "
            "whatever else an action of this event is linked to.",
            answers=Coverage,
            query=CoverageFilter,
        ),
    )
    @in_thread
    def coverage(self, call: NamedDependency[Call], event: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            code = events.event(session, name_part(event)).id
            return call.plain(coverages.coverage(session, code, call.query(CoverageFilter).document))


def _whole(items: list[Any]) -> Page[Any]:
    return Page(items, len(items), None)


class Lists(Controller):
    path = "/"

    @get("/organizations", **operation(summary="List organizations and groups by id", tag=LISTS, answers=Page[Organization]))
    @quick
    def organizations(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            call.no_query()
            return call.plain(_whole(organizations.organizations(session)))

    @get("/frameworks", **operation(summary="List frameworks with their items", tag=LISTS, answers=Page[Framework]))
    @quick
    def frameworks(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            call.no_query()
            return call.plain(_whole(frameworks.frameworks(session)))

    @get(
        "/vocabularies",
        **operation(summary="Codes with their labels in both languages, and the crosswalk of statuses", tag=LISTS, answers=Vocabularies),
    )
    @quick
    def vocabularies(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read():
            call.no_query()
        return call.plain(vocabularies())

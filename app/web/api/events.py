"""Events: the workshops of a series, and what their actions cover."""

from litestar import Controller, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain import coverage as coverages
from app.domain import events
from app.domain.coverage import Coverage, CoverageFilter
from app.domain.detail import RecordQuery, earlier
from app.domain.events import Event, EventFields, NewEvent, change_event, create_event, event_fields, find_event
from app.domain.history import HistoryEntry, record_history
from app.domain.lists import Paging
from app.domain.shapes import Page, whole
from app.web.call import Call
from app.web.describe import operation
from app.web.paths import name_part
from app.web.reading import MERGE_PATCH
from app.web.running import in_thread, quick

TAG = "Events"


class Events(Controller):
    path = "/events"

    @get("/", **operation(summary="List events by series and ordinal", tag=TAG, answers=Page[Event]))
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            call.no_query()
            return call.plain(whole(events.events(session)))

    @get("/{event:str}", **operation(summary="One event", tag=TAG, answers=Event, tagged=True, query=RecordQuery))
    @quick
    def one(self, call: NamedDependency[Call], event: FromPath[str]) -> Response[bytes]:
        with call.read() as session, earlier(session, call.query(RecordQuery)) as then:
            record = events.event(then, name_part(event))
        return call.record(record)

    @patch(
        "/{event:str}",
        **operation(
            summary="Change an event, e.g. its date and place once they are known",
            tag=TAG,
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
            tag=TAG,
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

    @post(
        "/",
        **operation(
            summary="Add an event to a series",
            tag=TAG,
            answers=Event,
            status=201,
            tagged=True,
            reads=NewEvent,
            command=create_event,
            example={"id": "fourth-workshop", "series": "gp-space-exploration-innovation", "ordinal": 4, "name": {"en": "Fourth workshop"}},
        ),
    )
    @in_thread
    def create(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.write(create_event) as session:
            call.reason(session)
            record = create_event(session, call.body(NewEvent))
            return call.record(record, location=f"{call.path}/{record.id}")

    @get(
        "/{event:str}/history",
        **operation(summary="What happened to an event, field by field", tag=TAG, answers=Page[HistoryEntry], query=Paging),
    )
    @in_thread
    def history(self, call: NamedDependency[Call], event: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = events.event(session, name_part(event)).id
            return call.page(record_history(session, "event", known, call.query(Paging)))

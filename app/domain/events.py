"""Events: the workshops of a series."""

import datetime as dt
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import select

from app import tables_references
from app.actors import Permission
from app.codes import EventStatus
from app.db.sessions import Reading, WriteSession
from app.domain.children import organization_rows, replace_children
from app.domain.columns import EVENT as _T
from app.domain.columns import EVENT_ORGANIZER, ORGANIZATION
from app.domain.commands import command
from app.domain.intake import Code, Symbol, Title
from app.domain.shapes import Day, Few, Version, as_text
from app.errors import Conflict, FieldError, Invalid, NotFound
from app.i18n import Text


class Event(msgspec.Struct, frozen=True):
    """A workshop. Dates and place are null until they are known."""

    id: Code
    name: Text
    ordinal: int
    series: str
    starts_on: Day | None
    ends_on: Day | None
    place: Text
    organizers: list[str]
    report: str | None
    status: EventStatus
    version: Version


class EventFields(msgspec.Struct, frozen=True, kw_only=True):
    """What an editor may change of an event."""

    name: Title
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    place: Title = Title()
    organizers: Few[Code] = []
    report: Symbol | None = None
    status: EventStatus = EventStatus.UNKNOWN


class NewEvent(EventFields, frozen=True, kw_only=True):
    """A new event of a series."""

    id: Code
    series: Code
    ordinal: Annotated[int, Meta(ge=1, le=10_000)]


_COLUMNS = select(
    _T.id, _T.code, _T.name_zh, _T.name_en, _T.ordinal, _T.series, as_text(_T.starts_on), as_text(_T.ends_on),
    _T.place_zh, _T.place_en, _T.report, _T.status, _T.version,
).order_by(_T.series, _T.ordinal)  # fmt: skip
_ORGANIZERS = (
    select(EVENT_ORGANIZER.event_id, ORGANIZATION.code)
    .join(ORGANIZATION, ORGANIZATION.id == EVENT_ORGANIZER.organization_id)
    .order_by(EVENT_ORGANIZER.position)
)


def events(session: Reading) -> list[Event]:
    """All events by series and ordinal."""
    return [_shape(row, _organizers(session)) for row in session.rows(_COLUMNS)]


def event(session: Reading, code: str) -> Event:
    """One event. Raises NotFound."""
    row = session.first(_COLUMNS.where(_T.code == code))
    if row is None:
        raise NotFound
    return _shape(row, _organizers(session))


def _organizers(session: Reading) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for identity, code in session.rows(_ORGANIZERS):
        found.setdefault(identity, []).append(code)
    return found


def _shape(row: Any, organizers: dict[int, list[str]]) -> Event:
    identity, code, zh, en, ordinal, series, starts, ends, place_zh, place_en, report, status, version = row
    of_event = organizers.get(identity, [])
    return Event(code, Text(zh, en), ordinal, series, starts, ends, Text(place_zh, place_en), of_event, report, status, version)


def find_event(session: WriteSession, code: str) -> tables_references.Event:
    """The row of an event. Raises NotFound."""
    row: tables_references.Event | None = session.scalars(select(_T).where(_T.code == code)).first()
    if row is None:
        raise NotFound
    return row


def event_fields(session: WriteSession, row: tables_references.Event) -> dict[str, Any]:
    """What a merge patch of this event is merged into: the raw values of EventFields."""
    now = event(session, row.code)
    return {name: msgspec.to_builtins(getattr(now, name)) for name in EventFields.__struct_fields__}


@command("event:change", Permission.PUBLISH)
def change_event(session: WriteSession, row: tables_references.Event, fields: EventFields) -> Event:
    """Give an event these values, e.g. the date and place of the third workshop once they are known."""
    before = event(session, row.code)
    _fill(session, row, fields, _checked(session, fields))
    if event(session, row.code) != before:
        row.version += 1
    return event(session, row.code)


@command("event:create", Permission.PUBLISH)
def create_event(session: WriteSession, new: NewEvent) -> Event:
    """Add an event to a series. Raises Conflict where the id, or its number in the series, is taken."""
    organizers = _checked(session, new)
    if session.value(select(_T.id).where(_T.code == new.id)):
        raise Conflict("ref_taken", ref=new.id)
    if taken := session.value(select(_T.code).where(_T.series == new.series, _T.ordinal == new.ordinal)):
        raise Conflict("ordinal_taken", ref=taken)
    row = _T(code=new.id, series=new.series, ordinal=new.ordinal, status=new.status)
    session.add(row)
    _fill(session, row, new, organizers)
    return event(session, new.id)


def _checked(session: WriteSession, fields: EventFields) -> list[dict[str, Any]]:
    """The rows of the organizers. Raises Invalid with everything that is wrong."""
    organizers, errors = organization_rows(session, fields.organizers, "/organizers")
    if fields.starts_on and fields.ends_on and fields.ends_on < fields.starts_on:
        errors.append(FieldError("/ends_on", "dates_reversed"))
    if not fields.name:
        errors.append(FieldError("/name", "item_needs_title"))
    if errors:
        raise Invalid(errors=tuple(errors))
    return organizers


def _fill(session: WriteSession, row: tables_references.Event, fields: EventFields, organizers: list[dict[str, Any]]) -> None:
    row.name_zh, row.name_en = fields.name.zh, fields.name.en
    row.place_zh, row.place_en = fields.place.zh, fields.place.en
    row.starts_on, row.ends_on = fields.starts_on, fields.ends_on
    row.report, row.status = fields.report, fields.status
    replace_children(session, EVENT_ORGANIZER, "event_id", row, organizers)

"""What happened around accounts and rights: sign-ins, tokens, roles, refused writes. Not in the ledger, kept 400 days, never a secret."""

import datetime as dt
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import bindparam, delete, func, select

from app import tables_people
from app.actors import Permission
from app.codes import NAME_LENGTH, SecurityEventKind
from app.db.sessions import Reading, WriteSession
from app.domain.columns import SECURITY_EVENT as _T
from app.domain.columns import USER as _U
from app.domain.commands import view
from app.domain.intake import Code
from app.domain.lists import Paging, Place, cursor_of, digest, number_of, place_of
from app.domain.moments import Since, moment
from app.domain.shapes import Moment, Page, as_text

KEPT_DAYS = 400
_OLD = delete(_T).where(_T.at < bindparam("limit"))
Values = Meta(max_length=50)


class Origin(msgspec.Struct, frozen=True):
    """Where something was done: the address of the client, its program, and the id of the request. Null for the command line."""

    address: str | None = None
    agent: str | None = None
    request: str | None = None


HERE = Origin()
"""The command line, and the program itself."""


class Person(msgspec.Struct, frozen=True):
    """Somebody by the opaque id; `name` is null for the program itself."""

    id: str
    name: str | None


class SecurityEvent(msgspec.Struct, frozen=True):
    """One thing that happened; `user` is whom it concerns and null where nobody of that name is known."""

    id: int
    at: Moment
    kind: SecurityEventKind
    user: Person | None
    actor: Person | None
    address: str | None
    request: str | None
    detail: str | None


class SecurityEventFilter(Paging, frozen=True, kw_only=True):
    """What the list can be narrowed to."""

    kind: Annotated[list[SecurityEventKind], Values] = []
    user: Annotated[list[Code], Values] = []
    since: Since | None = None


def record_event(
    session: WriteSession,
    kind: SecurityEventKind,
    *,
    subject: str | None = None,
    actor: str | None = None,
    origin: Origin = HERE,
    detail: str | None = None,
) -> None:
    """Keep an event, and forget those older than 400 days. `subject` is the actor id of whom it concerns, `actor` of who did it
    (else the session's); `detail` a short code of ours, never something somebody typed.
    """
    session.derive(_OLD, {"limit": session.now - dt.timedelta(days=KEPT_DAYS)})
    session.add(
        tables_people.SecurityEvent(
            at=session.now, kind=kind, subject=subject, actor=actor or session.actor.id, address=origin.address, request=origin.request,
            detail=detail[:NAME_LENGTH] if detail else None,
        )
    )  # fmt: skip


@view(Permission.ADMIN)
def security_events(session: Reading, filters: SecurityEventFilter) -> Page[SecurityEvent]:
    """One page of the events, newest first."""
    place = place_of(filters, 1)
    wanted = _wanted(filters)
    total = place.total if place else int(session.value(select(func.count()).select_from(_T).where(*wanted)))
    statement = select(_T.id, as_text(_T.at), _T.kind, _T.subject, _T.actor, _T.address, _T.request, _T.detail).where(*wanted)
    if place:
        statement = statement.where(_T.id < number_of(place))
    rows = session.rows(statement.order_by(_T.id.desc()).limit(filters.limit + 1))
    shown = rows[: filters.limit]
    names = _names(session, {actor for row in shown for actor in (row[3], row[4]) if actor})
    items = [
        SecurityEvent(row[0], row[1], SecurityEventKind(row[2]), _person(row[3], names), _person(row[4], names), *row[5:]) for row in shown
    ]
    more = len(rows) > filters.limit
    return Page(items, total, cursor_of(Place(digest(filters), total, [str(items[-1].id)])) if more else None)


def _wanted(filters: SecurityEventFilter) -> list[Any]:
    wanted: list[Any] = [_T.kind.in_(filters.kind)] if filters.kind else []
    wanted += [_T.subject.in_(filters.user)] if filters.user else []
    wanted += [as_text(_T.at) >= moment(filters.since, "?since")] if filters.since else []
    return wanted


def _names(session: Reading, actors: set[str]) -> dict[str, str]:
    return {row[0]: row[1] for row in session.rows(select(_U.actor_id, _U.name).where(_U.actor_id.in_(actors)))} if actors else {}


def _person(actor: str | None, names: dict[str, str]) -> Person | None:
    return None if actor is None else Person(actor, names.get(actor))

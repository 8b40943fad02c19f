"""Follow-up actions read: the shape on the wire, filters, and who may see what."""

import datetime as dt
import enum
import functools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import Select, and_, bindparam, func, literal, or_, select, tuple_

from app.actors import Actor, Permission
from app.codes import ActionStatus, Contribution, Priority, TranslationState
from app.db.engines import ByteText
from app.db.search_index import Holds
from app.db.sessions import Reading
from app.domain import people
from app.domain.columns import ACTION as _A
from app.domain.columns import ACTION_PARTNER, ACTION_TERMS
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import EVENT as _E
from app.domain.columns import LINK as _L
from app.domain.columns import ORGANIZATION as _O
from app.domain.intake import Code, Ref
from app.domain.lists import Paging, Place, cursor_of, digest, place_of
from app.domain.shapes import Day, Evidence, Moment, Page, Recorder, Version, as_text
from app.domain.sight import PUBLIC_ACTION, Sight, seen, sight
from app.domain.translations import confirmed_hashes, worst
from app.domain.words import Words, phrase_asked
from app.errors import NotFound, unreadable
from app.i18n import Text

ActionRef = Annotated[str, Meta(max_length=20, pattern="^A[1-9][0-9]{0,17}$", examples=["A1"])]
Values = Meta(max_length=50)


class Milestone(msgspec.Struct, frozen=True):
    title: Text
    due_on: Day | None
    done_on: Day | None


class ActionNote(msgspec.Struct, frozen=True):
    on: Day
    text: Text
    recorded_by: Recorder


class ActionLink(msgspec.Struct, frozen=True):
    """What the action does for a commitment."""

    ref: str
    contribution: Contribution
    note: Text


class Action(msgspec.Struct, frozen=True, kw_only=True):
    ref: ActionRef
    title: Text
    description: Text
    translation: TranslationState
    event: str | None
    owner: str | None
    partners: list[str]
    due_on: Day | None
    status: ActionStatus
    priority: Priority
    progress: Annotated[int, Meta(ge=0, le=100, description="Per cent.")]
    milestones: list[Milestone]
    notes: list[ActionNote]
    commitments: list[ActionLink]
    evidence: list[Evidence]
    version: Version
    updated_at: Moment


class ActionSort(enum.StrEnum):
    """By number (`ref`), or by the moment of the last change (`-` newest first)."""

    REF = "ref"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DOWN = "-updated_at"


class ActionFilter(Paging, frozen=True, kw_only=True):
    """What a list of actions can be narrowed to. `overdue`: due before today and neither completed nor cancelled.

    `q` searches title and description in both languages.
    """

    event: Annotated[list[Code], Values] = []
    owner: Annotated[list[Code], Values] = []
    status: Annotated[list[ActionStatus], Values] = []
    commitment: Annotated[list[Ref], Values] = []
    due_before: dt.date | None = None
    overdue: bool | None = None
    unlinked: bool | None = None
    q: Words | None = None
    sort: ActionSort = ActionSort.REF


COLUMNS = (
    select(
        _A.id, _A.ref, _A.title_zh, _A.title_en, _A.description_zh, _A.description_en, _E.code, _O.code, as_text(_A.due_on), _A.status,
        _A.priority, _A.progress, _A.milestones, _A.notes, _A.evidence, _A.version, as_text(_A.updated_at), _A.number,
    )
    .outerjoin(_E, _E.id == _A.event_id)
    .outerjoin(_O, _O.id == _A.owner_id)
)  # fmt: skip
_CLOSED = (ActionStatus.COMPLETED, ActionStatus.CANCELLED)


def visible(session: Reading) -> Any:
    """Proposed actions are seen by staff and by the organization that proposed them, all others by everybody."""
    return seen(sight(session.actor), PUBLIC_ACTION, _A.organization_id, session.actor.organization)


def may_write(actor: Actor, one: Action) -> bool:
    """Whether somebody who sees an action may change it: editors all, a focal point the proposed ones, of which he sees his own only."""
    return actor.may(Permission.PUBLISH) or (actor.may(Permission.DRAFT) and one.status == ActionStatus.PROPOSED)


def _prepared(case: Sight) -> Any:
    return seen(case, PUBLIC_ACTION, _A.organization_id, bindparam("own", type_=ByteText))


@functools.cache
def _one(case: Sight) -> Select[Any]:
    return COLUMNS.where(_A.ref == bindparam("ref"), _prepared(case))


@functools.cache
def _serving(case: Sight) -> Select[Any]:
    linked = select(literal(1)).select_from(_L).join(_C, _C.id == _L.commitment_id).where(_L.action_id == _A.id)
    serving = linked.where(_C.ref.in_(bindparam("refs", expanding=True))).exists()
    return COLUMNS.where(_prepared(case), serving).order_by(_A.number)


def _own(session: Reading) -> dict[str, Any]:
    return {"own": session.actor.organization} if sight(session.actor) is Sight.OWN else {}


def action(session: Reading, ref: str) -> Action:
    """One action. Raises NotFound for one that does not exist or that the actor may not see."""
    found = shaped(session, session.rows(_one(sight(session.actor)), ref=ref, **_own(session)))
    if not found:
        raise NotFound
    return found[0]


def actions_of(session: Reading, commitment_refs: Iterable[str]) -> list[Action]:
    """The visible actions linked to one of these commitments, by number."""
    return shaped(session, session.rows(_serving(sight(session.actor)), refs=list(commitment_refs), **_own(session)))


def action_page(session: Reading, filters: ActionFilter) -> Page[Action]:
    """One page of the actions the actor may see. Raises BadRequest for a cursor of another list."""
    conditions = [visible(session), *_conditions(filters, session.now.date())]
    keys, down = _keys(filters.sort)
    place = place_of(filters, len(keys))
    statement = COLUMNS.where(*conditions)
    if place:
        after = [_number(key) if column is _A.number else key for column, key in zip(keys, place.keys, strict=True)]
        here, there = tuple_(*keys), tuple_(*after)
        statement = statement.where(here < there if down else here > there)
    rows = session.rows(statement.order_by(*(key.desc() if down else key for key in keys)).limit(filters.limit + 1))
    total = (
        place.total
        if place
        else int(
            session.value(
                select(func.count())
                .select_from(_A)
                .outerjoin(_E, _E.id == _A.event_id)
                .outerjoin(_O, _O.id == _A.owner_id)
                .where(*conditions)
            )
        )
    )
    items = shaped(session, rows[: filters.limit])
    if len(rows) <= filters.limit:
        return Page(items, total, None)
    last = rows[filters.limit - 1]
    ends = [str(last[17])] if filters.sort is ActionSort.REF else [last[16], str(last[17])]
    return Page(items, total, cursor_of(Place(digest(filters), total, ends)))


def _number(key: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,8}", key):
        raise unreadable("?cursor", "bad_cursor")
    return int(key)


def _keys(sort: ActionSort) -> tuple[list[Any], bool]:
    if sort is ActionSort.REF:
        return [_A.number], False
    return [as_text(_A.updated_at), _A.number], sort is ActionSort.UPDATED_AT_DOWN


def _linked(refs: Sequence[str]) -> Any:
    return select(literal(1)).select_from(_L).join(_C, _C.id == _L.commitment_id).where(_L.action_id == _A.id, _C.ref.in_(refs)).exists()


def _conditions(filters: ActionFilter, today: dt.date) -> list[Any]:
    found: list[Any] = []
    for column, values in ((_E.code, filters.event), (_O.code, filters.owner), (_A.status, filters.status)):
        if values:
            found.append(column.in_(values))
    if filters.commitment:
        found.append(_linked(filters.commitment))
    if filters.due_before is not None:
        found.append(_A.due_on < filters.due_before)
    if filters.overdue is not None:
        late = and_(_A.due_on.is_not(None), _A.due_on < today, _A.status.not_in(_CLOSED))
        found.append(late if filters.overdue else or_(_A.due_on.is_(None), _A.due_on >= today, _A.status.in_(_CLOSED)))
    if filters.unlinked is not None:
        linked = select(literal(1)).select_from(_L).where(_L.action_id == _A.id).exists()
        found.append(~linked if filters.unlinked else linked)
    if filters.q is not None:
        found.append(Holds(_A.id, ACTION_TERMS.__table__, phrase_asked(filters.q)))
    return found


_PARTNERS = (
    select(ACTION_PARTNER.action_id, _O.code)
    .join(_O, _O.id == ACTION_PARTNER.organization_id)
    .where(ACTION_PARTNER.action_id.in_(bindparam("ids", expanding=True)))
    .order_by(ACTION_PARTNER.position)
)
_LINKS = (
    select(_L.action_id, _C.ref, _L.contribution, _L.note_zh, _L.note_en)
    .join(_C, _C.id == _L.commitment_id)
    .where(_L.action_id.in_(bindparam("ids", expanding=True)))
    .order_by(_C.order_key)
)


def _grouped(session: Reading, statement: Select[Any], ids: list[int], shape: Callable[[Any], Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in session.rows(statement, ids=ids):
        found.setdefault(row[0], []).append(shape(row))
    return found


def shaped(session: Reading, rows: Sequence[Any]) -> list[Action]:
    """The wire shapes of rows of COLUMNS."""
    if not rows:
        return []
    ids = [row[0] for row in rows]
    partners = _grouped(session, _PARTNERS, ids, lambda row: row[1])
    links = _grouped(session, _LINKS, ids, lambda row: ActionLink(row[1], row[2], Text(row[3], row[4])))
    names = people.names(session, [note["author"] for row in rows for note in row[13]])
    confirmed = confirmed_hashes(session, "action", [row[1] for row in rows])
    return [_shape(row, partners.get(row[0], []), links.get(row[0], []), names, confirmed.get(row[1], {})) for row in rows]


def _shape(row: Any, partners: list[str], links: list[ActionLink], names: dict[str, str], confirmed: Any) -> Action:
    (_, ref, title_zh, title_en, description_zh, description_en, event, owner, due_on, status, priority, progress, milestones, notes,
     evidence, version, updated_at, _) = row  # fmt: skip
    title, description = Text(title_zh, title_en), Text(description_zh, description_en)
    return Action(
        ref=ref, title=title, description=description, translation=worst([("title", title), ("description", description)], confirmed),
        event=event, owner=owner, partners=partners, due_on=due_on, status=status, priority=priority, progress=progress,
        milestones=msgspec.convert(milestones, list[Milestone]), notes=[_note(note, names) for note in notes], commitments=links,
        evidence=msgspec.convert(evidence, list[Evidence]), version=version, updated_at=updated_at,
    )  # fmt: skip


def _note(note: dict[str, Any], names: dict[str, str]) -> ActionNote:
    recorded_by = Recorder(note["organization"], names.get(note["author"]))
    return ActionNote(note["on"], msgspec.convert(note["text"], Text), recorded_by)

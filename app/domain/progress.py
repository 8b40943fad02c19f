"""The numbers of a report: how commitments stand on a day, what is ageing, what is covered, and what moved since another day.

Only what is public counts, whoever asks. Rates, ageing and coverage are those of operational commitments; parts are counted apart.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta
from sqlalchemy import Select, and_, bindparam, case, func, literal, or_, select

from app.codes import ActionStatus, CommitmentKind, Status, Tracking, TranslationState
from app.db import ledger
from app.db.engines import ByteText
from app.db.sessions import Reading
from app.domain.columns import ACTION as _A
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import CONFIRMATION as _F
from app.domain.columns import DOCUMENT as _D
from app.domain.columns import EVENT as _E
from app.domain.columns import LINK as _L
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.coverage import earlier_documents
from app.domain.derived import COUNTED, add_months, overdue_before
from app.domain.intake import Code, Symbol
from app.domain.selection import STANDING, standing_as_of
from app.domain.shapes import Day, as_text
from app.domain.sight import PUBLIC_ACTION
from app.errors import invalid

AGES = ("up_to_6_months", "7_to_12_months", "13_to_24_months", "over_24_months", "never")
MOST_MOVES = 1_000
Number = Annotated[int, Meta(ge=0)]
Numbers = dict[str, Number]


class ProgressQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Without `document`, the documents of earlier events of the series of `event`, or all documents."""

    document: Annotated[list[Symbol], Meta(max_length=50)] = []
    event: Code | None = None
    since: dt.date | None = None
    as_of: dt.date | None = None


class Standing(msgspec.Struct, frozen=True):
    """How many commitments there are, and how many in each status."""

    total: Number
    by_status: Numbers


class Ageing(msgspec.Struct, frozen=True):
    """How long ago the operational commitments that can be overdue were last confirmed, and how many are."""

    overdue: Number
    by_age: Numbers


class Covered(msgspec.Struct, frozen=True):
    """Operational commitments that an action serves, itself or a part of it, and those that none does."""

    covered: Number
    orphans: Number


class ActionNumbers(msgspec.Struct, frozen=True):
    """Accepted actions as they are recorded: they have no date in the world, so `as_of` moves only what is overdue."""

    total: Number
    by_status: Numbers
    overdue: Number
    unlinked: Number


class Move(msgspec.Struct, frozen=True):
    """A commitment or part that stands elsewhere than it did."""

    ref: str
    before: Status
    after: Status


class Changes(msgspec.Struct, frozen=True):
    """What has happened in the world behind `since`, up to `as_of`."""

    updates: Number
    confirmations: Number
    moved: Number
    moves: list[Move]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How the commitments of some documents stand on a day."""

    documents: list[str]
    event: str | None
    since: Day | None
    as_of: Day
    revision: Number
    hash: str
    operational: Standing
    declaratory: Standing
    parts: Standing
    by_kind: dict[str, Standing]
    implemented_per_cent: Annotated[int, Meta(ge=0, le=100)] | None
    ageing: Ageing
    coverage: Covered
    translations: Numbers
    actions: ActionNumbers
    changes: Changes | None


def progress(session: Reading, asked: ProgressQuery, review_months: int) -> Progress:
    """The numbers. Raises Invalid for a document or event that is not there, and for days in the wrong order."""
    among = _among(session, asked)
    latest = session.value(_LATEST) or ""
    as_of = asked.as_of or max(session.now.date(), dt.date.fromisoformat(latest or "0001-01-01"))
    if asked.since is not None and asked.since > as_of:
        raise invalid("?since", "dates_reversed", date=as_of.isoformat())
    groups = _groups(session, _Grouping(among, asked.event, as_of.isoformat() >= latest), as_of, review_months)
    operational = _standing(groups, level="commitment", tracking=Tracking.OPERATIONAL)
    head = ledger.head(session.asked())
    return Progress(
        documents=[row[0] for row in session.rows(select(_D.symbol).where(among).order_by(_D.symbol))], event=asked.event,
        since=asked.since.isoformat() if asked.since else None, as_of=as_of.isoformat(), revision=head.seq, hash=head.hash,
        operational=operational, declaratory=_standing(groups, level="commitment", tracking=Tracking.DECLARATORY),
        parts=_standing(groups, level="part"),
        by_kind={kind.value: _standing(groups, level="commitment", kind=kind) for kind in CommitmentKind},
        implemented_per_cent=_per_cent(operational.by_status[Status.IMPLEMENTED], operational.total),
        ageing=_ageing(groups), coverage=_covered(groups),
        translations=_tallied(TranslationState, groups, "translation", level="commitment"),
        actions=_actions(session, among, asked.event, as_of),
        changes=None if asked.since is None else _changes(session, among, asked.since, as_of),
    )  # fmt: skip


_LATEST = select(func.max(as_text(_C.last_confirmed_on)))
"""The latest day on which something counted happened. From that day on, commitments stand as their rows say."""


def _among(session: Reading, asked: ProgressQuery) -> Any:
    """The condition on documents. Raises Invalid for a document or event that is not there."""
    if asked.event is not None and session.value(select(_E.id).where(_E.code == asked.event)) is None:
        raise invalid("?event", "unknown_reference", entity="event", ref=asked.event)
    if not asked.document:
        return literal(True) if asked.event is None else earlier_documents(session, asked.event)
    known = {row[0] for row in session.rows(select(_D.symbol).where(_D.symbol.in_(asked.document)))}
    if unknown := [symbol for symbol in asked.document if symbol not in known]:
        raise invalid("?document", "unknown_reference", entity="document", ref=unknown[0])
    return _D.symbol.in_(asked.document)


_LEVEL = case((_C.parent_id.is_(None), "commitment"), else_="part").label("level")
_GROUPED = ("kind", "tracking", "level", "status", "translation", "age", "overdue", "covered")


def _day(name: str) -> Any:
    return bindparam(name, type_=ByteText)


class _Grouping(NamedTuple):
    """Which commitments are counted, for the actions of which event, and whether their rows say how they stood on the day."""

    among: Any
    event: str | None
    stands: bool

    def statement(self) -> Select[Any]:
        """How many commitments and parts share each combination of codes on the day `as_of`."""
        status, _, last, review_from = STANDING if self.stands else standing_as_of()
        age = case(
            (last.is_(None), AGES[4]), (last > _day("months_6"), AGES[0]), (last > _day("months_12"), AGES[1]),
            (last > _day("months_24"), AGES[2]), else_=AGES[3],
        )  # fmt: skip
        overdue = case((review_from < _day("overdue_before"), 1), (review_from.is_not(None), 0), else_=-1)
        serves = _C.action_count > 0 if self.event is None else _serves(self.event)
        wanted = select(
            _C.kind, _C.tracking, _LEVEL, status.label("status"), _C.translation, age.label("age"), overdue.label("overdue"),
            case((serves, 1), else_=0).label("covered"),
        )  # fmt: skip
        each = wanted.join(_D, _D.id == _C.document_id).where(self.among).subquery()
        columns = [each.c[name] for name in _GROUPED]
        return select(*columns, func.count().label("n")).group_by(*columns)


def _serves(event: str) -> Any:
    """An accepted action of the event is linked to the commitment or to a part of it."""
    part = _C.__table__.alias()
    linked = (
        select(literal(1))
        .select_from(_L)
        .join(_A, _A.id == _L.action_id)
        .join(_E, _E.id == _A.event_id)
        .join(part, part.c.id == _L.commitment_id)
        .where(or_(part.c.id == _C.id, part.c.parent_id == _C.id), PUBLIC_ACTION, _E.code == event)
    )
    return linked.correlate(_C).exists()


def _groups(session: Reading, grouping: _Grouping, as_of: dt.date, review_months: int) -> list[Any]:
    ages = {f"months_{months}": add_months(as_of, -months).isoformat() for months in (6, 12, 24)}
    days = ages | {"overdue_before": overdue_before(as_of, review_months).isoformat()}
    return list(session.rows(grouping.statement(), **days, **({} if grouping.stands else {"as_of": as_of.isoformat()})))


def _where(groups: Iterable[Any], **codes: Any) -> list[Any]:
    return [row for row in groups if all(getattr(row, name) == code for name, code in codes.items())]


def _tallied(names: Iterable[str], groups: Iterable[Any], column: str, **codes: Any) -> dict[str, int]:
    """How many there are by the values of a column; every value is there, also with 0."""
    counted: Counter[str] = Counter()
    for row in _where(groups, **codes):
        counted[getattr(row, column)] += row.n
    return {str(name): counted[str(name)] for name in names}


def _standing(groups: list[Any], **codes: Any) -> Standing:
    by_status = _tallied(Status, groups, "status", **codes)
    return Standing(sum(by_status.values()), by_status)


def _ageing(groups: list[Any]) -> Ageing:
    can_be = [row for row in _where(groups, level="commitment") if row.overdue >= 0]
    return Ageing(sum(row.n for row in can_be if row.overdue == 1), _tallied(AGES, can_be, "age"))


def _covered(groups: list[Any]) -> Covered:
    by = [sum(row.n for row in _where(groups, level="commitment", tracking=Tracking.OPERATIONAL, covered=flag)) for flag in (1, 0)]
    return Covered(*by)


def _per_cent(some: int, total: int) -> int | None:
    """Rounded half up; None of nothing."""
    return (200 * some + total) // (2 * total) if total else None


def _actions(session: Reading, documents: Any, event: str | None, as_of: dt.date) -> ActionNumbers:
    """Accepted actions of the event, or without one, those linked to the documents."""
    linked = select(literal(1)).select_from(_L).where(_L.action_id == _A.id)
    of_documents = linked.join(_C, _C.id == _L.commitment_id).join(_D, _D.id == _C.document_id).where(documents).exists()
    among = of_documents if event is None else _A.event_id == select(_E.id).where(_E.code == event).scalar_subquery()
    late = and_(as_text(_A.due_on) < as_of.isoformat(), _A.status.not_in((ActionStatus.COMPLETED, ActionStatus.CANCELLED)))
    each = select(_A.status, case((late, 1), else_=0).label("late"), case((linked.exists(), 0), else_=1).label("unlinked"))
    part = each.where(among, PUBLIC_ACTION).subquery()
    rows = session.rows(select(part, func.count().label("n")).group_by(part.c.status, part.c.late, part.c.unlinked))
    accepted = [status for status in ActionStatus if status is not ActionStatus.PROPOSED]
    by_status = _tallied(accepted, rows, "status")
    return ActionNumbers(
        sum(by_status.values()), by_status, sum(row.n for row in _where(rows, late=1)), sum(row.n for row in _where(rows, unlinked=1))
    )


def _changes(session: Reading, documents: Any, since: dt.date, as_of: dt.date) -> Changes:
    days = (since.isoformat(), as_of.isoformat())
    of_documents = select(_C.id).join(_D, _D.id == _C.document_id).where(documents)
    updated = (COUNTED, as_text(_U.effective_on) > days[0], as_text(_U.effective_on) <= days[1], _U.commitment_id.in_(of_documents))
    confirmed = (as_text(_F.confirmed_on) > days[0], as_text(_F.confirmed_on) <= days[1], _F.commitment_id.in_(of_documents))
    touched = select(_U.commitment_id).where(*updated)
    standing = standing_as_of()[0]
    wanted = select(_C.ref, standing).join(_D, _D.id == _C.document_id).where(_C.id.in_(touched)).order_by(_C.order_key)
    before = {row[0]: row[1] for row in session.rows(wanted, as_of=days[0])}
    moves = [Move(ref, before[ref], after) for ref, after in session.rows(wanted, as_of=days[1]) if before[ref] != after]
    updates = int(session.value(select(func.count()).select_from(_U).where(*updated)))
    confirmations = int(session.value(select(func.count()).select_from(_F).where(*confirmed)))
    return Changes(updates, confirmations, len(moves), moves[:MOST_MOVES])

"""What commitments can be narrowed to: the filters, their conditions, and what is bound in them."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import Select, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from app.codes import ActionStatus, CommitmentKind, Level, Status, Tracking
from app.db.engines import ByteText
from app.db.search_index import Holds
from app.db.sessions import Reading
from app.domain.columns import (
    ACTION,
    COMMITMENT_ADDRESSEE,
    COMMITMENT_RESPONSIBLE,
    COMMITMENT_TAG,
    COMMITMENT_TERMS,
    EVENT,
    FRAMEWORK,
    LINK,
    ORGANIZATION,
)
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import CONFIRMATION as _F
from app.domain.columns import DOCUMENT as _D
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.derived import NEVER_REVIEWED, current, overdue_before
from app.domain.intake import Code, Ref, Symbol
from app.domain.moments import Recorded, Since, moment
from app.domain.shapes import as_text
from app.domain.words import Words, phrase_asked

Values = Meta(max_length=50)
FrameworkPlace = Annotated[
    str, Meta(max_length=129, pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(:[A-Za-z0-9][A-Za-z0-9._-]{0,63})?$", examples=["sdg:17", "lts"])
]
PARENT = aliased(_C)


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What commitments can be narrowed to. Repeated values of one filter mean “or”, different filters “and”.

    `q` searches `text` in both languages.
    """

    document: Annotated[list[Symbol], Values] = []
    kind: Annotated[list[CommitmentKind], Values] = []
    tracking: Annotated[list[Tracking], Values] = []
    level: Annotated[list[Level], Values] = []
    status: Annotated[list[Status], Values] = []
    framework: Annotated[list[FrameworkPlace], Values] = []
    addressee: Annotated[list[Code], Values] = []
    responsible: Annotated[list[Code], Values] = []
    event: Annotated[list[Code], Values] = []
    parent: Annotated[list[Ref], Values] = []
    has_actions: bool | None = None
    review_overdue: bool | None = None
    updated_since: Since | None = None
    q: Words | None = None
    as_of: dt.date | None = None
    as_recorded: Recorded | None = None


STANDING = [_C.status, as_text(_C.status_effective_on), as_text(_C.last_confirmed_on), as_text(_C.review_from_on)]
"""How a commitment stands after everything that was recorded: status, its date, the last confirmation, and where reviews count from."""


_LISTS = ("document", "kind", "tracking", "status", "addressee", "responsible", "event", "parent")


def bound(session: Reading, filters: Selection, review_months: int) -> tuple[tuple[tuple[str, int], ...], dict[str, Any]]:
    """Which filters are there, and their values."""
    shape: dict[str, int] = {}
    params: dict[str, Any] = {}
    for name in _LISTS:
        if values := getattr(filters, name):
            shape[name] = len(values)
            params[name] = str(values[0]) if len(values) == 1 else [str(value) for value in values]
    for number, place in enumerate(filters.framework):
        shape["framework"] = len(filters.framework)
        params[f"framework_{number}"], _, params[f"place_{number}"] = place.partition(":")
    if len(set(filters.level)) == 1:
        shape["part_only" if filters.level[0] is Level.PART else "commitment_only"] = 1
    if filters.has_actions is not None:
        shape["with_actions" if filters.has_actions else "without_actions"] = 1
    if filters.updated_since is not None:
        shape["updated_since"], params["updated_since"] = 1, moment(filters.updated_since, "?updated_since")
    if filters.q is not None:
        shape["q"] = 1
        params["phrase"] = params["needle"] = phrase_asked(filters.q)
    if filters.as_of is not None:
        shape["as_of"], params["as_of"] = 1, filters.as_of.isoformat()
    if filters.review_overdue is not None:
        shape["overdue" if filters.review_overdue else "not_overdue"] = 1
        params["overdue_before"] = overdue_before(filters.as_of or session.now.date(), review_months).isoformat()
    return tuple(shape.items()), params


def standing(filters: Mapping[str, int]) -> list[Any]:
    """The columns that say how a commitment stands: those of today, or of the day that is asked for."""
    return standing_as_of() if "as_of" in filters else STANDING


def standing_as_of() -> list[Any]:
    """Status, its date and the last confirmation as they stood on the day `as_of`, instead of the stored columns of today."""
    day = bindparam("as_of", type_=ByteText)
    by_then = as_text(_U.effective_on) <= day
    status, effective = current(_U.status, by_then), current(as_text(_U.effective_on), by_then)
    confirmed = (
        select(func.max(as_text(_F.confirmed_on))).where(_F.commitment_id == _C.id, as_text(_F.confirmed_on) <= day).scalar_subquery()
    )
    last = case((effective.is_(None), confirmed), (confirmed.is_(None), effective), (effective > confirmed, effective), else_=confirmed)
    never = or_(_C.tracking == Tracking.DECLARATORY, func.coalesce(status, "").in_(NEVER_REVIEWED))
    review_from = case((never, None), else_=func.coalesce(last, as_text(_D.adopted_on)))
    return [func.coalesce(status, Status.NOT_ASSESSED.value), effective, last, review_from]


def _linked_to(codes: Any) -> Any:
    """Linked to a public action of one of these events, itself or a part of it."""
    served = aliased(_C)
    return (
        select(literal(1))
        .select_from(LINK)
        .join(ACTION, ACTION.id == LINK.action_id)
        .join(EVENT, EVENT.id == ACTION.event_id)
        .join(served, served.id == LINK.commitment_id)
        .where(or_(served.id == _C.id, served.parent_id == _C.id), ACTION.status != ActionStatus.PROPOSED, codes)
        .exists()
    )


def _names(child: Any, codes: Any) -> Any:
    """One of these organizations stands in the child rows."""
    return (
        select(literal(1))
        .select_from(child)
        .join(ORGANIZATION, ORGANIZATION.id == child.organization_id)
        .where(child.commitment_id == _C.id, codes)
        .exists()
    )


def among(column: Any, name: str, count: int) -> Any:
    """The column is one of the values bound to `name`; a single value is compared, so that its index also serves the order."""
    if count == 1:
        return column == bindparam(name, type_=ByteText)
    return column.in_(bindparam(name, type_=ByteText, expanding=True))


def conditions(shape: dict[str, int], columns: list[Any]) -> list[Any]:
    """The WHERE of a combination of filters; `shape` says which are there, with how many values."""
    status, review_from, before = columns[0], columns[3], bindparam("overdue_before", type_=ByteText)
    makers: dict[str, Any] = {
        "document": lambda n: among(_D.symbol, "document", n),
        "kind": lambda n: among(_C.kind, "kind", n),
        "tracking": lambda n: among(_C.tracking, "tracking", n),
        "status": lambda n: among(status, "status", n),
        "parent": lambda n: among(PARENT.ref, "parent", n),
        "addressee": lambda n: _names(COMMITMENT_ADDRESSEE, among(ORGANIZATION.code, "addressee", n)),
        "responsible": lambda n: _names(COMMITMENT_RESPONSIBLE, among(ORGANIZATION.code, "responsible", n)),
        "event": lambda n: _linked_to(among(EVENT.code, "event", n)),
        "framework": _tagged,
        "part_only": lambda n: _C.parent_id.is_not(None),
        "commitment_only": lambda n: _C.parent_id.is_(None),
        "with_actions": lambda n: _C.action_count > 0,
        "without_actions": lambda n: _C.action_count == 0,
        "overdue": lambda n: review_from < before,
        "not_overdue": lambda n: or_(review_from.is_(None), review_from >= before),
        "q": lambda n: Holds(_C.id, COMMITMENT_TERMS.__table__),
        "updated_since": lambda n: as_text(_C.updated_at) >= bindparam("updated_since", type_=ByteText),
    }
    return [makers[name](count) for name, count in shape.items() if name in makers]


def _tagged(count: int) -> Any:
    """Tagged with one of `count` places (framework and code, or any code of the framework)."""
    wanted = [
        and_(
            FRAMEWORK.code == bindparam(f"framework_{n}"),
            or_(bindparam(f"place_{n}") == "", COMMITMENT_TAG.code == bindparam(f"place_{n}")),
        )
        for n in range(count)
    ]
    tagged = select(literal(1)).select_from(COMMITMENT_TAG).join(FRAMEWORK, FRAMEWORK.id == COMMITMENT_TAG.framework_id)
    return tagged.where(COMMITMENT_TAG.commitment_id == _C.id, or_(*wanted)).exists()


def source(statement: Select[Any]) -> Select[Any]:
    return statement.join(_D, _D.id == _C.document_id).outerjoin(PARENT, PARENT.id == _C.parent_id)


def chosen(session: Reading, selection: Selection, review_months: int) -> tuple[Select[Any] | None, dict[str, Any]]:
    """A SELECT of the internal keys of the commitments, and what is bound in it; None where nothing narrows them down."""
    shape, params = bound(session, selection, review_months)
    filters = dict(shape)
    wanted = conditions(filters, standing(filters))
    return (source(select(_C.id)).where(*wanted).correlate(None) if wanted else None), params

"""Commitments read: the shape on the wire, the filters, and one prepared statement for each combination of them."""

import datetime as dt
import enum
import functools
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import Select, and_, bindparam, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.codes import ActionStatus, Authority, CommitmentKind, Level, Status, Tracking, TranslationState
from app.db.engines import ByteText
from app.db.prepared import Prepared
from app.db.search_index import HitCount, Holds
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
from app.domain.columns import COMMITMENT_TALLY as _N
from app.domain.columns import CONFIRMATION as _F
from app.domain.columns import DOCUMENT as _D
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.derived import NEVER_REVIEWED, Card, add_months, current, overdue_before
from app.domain.intake import Code, Ref, Symbol
from app.domain.lists import Cursor, Limit, Place, cursor_of, digest, place_of
from app.domain.moments import Recorded, Since, moment
from app.domain.shapes import Addressee, AuthorityOf, Day, Languages, Moment, Page, Tag, Version, as_text
from app.domain.words import Words, phrase_asked
from app.i18n import Text

_parent = aliased(_C)
Values = Meta(max_length=50)
_BATCH = 500
FrameworkPlace = Annotated[
    str, Meta(max_length=129, pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(:[A-Za-z0-9][A-Za-z0-9._-]{0,63})?$", examples=["sdg:17", "lts"])
]


class Commitment(msgspec.Struct, kw_only=True):
    """One tracked unit of a document, or a part of one."""

    ref: Ref
    document: Symbol
    kind: CommitmentKind
    tracking: Tracking
    level: Level
    parent: str | None
    position: int
    label: str | None
    citation: Text
    lead_verb: Text
    text: Text
    languages: Languages
    translation: TranslationState
    addressees: list[Addressee]
    frameworks: list[Tag]
    responsible: list[str]
    target_on: Day | None
    status: Status
    status_effective_on: Day | None
    last_confirmed_on: Day | None
    review_due_on: Day | None
    action_count: Annotated[int, Meta(ge=0)]
    part_count: Annotated[int, Meta(ge=0)]
    version: Version
    updated_at: Moment


class Sort(enum.StrEnum):
    """Order of a list: document order, by ref, or by the moment of the last change (`-` newest first)."""

    POSITION = "position"
    REF = "ref"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DOWN = "-updated_at"


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


class CommitmentFilter(Selection, frozen=True, kw_only=True):
    """What a list of commitments can be narrowed to, and how it is paged."""

    sort: Sort = Sort.POSITION
    limit: Limit = 50
    cursor: Cursor | None = None


STANDING = [_C.status, as_text(_C.status_effective_on), as_text(_C.last_confirmed_on), as_text(_C.review_from_on)]
"""How a commitment stands after everything that was recorded: status, its date, the last confirmation, and where reviews count from."""
_FIXED: list[Any] = [
    _C.ref, _D.symbol, _C.kind, _C.tracking, _parent.ref, _C.position, _C.label, _C.citation_zh, _C.citation_en, _C.lead_verb_zh,
    _C.lead_verb_en, _C.text_zh, _C.text_en, _C.authority_zh, _C.authority_en, _C.translation, _C.card, as_text(_C.target_on),
    _C.action_count, _C.part_count, _C.version, as_text(_C.updated_at), _C.order_key,
]  # fmt: skip
_card = msgspec.json.Decoder(Card)


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


def _among(column: Any, name: str, count: int) -> Any:
    """The column is one of the values bound to `name`; a single value is compared, so that its index also serves the order."""
    if count == 1:
        return column == bindparam(name, type_=ByteText)
    return column.in_(bindparam(name, type_=ByteText, expanding=True))


def _conditions(shape: dict[str, int], columns: list[Any]) -> list[Any]:
    """The WHERE of a combination of filters; `shape` says which are there, with how many values."""
    status, review_from, before = columns[0], columns[3], bindparam("overdue_before", type_=ByteText)
    makers: dict[str, Any] = {
        "document": lambda n: _among(_D.symbol, "document", n),
        "kind": lambda n: _among(_C.kind, "kind", n),
        "tracking": lambda n: _among(_C.tracking, "tracking", n),
        "status": lambda n: _among(status, "status", n),
        "parent": lambda n: _among(_parent.ref, "parent", n),
        "addressee": lambda n: _names(COMMITMENT_ADDRESSEE, _among(ORGANIZATION.code, "addressee", n)),
        "responsible": lambda n: _names(COMMITMENT_RESPONSIBLE, _among(ORGANIZATION.code, "responsible", n)),
        "event": lambda n: _linked_to(_among(EVENT.code, "event", n)),
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


_KEYS: dict[Sort, tuple[list[Any], bool]] = {
    Sort.POSITION: ([_C.order_key], False),
    Sort.REF: ([_C.ref], False),
    Sort.UPDATED_AT: ([as_text(_C.updated_at), _C.ref], False),
    Sort.UPDATED_AT_DOWN: ([as_text(_C.updated_at), _C.ref], True),
}


_MOST_FORMS = 128
"""How many combinations of filters are kept ready: one takes about a tenth of a megabyte, and anybody may think of new ones."""


@functools.lru_cache(maxsize=_MOST_FORMS)
def _prepared(shape: tuple[tuple[str, int], ...], sort: Sort, after: bool) -> Prepared:
    """The statement of a page."""
    filters = dict(shape)
    columns = standing_as_of() if "as_of" in filters else STANDING
    keys, down = _KEYS[sort]
    statement = _source(select(*columns, *_FIXED)).where(*_conditions(filters, columns))
    if after:
        place = [bindparam(f"after_{n}", type_=ByteText) for n in range(len(keys))]
        here, there = (tuple_(*keys), tuple_(*place)) if len(keys) > 1 else (keys[0], place[0])
        statement = statement.where(here < there if down else here > there)
    return Prepared(statement.order_by(*(key.desc() if down else key for key in keys)).limit(bindparam("limit")))


_TALLIED = {"kind", "tracking", "status", "part_only", "commitment_only"}


@functools.lru_cache(maxsize=_MOST_FORMS)
def _prepared_count(shape: tuple[tuple[str, int], ...]) -> Prepared:
    """The total of a filter; from the tally, a few rows, where it knows the filter."""
    filters = dict(shape)
    if filters.keys() <= _TALLIED:
        return Prepared(select(func.coalesce(func.sum(_N.n), 0)).where(*_tally_conditions(filters)))
    if filters.keys() == {"q"}:
        return Prepared(select(HitCount(COMMITMENT_TERMS.__table__)))
    columns = standing_as_of() if "as_of" in filters else STANDING
    counting = select(func.count()).select_from(_C)
    joined = _source(counting) if {"document", "parent", "as_of"} & set(filters) else counting
    return Prepared(joined.where(*_conditions(filters, columns)))


def _tally_conditions(filters: dict[str, int]) -> list[Any]:
    found = [_among(getattr(_N, name), name, filters[name]) for name in ("kind", "tracking", "status") if name in filters]
    levels = {"part_only": Level.PART, "commitment_only": Level.COMMITMENT}
    return found + [_N.level == level.value for name, level in levels.items() if name in filters]


def _source(statement: Select[Any]) -> Select[Any]:
    return statement.join(_D, _D.id == _C.document_id).outerjoin(_parent, _parent.id == _C.parent_id)


def commitment_page(session: Reading, filters: CommitmentFilter, review_months: int) -> Page[Commitment]:
    """One page of the list. Raises BadRequest for a cursor of another list."""
    shape, params = _bound(session, filters, review_months)
    keys, _ = _KEYS[filters.sort]
    place = place_of(filters, len(keys))
    after = {f"after_{n}": key for n, key in enumerate(place.keys)} if place else {}
    rows = session.rows(_prepared(shape, filters.sort, bool(place)), **params, **after, limit=filters.limit + 1)
    total = place.total if place else int(session.value(_prepared_count(shape), **params))
    items = [shaped(row, review_months) for row in rows[: filters.limit]]
    if len(rows) <= filters.limit:
        return Page(items, total, None)
    last = rows[filters.limit - 1]
    ends = {Sort.POSITION: [last[-1]], Sort.REF: [last[4]]}.get(filters.sort, [last[-2], last[4]])
    return Page(items, total, cursor_of(Place(digest(filters), total, ends)))


def chosen(session: Reading, selection: Selection, review_months: int) -> tuple[Select[Any] | None, dict[str, Any]]:
    """A SELECT of the internal keys of the commitments, and what is bound in it; None where nothing narrows them down."""
    shape, params = _bound(session, selection, review_months)
    filters = dict(shape)
    columns = standing_as_of() if "as_of" in filters else STANDING
    conditions = _conditions(filters, columns)
    return (_source(select(_C.id)).where(*conditions).correlate(None) if conditions else None), params


def rows_of(session: Reading, selection: Selection, review_months: int) -> Iterator[Sequence[Any]]:
    """The rows of all commitments of a selection in document order, some at a time; `shaped` makes commitments of them."""
    shape, params = _bound(session, selection, review_months)
    last: dict[str, Any] = {}
    while rows := session.rows(_prepared(shape, Sort.POSITION, bool(last)), **params, **last, limit=_BATCH):
        yield rows
        last = {"after_0": rows[-1][-1]}


_LISTS = ("document", "kind", "tracking", "status", "addressee", "responsible", "event", "parent")


def _bound(session: Reading, filters: Selection, review_months: int) -> tuple[tuple[tuple[str, int], ...], dict[str, Any]]:
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


def shaped(row: Any, review_months: int) -> Commitment:
    """The wire shape of a row of the prepared columns."""
    (
        status, effective_on, confirmed_on, review_from, ref, symbol, kind, tracking, parent, position, label, citation_zh, citation_en,
        lead_zh, lead_en, text_zh, text_en, authority_zh, authority_en, translation, card, target_on, actions, parts,
        version, updated_at, _,
    ) = row  # fmt: skip
    about = _card.decode(card)
    return Commitment(
        ref=ref, document=symbol, kind=kind, tracking=tracking, level=Level.PART if parent else Level.COMMITMENT, parent=parent,
        position=position, label=label, citation=Text(citation_zh, citation_en), lead_verb=Text(lead_zh, lead_en),
        text=Text(text_zh, text_en),
        languages=_languages(authority_zh, authority_en), translation=translation,
        addressees=about.addressees, frameworks=about.frameworks, responsible=about.responsible, target_on=target_on,
        status=status, status_effective_on=effective_on, last_confirmed_on=confirmed_on, review_due_on=_due(review_from, review_months),
        action_count=actions, part_count=parts, version=version, updated_at=updated_at,
    )  # fmt: skip


@functools.cache
def _languages(zh: Authority, en: Authority) -> Languages:
    return Languages(AuthorityOf(zh), AuthorityOf(en))


@functools.lru_cache(maxsize=4096)
def _due(review_from: str | None, months: int) -> str | None:
    return None if review_from is None else add_months(dt.date.fromisoformat(review_from), months).isoformat()


_ONE = Prepared(_source(select(*STANDING, *_FIXED)).where(_C.ref == bindparam("ref", type_=ByteText)))
_ONE_AS_OF = Prepared(_source(select(*standing_as_of(), *_FIXED)).where(_C.ref == bindparam("ref", type_=ByteText)))


def commitment(session: Reading, ref: str, review_months: int, as_of: dt.date | None = None) -> Commitment | None:
    """One commitment or part, or None."""
    row = session.first(_ONE, ref=ref) if as_of is None else session.first(_ONE_AS_OF, ref=ref, as_of=as_of.isoformat())
    return shaped(row, review_months) if row else None


bound, conditions, source = _bound, _conditions, _source
"""What counting over the same filters needs (`facets.py`)."""

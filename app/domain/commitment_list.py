"""Commitments read: the shape on the wire, and one prepared statement for each combination of filters."""

import datetime as dt
import enum
import functools
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import bindparam, func, select, tuple_

from app.codes import Authority, CommitmentKind, Level, Status, Tracking, TranslationState
from app.db.engines import ByteText
from app.db.prepared import Prepared
from app.db.search_index import HitCount
from app.db.sessions import Reading
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import COMMITMENT_TALLY as _N
from app.domain.columns import (
    COMMITMENT_TERMS,
)
from app.domain.columns import DOCUMENT as _D
from app.domain.derived import Card, add_months
from app.domain.intake import Ref, Symbol
from app.domain.lists import Cursor, Limit, Place, cursor_of, digest, place_of
from app.domain.selection import PARENT, STANDING, Selection, among, bound, conditions, source, standing, standing_as_of
from app.domain.shapes import Addressee, AuthorityOf, Day, Languages, Moment, Page, Tag, Version, as_text
from app.i18n import Text

_BATCH = 500


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


class CommitmentFilter(Selection, frozen=True, kw_only=True):
    """What a list of commitments can be narrowed to, and how it is paged."""

    sort: Sort = Sort.POSITION
    limit: Limit = 50
    cursor: Cursor | None = None


_FIXED: list[Any] = [
    _C.ref, _D.symbol, _C.kind, _C.tracking, PARENT.ref, _C.position, _C.label, _C.citation_zh, _C.citation_en, _C.lead_verb_zh,
    _C.lead_verb_en, _C.text_zh, _C.text_en, _C.authority_zh, _C.authority_en, _C.translation, _C.card, as_text(_C.target_on),
    _C.action_count, _C.part_count, _C.version, as_text(_C.updated_at), _C.order_key,
]  # fmt: skip
_card = msgspec.json.Decoder(Card)


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
    columns = standing(filters)
    keys, down = _KEYS[sort]
    statement = source(select(*columns, *_FIXED)).where(*conditions(filters, columns))
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
    columns = standing(filters)
    counting = select(func.count()).select_from(_C)
    joined = source(counting) if {"document", "parent", "as_of"} & set(filters) else counting
    return Prepared(joined.where(*conditions(filters, columns)))


def _tally_conditions(filters: dict[str, int]) -> list[Any]:
    found = [among(getattr(_N, name), name, filters[name]) for name in ("kind", "tracking", "status") if name in filters]
    levels = {"part_only": Level.PART, "commitment_only": Level.COMMITMENT}
    return found + [_N.level == level.value for name, level in levels.items() if name in filters]


def commitment_page(session: Reading, filters: CommitmentFilter, review_months: int) -> Page[Commitment]:
    """One page of the list. Raises BadRequest for a cursor of another list."""
    shape, params = bound(session, filters, review_months)
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


def rows_of(session: Reading, selection: Selection, review_months: int) -> Iterator[Sequence[Any]]:
    """The rows of all commitments of a selection in document order, some at a time; `shaped` makes commitments of them."""
    shape, params = bound(session, selection, review_months)
    last: dict[str, Any] = {}
    while rows := session.rows(_prepared(shape, Sort.POSITION, bool(last)), **params, **last, limit=_BATCH):
        yield rows
        last = {"after_0": rows[-1][-1]}


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


_ONE = Prepared(source(select(*STANDING, *_FIXED)).where(_C.ref == bindparam("ref", type_=ByteText)))
_ONE_AS_OF = Prepared(source(select(*standing_as_of(), *_FIXED)).where(_C.ref == bindparam("ref", type_=ByteText)))


def commitment(session: Reading, ref: str, review_months: int, as_of: dt.date | None = None) -> Commitment | None:
    """One commitment or part, or None."""
    row = session.first(_ONE, ref=ref) if as_of is None else session.first(_ONE_AS_OF, ref=ref, as_of=as_of.isoformat())
    return shaped(row, review_months) if row else None

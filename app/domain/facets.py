"""How many commitments each value of a filter would show: what a list with filters says beside every choice.

A facet counts over all filters but its own, because its values are alternatives.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, case, func, select

from app.codes import Level
from app.db.prepared import Prepared
from app.db.sessions import Reading
from app.domain import commitment_list as listing
from app.domain.columns import ACTION, EVENT, LINK
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import COMMITMENT_TALLY as _N
from app.domain.columns import DOCUMENT as _D
from app.domain.commitment_list import CommitmentFilter
from app.domain.derived import Card, overdue_before
from app.domain.sight import PUBLIC_ACTION

Shape = tuple[tuple[str, int], ...]
MOST_CARDS = 2_000
"""Beyond so many the values that are no columns are offered without their numbers."""
_OWN = {
    "kind": ("kind",), "tracking": ("tracking",), "status": ("status",), "level": ("part_only", "commitment_only"),
    "has_actions": ("with_actions", "without_actions"), "review_overdue": ("overdue", "not_overdue"),
}  # fmt: skip
_CODED = ("kind", "tracking", "level", "status")
_LEVEL = case((_C.parent_id.is_(None), Level.COMMITMENT.value), else_=Level.PART.value)
_card = msgspec.json.Decoder(Card)


class Facets(msgspec.Struct, frozen=True):
    """For each filter the numbers by value; None where there are too many to count."""

    kind: dict[str, int]
    tracking: dict[str, int]
    level: dict[str, int]
    status: dict[str, int]
    has_actions: dict[str, int] | None
    review_overdue: dict[str, int] | None
    document: dict[str, int] | None
    addressee: dict[str, int] | None
    responsible: dict[str, int] | None
    framework: dict[str, int] | None
    event: dict[str, int] | None


def facets(session: Reading, filters: CommitmentFilter, review_months: int) -> Facets:
    """The numbers for a list with these filters."""
    shape, params = listing.bound(session, filters, review_months)
    params = {"overdue_before": overdue_before(filters.as_of or session.now.date(), review_months).isoformat()} | params
    coded = _coded(session, shape, params, filters)
    if sum(coded["level"].values()) > MOST_CARDS:
        return Facets(**coded, **_numbers(None for _ in _COUNTED))
    return Facets(**coded, **_numbers(count(session, shape, params, name) for name, count in _COUNTED.items()))


def _numbers(counts: Iterable[dict[str, int] | None]) -> dict[str, Any]:
    return dict(zip(_COUNTED, counts, strict=True))


def _without(shape: Shape, names: Iterable[str]) -> Shape:
    left_out = {inner for name in names for inner in _OWN.get(name, (name,))}
    return tuple((name, count) for name, count in shape if name not in left_out)


def _coded(session: Reading, shape: Shape, params: dict[str, Any], filters: CommitmentFilter) -> dict[str, dict[str, int]]:
    """The four facets that are columns, from one count by all of them."""
    rows = session.rows(_by_codes(_without(shape, _CODED)), **params)
    chosen = {name: {str(value) for value in getattr(filters, name)} for name in _CODED}
    found: dict[str, Counter[str]] = {name: Counter() for name in _CODED}
    for *codes, number in rows:
        place = dict(zip(_CODED, codes, strict=True))
        failed = [name for name in _CODED if chosen[name] and place[name] not in chosen[name]]
        for name in _CODED if not failed else failed if len(failed) == 1 else ():
            found[name][place[name]] += number
    return {name: dict(counts) for name, counts in found.items()}


@functools.lru_cache(maxsize=512)
def _by_codes(shape: Shape) -> Prepared:
    if not shape:
        return Prepared(select(_N.kind, _N.tracking, _N.level, _N.status, _N.n))
    status = _standing(shape)[0]
    each = _filtered(select(_C.kind, _C.tracking, _LEVEL.label("level"), status.label("status")), shape).subquery()
    columns = [each.c[name] for name in _CODED]
    return Prepared(select(*columns, func.count().label("n")).group_by(*columns))


def _standing(shape: Shape) -> list[Any]:
    return listing.standing_as_of() if "as_of" in dict(shape) else listing.STANDING


def _filtered(statement: Select[Any], shape: Shape) -> Select[Any]:
    return listing.source(statement.select_from(_C)).where(*listing.conditions(dict(shape), _standing(shape)))


def _switch(session: Reading, shape: Shape, params: dict[str, Any], name: str) -> dict[str, int]:
    yes, no = session.first(_by_switch(_without(shape, [name]), name), **params)
    return {"true": int(yes or 0), "false": int(no or 0)}


@functools.lru_cache(maxsize=512)
def _by_switch(shape: Shape, name: str) -> Prepared:
    late = func.coalesce(_standing(shape)[3] < bindparam("overdue_before"), False)
    holds = _C.action_count > 0 if name == "has_actions" else late
    return Prepared(_filtered(select(func.sum(case((holds, 1), else_=0)), func.sum(case((holds, 0), else_=1))), shape))


def _rows(session: Reading, shape: Shape, params: dict[str, Any], name: str) -> dict[str, int]:
    return dict(map(tuple, session.rows(_by_record(_without(shape, [name]), name), **params)))


@functools.lru_cache(maxsize=512)
def _by_record(shape: Shape, name: str) -> Prepared:
    if name == "document":
        return Prepared(_filtered(select(_D.symbol, func.count().label("n")), shape).group_by(_D.symbol))
    whole = func.coalesce(_C.parent_id, _C.id)
    chosen = _filtered(select(_C.id), shape).subquery()
    served = select(EVENT.code, whole.label("whole"), _C.id).select_from(LINK).join(_C, _C.id == LINK.commitment_id)
    linked = served.join(ACTION, ACTION.id == LINK.action_id).join(EVENT, EVENT.id == ACTION.event_id).where(PUBLIC_ACTION).subquery()
    own = select(linked.c.code, linked.c.id.label("commitment"))
    above = select(linked.c.code, linked.c.whole.label("commitment"))
    both = own.union(above).subquery()
    return Prepared(
        select(both.c.code, func.count().label("n")).join(chosen, chosen.c.id == both.c.commitment).group_by(both.c.code)
    )  # fmt: skip


def _cards(session: Reading, shape: Shape, params: dict[str, Any], name: str) -> dict[str, int]:
    """The numbers of what stands in the cards: organizations, and places in frameworks with the frameworks as wholes."""
    counted: Counter[str] = Counter()
    for (text,) in session.rows(_cards_of(_without(shape, [name])), **params):
        card = _card.decode(text)
        if name == "framework":
            counted.update({place for tag in card.frameworks for place in (tag.framework, f"{tag.framework}:{tag.code}")})
        else:
            counted.update(card.responsible if name == "responsible" else [one.code for one in card.addressees])
    return dict(counted)


@functools.lru_cache(maxsize=512)
def _cards_of(shape: Shape) -> Prepared:
    return Prepared(_filtered(select(_C.card), shape).limit(MOST_CARDS + 1))


_COUNTED: dict[str, Callable[[Reading, Shape, dict[str, Any], str], dict[str, int]]] = {
    "has_actions": _switch, "review_overdue": _switch, "document": _rows, "event": _rows,
    "addressee": _cards, "responsible": _cards, "framework": _cards,
}  # fmt: skip

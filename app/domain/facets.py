"""How many commitments each value of a filter would show: what a list with filters says beside every choice.

A facet counts over all filters but its own, because its values are alternatives. In a register of up to 2,000 commitments everything is
counted from the rows themselves; in a larger one the database counts the codes that are columns, and nothing else is counted.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, case, func, select

from app.codes import Level
from app.db.prepared import Prepared
from app.db.sessions import Reading
from app.domain.columns import ACTION, EVENT, LINK
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import COMMITMENT_TALLY as _N
from app.domain.columns import DOCUMENT as _D
from app.domain.commitment_list import CommitmentFilter
from app.domain.derived import Card, overdue_before
from app.domain.selection import bound, conditions, source, standing
from app.domain.sight import PUBLIC_ACTION

Shape = tuple[tuple[str, int], ...]
Numbers = dict[str, int]
MOST_ROWS = 2_000
"""In a register with more, the values that are no columns are offered without their numbers."""
_OWN = {
    "kind": ("kind",), "tracking": ("tracking",), "status": ("status",), "level": ("part_only", "commitment_only"),
    "has_actions": ("with_actions", "without_actions"), "review_overdue": ("overdue", "not_overdue"),
}  # fmt: skip
_CODED = ("kind", "tracking", "level", "status")
_LEVEL = case((_C.parent_id.is_(None), Level.COMMITMENT.value), else_=Level.PART.value)
_card = msgspec.json.Decoder(Card)


class Facets(msgspec.Struct, frozen=True):
    """For each filter the numbers by value; None where nothing was counted."""

    kind: Numbers
    tracking: Numbers
    level: Numbers
    status: Numbers
    has_actions: Numbers | None
    review_overdue: Numbers | None
    document: Numbers | None
    addressee: Numbers | None
    responsible: Numbers | None
    framework: Numbers | None
    event: Numbers | None


class _Asked(msgspec.Struct, frozen=True):
    """The filters as they are bound, and the codes that were chosen."""

    shape: Shape
    params: dict[str, Any]
    chosen: dict[str, set[str]]


def facets(session: Reading, filters: CommitmentFilter, review_months: int) -> Facets:
    """The numbers for a list with these filters."""
    shape, params = bound(session, filters, review_months)
    params = {"overdue_before": overdue_before(filters.as_of or session.now.date(), review_months).isoformat()} | params
    asked = _Asked(shape, params, {name: {str(value) for value in getattr(filters, name)} for name in _CODED})
    if _is_huge(session):
        uncounted: dict[str, Any] = dict.fromkeys(_COUNTED)
        return Facets(**_coded(session.rows(_tally(_without(shape, _CODED)), **params), asked), **uncounted)
    rows = _rows(session, asked, _CODED)
    fitting = [row for row in rows if not _failed(asked, row)]
    others: dict[str, Any] = {name: _uncoded(session, asked, name, fitting) for name in _COUNTED}
    return Facets(**_coded([(*row[:4], 1) for row in rows], asked), **others)


def _is_huge(session: Reading) -> bool:
    """Whether the register has so many commitments that looking at rows would cost more than the list itself."""
    return sum(int(row[4]) for row in session.rows(_tally(()))) > MOST_ROWS


def _without(shape: Shape, names: Iterable[str]) -> Shape:
    left_out = {inner for name in names for inner in _OWN.get(name, (name,))}
    return tuple((name, count) for name, count in shape if name not in left_out)


def _rows(session: Reading, asked: _Asked, names: Iterable[str]) -> Sequence[Any]:
    """What the filters find without those of `names`: its codes and what else is counted."""
    return session.rows(_few(_without(asked.shape, names)), **asked.params)


@functools.lru_cache(maxsize=512)
def _few(shape: Shape) -> Prepared:
    columns = standing(dict(shape))
    late = func.coalesce(columns[3] < bindparam("overdue_before"), False)
    codes = (_C.kind, _C.tracking, _LEVEL, columns[0])
    wanted = select(*codes, _D.symbol, _C.card, case((_C.action_count > 0, 1), else_=0), case((late, 1), else_=0), _C.id)
    return Prepared(_filtered(wanted, shape))


@functools.lru_cache(maxsize=512)
def _tally(shape: Shape) -> Prepared:
    """The numbers by all four codes at once."""
    if not shape:
        return Prepared(select(_N.kind, _N.tracking, _N.level, _N.status, _N.n))
    wanted = select(_C.kind, _C.tracking, _LEVEL.label("level"), standing(dict(shape))[0].label("status"))
    each = _filtered(wanted, shape).subquery()
    columns = [each.c[name] for name in _CODED]
    return Prepared(select(*columns, func.count().label("n")).group_by(*columns))


def _filtered(statement: Select[Any], shape: Shape) -> Select[Any]:
    return source(statement.select_from(_C)).where(*conditions(dict(shape), standing(dict(shape))))


def _failed(asked: _Asked, row: Sequence[Any]) -> list[str]:
    """The codes of a row that the chosen ones leave out."""
    return [name for name, code in zip(_CODED, row, strict=False) if asked.chosen[name] and code not in asked.chosen[name]]


def _coded(rows: Iterable[Sequence[Any]], asked: _Asked) -> dict[str, Numbers]:
    """The four facets that are columns, from numbers by all of them: a row that fails one of them counts for that one only."""
    found: dict[str, Counter[str]] = {name: Counter() for name in _CODED}
    for row in rows:
        failed = _failed(asked, row)
        for name, code in zip(_CODED, row, strict=False):
            if not failed or failed == [name]:
                found[name][code] += row[4]
    return {name: dict(counts) for name, counts in found.items()}


def _uncoded(session: Reading, asked: _Asked, name: str, fitting: Sequence[Any]) -> Numbers:
    """One of the other facets: from the rows at hand, or where it is itself a filter, from those without it."""
    if _without(asked.shape, [name]) == asked.shape:
        return dict(_COUNTED[name](session, fitting))
    rows = _rows(session, asked, (*_CODED, name))
    return dict(_COUNTED[name](session, [row for row in rows if not _failed(asked, row)]))


def _switch(place: int) -> Callable[[Reading, Sequence[Any]], Numbers]:
    def count(_session: Reading, rows: Sequence[Any]) -> Numbers:
        holding = sum(row[place] for row in rows)
        return {"true": holding, "false": len(rows) - holding}

    return count


def _documents(_session: Reading, rows: Sequence[Any]) -> Numbers:
    return Counter(row[4] for row in rows)


def _cards(values: Callable[[Card], Iterable[str]]) -> Callable[[Reading, Sequence[Any]], Numbers]:
    return lambda _session, rows: Counter(value for row in rows for value in values(_read(row[5])))


@functools.lru_cache(maxsize=4096)
def _read(card: str) -> Card:
    return _card.decode(card)


def _places(card: Card) -> set[str]:
    """The frameworks a commitment is tagged with, and its places in them."""
    return {place for tag in card.frameworks for place in (tag.framework, f"{tag.framework}:{tag.code}")}


_SERVED = Prepared(
    select(EVENT.code, _C.id, _C.parent_id).select_from(LINK).join(_C, _C.id == LINK.commitment_id)
    .join(ACTION, ACTION.id == LINK.action_id).join(EVENT, EVENT.id == ACTION.event_id).where(PUBLIC_ACTION)
)  # fmt: skip


def _events(session: Reading, rows: Sequence[Any]) -> Numbers:
    """How many of the rows are served by an action for each event, themselves or a part of them."""
    here = {row[8] for row in rows}
    served = {(code, one) for code, *family in session.rows(_SERVED) for one in family if one in here}
    return Counter(code for code, _ in served)


_COUNTED: dict[str, Callable[[Reading, Sequence[Any]], Numbers]] = {
    "has_actions": _switch(6), "review_overdue": _switch(7), "document": _documents, "event": _events,
    "addressee": _cards(lambda card: [one.code for one in card.addressees]), "responsible": _cards(lambda card: card.responsible),
    "framework": _cards(_places),
}  # fmt: skip

"""Columns of a commitment that follow from other rows: computed here only, after every change, at replay, and by `verify`.

Each group takes any number of commitments at once and returns the values of its columns by internal key.
"""

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, bindparam, case, delete, func, insert, or_, select, text, update
from sqlalchemy.orm import aliased

from app import tables
from app.codes import ActionStatus, Level, Status, Tracking
from app.db.prepared import Prepared
from app.db.sessions import Reading, WriteSession
from app.domain.columns import (
    ACTION,
    COMMITMENT_ADDRESSEE,
    COMMITMENT_RESPONSIBLE,
    COMMITMENT_TAG,
    COMMITMENT_TALLY,
    FRAMEWORK,
    LINK,
    ORGANIZATION,
    is_published,
)
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import CONFIRMATION as _F
from app.domain.columns import DOCUMENT as _D
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.shapes import Addressee, Tag
from app.domain.translations import confirmed_hashes, worst
from app.i18n import Text

_above = aliased(_C)
Values = dict[int, dict[str, Any]]
NEVER_REVIEWED = (Status.IMPLEMENTED, Status.NOT_IMPLEMENTED, Status.OVERTAKEN_BY_EVENTS)
_correction = aliased(_U)
COUNTED = and_(
    is_published(_U),
    ~select(_correction.id).where(_correction.corrects_id == _U.id, is_published(_correction)).exists(),
)
"""Published and not corrected by a published update: what counts towards a status."""


class Card(msgspec.Struct, frozen=True):
    """What a commitment is about, kept as JSON in its row."""

    addressees: list[Addressee]
    frameworks: list[Tag]
    responsible: list[str]


_IDS: Any = bindparam("ids", expanding=True)
_PLACES = Prepared(
    select(_C.id, _D.symbol, _C.position, _C.ref, _above.position, _above.ref)
    .join(_D, _D.id == _C.document_id)
    .outerjoin(_above, _above.id == _C.parent_id)
    .where(_C.id.in_(_IDS))
)


def order(session: Reading, ids: Sequence[int]) -> Values:
    """A key whose byte order is document order, with parts by position directly after their commitment."""
    return {identity: {"order_key": _order_key(*rest)} for identity, *rest in session.rows(_PLACES, ids=list(ids))}


def _order_key(symbol: str, position: int, ref: str, parent_position: int | None, parent_ref: str | None) -> str:
    if parent_position is None:
        return f"{symbol}\x1f{position:09d}\x1f{ref}"
    return f"{symbol}\x1f{parent_position:09d}\x1f{parent_ref}\x1f{position:09d}\x1f{ref}"


def current(column: Any, *conditions: Any) -> Any:
    """A column of the update that counts: the published one with the latest (effective date, published_no)."""
    newest = (_U.effective_on.desc(), _U.published_no.desc())
    return select(column).where(_U.commitment_id == _C.id, COUNTED, *conditions).order_by(*newest).limit(1).correlate(_C).scalar_subquery()


_STANDING = Prepared(
    select(
        _C.id, _C.tracking, _D.adopted_on, current(_U.status), current(_U.effective_on),
        select(func.max(_F.confirmed_on)).where(_F.commitment_id == _C.id).correlate(_C).scalar_subquery(),
    )
    .join(_D, _D.id == _C.document_id)
    .where(_C.id.in_(_IDS))
)  # fmt: skip


def status(session: Reading, ids: Sequence[int]) -> Values:
    """The current status, the last confirmed day, and the day from which the months to the next review count."""
    return {identity: _standing(*rest) for identity, *rest in session.rows(_STANDING, ids=list(ids))}


def _standing(
    tracking: str, adopted_on: dt.date | None, code: str | None, effective_on: dt.date | None, confirmed_on: dt.date | None
) -> dict[str, Any]:
    last = max((day for day in (effective_on, confirmed_on) if day is not None), default=None)
    never = tracking == Tracking.DECLARATORY or code in NEVER_REVIEWED
    return {
        "status": code or Status.NOT_ASSESSED.value,
        "status_effective_on": effective_on,
        "last_confirmed_on": last,
        "review_from_on": None if never else last or adopted_on,
    }


_TEXTS = Prepared(
    select(_C.id, _C.ref, _C.citation_zh, _C.citation_en, _C.lead_verb_zh, _C.lead_verb_en, _C.text_zh, _C.text_en).where(_C.id.in_(_IDS))
)


def texts(session: Reading, ids: Sequence[int]) -> Values:
    """The translation state of the record: the worst of its texts."""
    rows = session.rows(_TEXTS, ids=list(ids))
    confirmed = confirmed_hashes(session, "commitment", [row.ref for row in rows])
    found: Values = {}
    for identity, ref, *sides in rows:
        pairs = zip(("citation", "lead_verb", "text"), (Text(*sides[n : n + 2]) for n in (0, 2, 4)), strict=True)
        found[identity] = {"translation": worst(pairs, confirmed.get(ref, {})).value}
    return found


_OF_FAMILY = or_(_C.id.in_(_IDS), _C.parent_id.in_(_IDS))
_FAMILY = Prepared(select(_C.id, func.coalesce(_C.parent_id, _C.id)).where(_OF_FAMILY))
_SERVING = Prepared(
    select(LINK.commitment_id, LINK.action_id)
    .join(ACTION, ACTION.id == LINK.action_id)
    .join(_C, _C.id == LINK.commitment_id)
    .where(_OF_FAMILY, ACTION.status != ActionStatus.PROPOSED)
)


def links(session: Reading, ids: Sequence[int]) -> Values:
    """How many parts, and how many public actions are linked to it or its parts."""
    above = {row[0]: row[1] for row in session.rows(_FAMILY, ids=list(ids))}
    actions: dict[int, set[int]] = {}
    for commitment_id, action_id in session.rows(_SERVING, ids=list(ids)):
        actions.setdefault(commitment_id, set()).add(action_id)
        actions.setdefault(above[commitment_id], set()).add(action_id)
    parts = Counter(whole for part, whole in above.items() if part != whole)
    return {identity: {"action_count": len(actions.get(identity, ())), "part_count": parts[identity]} for identity in ids}


def _of_commitments(model: Any, target: Any, key: Any, *columns: Any) -> Prepared:
    """The rows of a child table of some commitments, in their order, with what they point to."""
    wanted = select(model.commitment_id, *columns).join(target, target.id == key)
    return Prepared(wanted.where(model.commitment_id.in_(_IDS)).order_by(model.position))


_ADDRESSEES = _of_commitments(
    COMMITMENT_ADDRESSEE, ORGANIZATION, COMMITMENT_ADDRESSEE.organization_id, ORGANIZATION.code, COMMITMENT_ADDRESSEE.basis
)
_RESPONSIBLE = _of_commitments(COMMITMENT_RESPONSIBLE, ORGANIZATION, COMMITMENT_RESPONSIBLE.organization_id, ORGANIZATION.code)
_TAGS = _of_commitments(COMMITMENT_TAG, FRAMEWORK, COMMITMENT_TAG.framework_id, FRAMEWORK.code, COMMITMENT_TAG.code, COMMITMENT_TAG.basis)


def card(session: Reading, ids: Sequence[int]) -> Values:
    """Addressees, tags and responsible organizations as JSON."""
    cards, asked = {identity: Card([], [], []) for identity in ids}, {"ids": list(ids)}
    for identity, *rest in session.rows(_ADDRESSEES, **asked):
        cards[identity].addressees.append(Addressee(*rest))
    for identity, code in session.rows(_RESPONSIBLE, **asked):
        cards[identity].responsible.append(code)
    for identity, *rest in session.rows(_TAGS, **asked):
        cards[identity].frameworks.append(Tag(*rest))
    return {identity: {"card": msgspec.json.encode(one).decode()} for identity, one in cards.items()}


Group = Callable[[Reading, Sequence[int]], Values]
EVERYTHING: tuple[Group, ...] = (order, status, texts, links, card)
_DERIVED = [column for column in _C.__table__.columns if column.info.get("derived") and column.name != "ref_key"]
_SET = Prepared(update(_C.__table__).where(_C.id == bindparam("key")).values({c.name: bindparam(c.name, type_=c.type) for c in _DERIVED}))


def derive(session: Reading, ids: Sequence[int]) -> Values:
    """Every derived column of these commitments."""
    found: Values = {}
    for group in EVERYTHING:
        for identity, some in group(session, ids).items():
            found.setdefault(identity, {}).update(some)
    return found


def rewrite(session: Reading, connection: Connection, ids: Sequence[int]) -> None:
    """Set every derived column of these commitments, whose rows came in past the sessions; `recount` follows when all are done."""
    _SET.each(connection, [{"key": identity} | found for identity, found in derive(session, ids).items()])


def settle(session: WriteSession, rows: Iterable[tables.Commitment], *groups: Group) -> None:
    """Bring these columns of these rows up to date, and the tally with them."""
    by_id = {row.id or 0: row for row in rows}
    before = {identity: place(row) for identity, row in by_id.items()}
    for group in groups:
        for identity, values in group(session, list(by_id)).items():
            for name, value in values.items():
                setattr(by_id[identity], name, value)
    for identity, row in by_id.items():
        shift(session, before[identity], place(row))


Place = tuple[str, str, str, str]
_SHIFT = text(
    "INSERT INTO commitment_tally (kind, tracking, level, status, n) VALUES (:kind, :tracking, :level, :status, :n) "
    "ON CONFLICT (kind, tracking, level, status) DO UPDATE SET n = commitment_tally.n + excluded.n"
)
_LEVEL = case((_C.parent_id.is_(None), Level.COMMITMENT.value), else_=Level.PART.value)
TALLIED = select(_C.kind, _C.tracking, _LEVEL, _C.status, func.count()).group_by(_C.kind, _C.tracking, _LEVEL, _C.status)


def place(row: tables.Commitment) -> Place:
    """Where a commitment is counted: kind, tracking, level, status."""
    return row.kind, row.tracking, (Level.COMMITMENT if row.parent_id is None else Level.PART).value, row.status


def shift(session: WriteSession, before: Place | None, after: Place) -> None:
    """Count a commitment where it is now, and no longer where it was."""
    if before == after:
        return
    steps = [(after, 1)] if before is None else [(before, -1), (after, 1)]
    names = ("kind", "tracking", "level", "status")
    session.derive(_SHIFT, [dict(zip(names, map(str, where), strict=True)) | {"n": n} for where, n in steps])


def recount(connection: Connection) -> None:
    """Count everything anew, after rows came in past the sessions."""
    connection.execute(delete(COMMITMENT_TALLY))
    connection.execute(insert(COMMITMENT_TALLY).from_select(["kind", "tracking", "level", "status", "n"], TALLIED))


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of a later (or earlier) month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return dt.date.max if months > 0 else dt.date.min
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def overdue_before(today: dt.date, months: int) -> dt.date:
    """Reviews that count from a day before this one were due before today."""
    day = add_months(today, -months)
    if day == dt.date.min:
        return day
    day += dt.timedelta(days=4)
    while add_months(day - dt.timedelta(days=1), months) >= today:
        day -= dt.timedelta(days=1)
    return day

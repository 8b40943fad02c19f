"""Lists of updates over all commitments: the review queue of the editors, the drafts of a focal point, what was published last."""

import enum
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import bindparam, func, select, tuple_

from app.actors import Permission
from app.codes import UpdateState
from app.db.prepared import Prepared
from app.db.sessions import Reading
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import DOCUMENT
from app.domain.columns import ORGANIZATION as _O
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.intake import Code, Ref, Symbol
from app.domain.lists import Paging, Place, cursor_of, digest, place_of
from app.domain.shapes import Page, as_text
from app.domain.sight import PUBLIC_UPDATE, seen, sight
from app.domain.statuses import UPDATES, StatusUpdate, shaped

_Values = Meta(max_length=50)
_KEYS = (as_text(_U.recorded_at), _U.ref)


class UpdateSort(enum.StrEnum):
    """By the moment in which an update was first recorded, `-` newest first."""

    RECORDED_AT = "recorded_at"
    RECORDED_AT_DOWN = "-recorded_at"


class UpdateFilter(Paging, frozen=True, kw_only=True):
    """What a list of updates can be narrowed to; `organization` is the one whose people recorded them."""

    state: Annotated[list[UpdateState], _Values] = []
    organization: Annotated[list[Code], _Values] = []
    commitment: Annotated[list[Ref], _Values] = []
    document: Annotated[list[Symbol], _Values] = []
    sort: UpdateSort = UpdateSort.RECORDED_AT_DOWN


def update_page(session: Reading, filters: UpdateFilter) -> Page[StatusUpdate]:
    """One page of the updates the actor may see. Raises BadRequest for a cursor of another list."""
    conditions = _conditions(session, filters)
    down = filters.sort is UpdateSort.RECORDED_AT_DOWN
    place = place_of(filters, len(_KEYS))
    wanted = UPDATES.where(*conditions)
    if place:
        here, there = tuple_(*_KEYS), tuple_(*place.keys)
        wanted = wanted.where(here < there if down else here > there)
    rows = session.rows(wanted.order_by(*(key.desc() if down else key for key in _KEYS)).limit(filters.limit + 1))
    total = place.total if place else int(session.value(select(func.count()).select_from(_U).where(*conditions)))
    items = shaped(session, rows[: filters.limit])
    more = len(rows) > filters.limit
    return Page(items, total, cursor_of(Place(digest(filters), total, [items[-1].recorded_at, items[-1].ref])) if more else None)


_SUBMITTED = Prepared(select(func.count()).select_from(_U).where(_U.state == UpdateState.SUBMITTED))
_CAME_BACK = Prepared(
    select(func.count())
    .select_from(_U)
    .where(_U.state == UpdateState.RETURNED, _U.organization_id == select(_O.id).where(_O.code == bindparam("own")).scalar_subquery())
)


def waiting(session: Reading) -> int:
    """How many updates wait for the actor: those submitted for an editor, those that came back to his organization for a focal point.

    Every page for those who write asks it, and the index by state answers: it goes over what waits and nothing else.
    """
    actor = session.actor
    if actor.may(Permission.PUBLISH):
        return int(session.value(_SUBMITTED))
    return int(session.value(_CAME_BACK, own=actor.organization)) if actor.may(Permission.DRAFT) else 0


def _conditions(session: Reading, filters: UpdateFilter) -> list[Any]:
    found = [seen(sight(session.actor), PUBLIC_UPDATE, _U.organization_id, session.actor.organization)]
    if filters.state:
        found.append(_U.state.in_(filters.state))
    if filters.organization:
        found.append(_U.organization_id.in_(select(_O.id).where(_O.code.in_(filters.organization))))
    if filters.commitment:
        found.append(_U.commitment_id.in_(select(_C.id).where(_C.ref.in_(filters.commitment))))
    if filters.document:
        of_document = select(_C.id).join(DOCUMENT, DOCUMENT.id == _C.document_id).where(DOCUMENT.symbol.in_(filters.document))
        found.append(_U.commitment_id.in_(of_document))
    return found

"""Which actions serve which commitments for an event, and what is left over on both sides."""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from app.codes import Contribution, Status, Tracking
from app.db.sessions import Reading
from app.domain.actions import visible
from app.domain.columns import ACTION as _A
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import DOCUMENT as _D
from app.domain.columns import EVENT as _E
from app.domain.columns import LINK as _L
from app.domain.intake import Symbol
from app.i18n import Text

_parent = aliased(_C)


class CoverageAction(msgspec.Struct, frozen=True):
    ref: str
    title: Text
    status: str


class Cell(msgspec.Struct, frozen=True):
    """An existing link."""

    action: str
    contribution: Contribution


class CoverageRow(msgspec.Struct, frozen=True):
    ref: str
    status: Status
    cells: list[Cell]


class Coverage(msgspec.Struct, frozen=True):
    """Commitments and parts in document order against the actions of an event.

    Orphans are operational commitments without a link to one of these actions, of their own or of a part, and actions without any link.
    """

    event: str
    actions: list[CoverageAction]
    rows: list[CoverageRow]
    orphan_commitments: list[str]
    orphan_actions: list[str]


class CoverageFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`document` replaces the documents whose event is an earlier one of the series."""

    document: Annotated[list[Symbol], Meta(max_length=50)] = []


def coverage(session: Reading, event: str, documents: Iterable[str] = ()) -> Coverage:
    """The matrix of one event, which must exist; only actions the actor may see count."""
    actions = session.rows(
        select(_A.id, _A.ref, _A.title_zh, _A.title_en, _A.status)
        .join(_E, _E.id == _A.event_id)
        .where(_E.code == event, visible(session))
        .order_by(_A.number)
    )
    links = session.rows(
        select(_L.commitment_id, _A.ref, _L.contribution).join(_A, _A.id == _L.action_id).join(_E, _E.id == _A.event_id)
        .where(_E.code == event, visible(session)).order_by(_A.number)
    )  # fmt: skip
    cells: dict[int, list[Cell]] = {}
    for commitment_id, ref, contribution in links:
        cells.setdefault(commitment_id, []).append(Cell(ref, contribution))
    rows = session.rows(_rows(session, event, list(documents), list(cells)))
    covered = {identity for row in rows if row.id in cells for identity in (row.id, row.parent_id)}
    return Coverage(
        event=event,
        actions=[CoverageAction(ref, Text(zh, en), status) for _, ref, zh, en, status in actions],
        rows=[CoverageRow(row.ref, row.status, cells.get(row.id, [])) for row in rows],
        orphan_commitments=[
            row.ref for row in rows if row.parent_id is None and row.tracking == Tracking.OPERATIONAL and row.id not in covered
        ],
        orphan_actions=_orphan_actions(session, [row.id for row in actions], {row.id: row.ref for row in actions}),
    )


def earlier_documents(session: Reading, event: str) -> Any:
    """The condition on documents that they belong to an earlier event of the series of this one, which must exist."""
    series, ordinal = session.rows(select(_E.series, _E.ordinal).where(_E.code == event))[0]
    return _D.event_id.in_(select(_E.id).where(_E.series == series, _E.ordinal < ordinal))


def _rows(session: Reading, event: str, documents: list[str], linked: list[int]) -> Any:
    among = _D.symbol.in_(documents) if documents else earlier_documents(session, event)
    wanted = select(_C.id, _C.parent_id, _C.ref, _C.status, _C.tracking).join(_D, _D.id == _C.document_id)
    return wanted.where(or_(among, _C.id.in_(linked))).order_by(_C.order_key)


def _orphan_actions(session: Reading, ids: list[int], refs: dict[int, str]) -> list[str]:
    linked = {row[0] for row in session.rows(select(_L.action_id).where(_L.action_id.in_(ids)))}
    return [refs[identity] for identity in ids if identity not in linked]

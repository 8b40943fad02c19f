"""Everything public about the commitments of some documents, read in bulk: what a report is made from."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import and_, func, literal, or_, select

from app.db.sessions import Reading
from app.domain import actions, statuses
from app.domain.actions import Action
from app.domain.columns import ACTION as _A
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import CONFIRMATION as _F
from app.domain.columns import DOCUMENT as _D
from app.domain.columns import EVENT as _E
from app.domain.columns import LINK as _L
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.columns import is_published
from app.domain.commitment_list import Commitment, CommitmentFilter, commitment_page
from app.domain.shapes import as_text
from app.domain.sight import PUBLIC_ACTION
from app.domain.statuses import StatusUpdate
from app.domain.translations import Hashes, confirmed_hashes

T = TypeVar("T")
_SOME = 500
Tick = Callable[[int], None]


class Dossier(msgspec.Struct, frozen=True):
    """Commitments in document order as they stand on a day; counted updates (newest first) and confirmed days (oldest first) up to it."""

    commitments: list[Commitment]
    updates: dict[str, list[StatusUpdate]]
    confirmed: dict[str, list[str]]
    actions: list[Action]


def dossier(session: Reading, documents: Sequence[str], event: str | None, as_of: dt.date, review_months: int) -> Dossier:
    """Read the dossier; actions are those linked to the documents and those of the event."""
    return Dossier(
        list(_commitments(session, documents, as_of, review_months)),
        _updates(session, documents, as_of),
        _confirmed(session, documents, as_of),
        _actions(session, documents, event),
    )


def commitment_count(session: Reading, documents: Sequence[str]) -> int:
    """How many commitments and parts the documents have."""
    return int(session.value(select(func.count()).select_from(_C).join(_D, _D.id == _C.document_id).where(_D.symbol.in_(documents))))


def hashes_of(session: Reading, entity: str, refs: Iterable[str]) -> dict[str, Hashes]:
    """The confirmed hashes of any number of records."""
    found: dict[str, Hashes] = {}
    for some in some_at_a_time(list(refs)):
        found |= confirmed_hashes(session, entity, some)
    return found


def some_at_a_time(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in pieces that fit into one statement."""
    for start in range(0, len(items), _SOME):
        yield items[start : start + _SOME]


def _commitments(session: Reading, documents: Sequence[str], as_of: dt.date, review_months: int) -> Iterator[Commitment]:
    for symbol in documents:
        filters = CommitmentFilter(document=[symbol], as_of=as_of, limit=_SOME)
        while True:
            page = commitment_page(session, filters, review_months)
            yield from page.items
            if page.next is None:
                break
            filters = msgspec.structs.replace(filters, cursor=page.next)


def _of(documents: Sequence[str]) -> Any:
    return _D.symbol.in_(documents)


def _updates(session: Reading, documents: Sequence[str], as_of: dt.date) -> dict[str, list[StatusUpdate]]:
    wanted = statuses.UPDATES.join(_D, _D.id == _C.document_id).where(
        _of(documents), is_published(_U), as_text(_U.effective_on) <= as_of.isoformat()
    )
    rows = session.rows(wanted.order_by(_C.order_key, _U.effective_on.desc(), _U.published_no.desc()))
    found: dict[str, list[StatusUpdate]] = {}
    for some in some_at_a_time(rows):
        for update in statuses.shaped(session, some):
            if update.corrected_by is None:
                found.setdefault(update.commitment, []).append(update)
    return found


def _confirmed(session: Reading, documents: Sequence[str], as_of: dt.date) -> dict[str, list[str]]:
    wanted = select(_C.ref, as_text(_F.confirmed_on)).join(_C, _C.id == _F.commitment_id).join(_D, _D.id == _C.document_id)
    found: dict[str, list[str]] = {}
    for ref, day in session.rows(wanted.where(_of(documents), as_text(_F.confirmed_on) <= as_of.isoformat()).order_by(_F.confirmed_on)):
        found.setdefault(ref, []).append(day)
    return found


def _actions(session: Reading, documents: Sequence[str], event: str | None) -> list[Action]:
    linked = select(literal(1)).select_from(_L).join(_C, _C.id == _L.commitment_id).join(_D, _D.id == _C.document_id)
    serving = linked.where(_L.action_id == _A.id, _of(documents)).exists()
    among = serving if event is None else or_(serving, and_(_E.code.is_not(None), _E.code == event))
    rows = session.rows(actions.COLUMNS.where(PUBLIC_ACTION, among).order_by(_A.number))
    return [action for some in some_at_a_time(rows) for action in actions.shaped(session, some)]

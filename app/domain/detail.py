"""One commitment with everything about it, now, as at a day, or as it was recorded earlier."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from app.db.prepared import Prepared
from app.db.sessions import Reading, ReadSession
from app.domain.actions import Action, actions_of
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import DOCUMENT
from app.domain.commitment_list import Commitment, CommitmentFilter, commitment, commitment_page
from app.domain.confirmations import Confirmation, confirmations
from app.domain.documents import Document, document
from app.domain.moments import Recorded, revision_or_moment
from app.domain.replay import as_recorded, revision_for
from app.domain.selection import Selection
from app.domain.shapes import Page
from app.domain.statuses import StatusUpdate, status_updates
from app.errors import NotFound, invalid


class CommitmentDetail(Commitment, kw_only=True):
    """A commitment with its parts, the actions linked to it or to them, its updates (newest first), and its neighbours."""

    parts: list[Commitment]
    actions: list[Action]
    status_updates: list[StatusUpdate]
    confirmations: list[Confirmation]
    previous: str | None
    next: str | None


class DetailQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`as_of` asks for the standing on a day; `as_recorded` for what the record said at a revision or moment."""

    as_of: dt.date | None = None
    as_recorded: Recorded | None = None


def commitment_detail(session: Reading, ref: str, review_months: int, as_of: dt.date | None = None) -> CommitmentDetail:
    """One commitment or part. With `as_of`, statuses are those of that day and later updates are left out. Raises NotFound."""
    one = commitment(session, ref, review_months, as_of)
    if one is None:
        raise NotFound
    parts = commitment_page(session, CommitmentFilter(parent=[ref], as_of=as_of, limit=200), review_months).items if one.part_count else []
    updates, confirmed = status_updates(session, ref), confirmations(session, ref)
    if as_of is not None:
        updates = [update for update in updates if update.effective_on <= as_of.isoformat()]
        confirmed = [one for one in confirmed if one.confirmed_on <= as_of.isoformat()]
    previous, following = session.first(_NEIGHBOURS, ref=ref)
    fields = {name: getattr(one, name) for name in Commitment.__struct_fields__}
    actions = actions_of(session, [ref, *(part.ref for part in parts)])
    return CommitmentDetail(
        **fields, parts=parts, actions=actions, status_updates=updates, confirmations=confirmed, previous=previous, next=following
    )


_own, _next_to = aliased(_C), aliased(_C)


def _beside(before: bool) -> Any:
    """The ref before or after `_own` in its document; for a part, among the parts of its commitment."""
    key = _next_to.order_key
    side, order = (key < _own.order_key, key.desc()) if before else (key > _own.order_key, key)
    same = (_next_to.document_id == _own.document_id, _next_to.parent_id.is_not_distinct_from(_own.parent_id))
    return select(_next_to.ref).where(*same, side).order_by(order).limit(1).correlate(_own).scalar_subquery()


_NEIGHBOURS = Prepared(select(_beside(before=True), _beside(before=False)).where(_own.ref == bindparam("ref")))


class RecordQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`as_recorded` asks for what the record said at a revision or moment."""

    as_recorded: Recorded | None = None


@contextmanager
def earlier(session: ReadSession, asked: RecordQuery, commitments: Sequence[str] = (), actions: Sequence[str] = ()) -> Iterator[Reading]:
    """The session itself, or one on what was recorded by then of these commitments and actions, and of all that is shared by them."""
    if asked.as_recorded is None:
        yield session
        return
    revision = revision_for(session, revision_or_moment(asked.as_recorded, "?as_recorded"))
    with as_recorded(session, revision, commitments, actions) as scratch:
        yield scratch


def document_at(session: ReadSession, slug: str, asked: RecordQuery) -> Document:
    """One document, now or as it was recorded; its counts are those of then. Raises NotFound."""
    symbol = session.value(select(DOCUMENT.symbol).where(DOCUMENT.slug == slug))
    refs = _refs_of(session, symbol) if asked.as_recorded is not None else ()
    with earlier(session, asked, refs) as then:
        return document(then, slug)


def detail_asked(session: ReadSession, ref: str, asked: DetailQuery, review_months: int) -> CommitmentDetail:
    """The detail as the query asks for it. Raises NotFound, also for a commitment that was not there at the revision."""
    if asked.as_recorded is None:
        return commitment_detail(session, ref, review_months, asked.as_of)
    revision = revision_for(session, revision_or_moment(asked.as_recorded, "?as_recorded"))
    symbol = session.value(_DOCUMENT_OF.where(_C.ref == ref))
    with as_recorded(session, revision, _refs_of(session, symbol)) as earlier:
        return commitment_detail(earlier, ref, review_months, asked.as_of)


_DOCUMENT_OF = select(DOCUMENT.symbol).join(_C, _C.document_id == DOCUMENT.id)


def _refs_of(session: Reading, symbol: str | None) -> list[str]:
    """The refs of all commitments and parts of a document."""
    return [row[0] for row in session.rows(select(_C.ref).join(DOCUMENT, DOCUMENT.id == _C.document_id).where(DOCUMENT.symbol == symbol))]


def page_asked(session: ReadSession, filters: CommitmentFilter, review_months: int) -> Page[Commitment]:
    """The page as the filters ask for it; `as_recorded` is answered for the list of one document."""
    with session_asked(session, filters) as then:
        return commitment_page(then, filters, review_months)


@contextmanager
def session_asked(session: ReadSession, selection: Selection) -> Iterator[ReadSession]:
    """The session itself, or one on what was recorded by then of the one document that the selection names."""
    if selection.as_recorded is None:
        yield session
        return
    if len(selection.document) != 1:
        raise invalid("?as_recorded", "as_recorded_needs_document" if not selection.document else "as_recorded_single_document")
    revision = revision_for(session, revision_or_moment(selection.as_recorded, "?as_recorded"))
    with as_recorded(session, revision, _refs_of(session, selection.document[0])) as then:
        yield then

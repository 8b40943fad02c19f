"""An update on its way to publication: drafted, edited, submitted, returned with a note, submitted again, published, or withdrawn.

Only the last step but one is public. Until then an update moves neither the version nor the status of its commitment.
"""

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import func, select

from app import tables
from app.actors import Permission
from app.codes import Status, UpdateState
from app.db.sessions import WriteSession
from app.domain.columns import COMMITMENT, ORGANIZATION
from app.domain.columns import STATUS_UPDATE as _U
from app.domain.commands import command, next_number
from app.domain.intake import Body, Note, UpdateRef
from app.domain.shapes import Evidence, Few
from app.domain.statuses import StatusChange, StatusUpdate, check_everything, corrected_row, publish, status_update
from app.errors import Conflict, Forbidden


class UpdateFields(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of an update that is a draft or was returned."""

    status: Status
    effective_on: dt.date
    narrative: Body = Body()
    evidence: Few[Evidence] = []
    corrects: UpdateRef | None = None


class Returned(msgspec.Struct, frozen=True):
    """Why an update goes back to whoever submitted it, in the language the two share."""

    review_note: Note


def find_update(session: WriteSession, ref: str) -> tables.StatusUpdate:
    """The row of an update the actor may change. Raises NotFound for one he may not see, Forbidden for one he may only see."""
    status_update(session, ref)
    row: tables.StatusUpdate = session.scalars(select(_U).where(_U.ref == ref)).one()
    if not session.actor.may(Permission.PUBLISH):
        own = session.value(select(ORGANIZATION.id).where(ORGANIZATION.code == session.actor.organization))
        if own is None or row.organization_id != own:
            raise Forbidden("own_organization_only")
    return row


def update_fields(session: WriteSession, row: tables.StatusUpdate) -> dict[str, Any]:
    """What a merge patch of this update is merged into: the raw values of UpdateFields."""
    now = status_update(session, row.ref)
    return {name: msgspec.to_builtins(getattr(now, name)) for name in UpdateFields.__struct_fields__}


@command("status_update:change", Permission.DRAFT)
def change_update(session: WriteSession, row: tables.StatusUpdate, fields: UpdateFields) -> StatusUpdate:
    """Give a draft or returned update these values. Raises Conflict where it is past editing."""
    before = update_fields(session, row)
    corrected = corrected_row(session, _commitment(session, row), fields.corrects)
    _expect_editable(row)
    row.status, row.effective_on = fields.status, fields.effective_on
    row.narrative_zh, row.narrative_en = fields.narrative.zh, fields.narrative.en
    row.evidence = msgspec.to_builtins(fields.evidence)
    row.corrects_id = corrected.id if corrected else None
    session.flush()
    if update_fields(session, row) != before:
        row.version += 1
    return status_update(session, row.ref)


@command("status_update:submit", Permission.DRAFT)
def submit_update(session: WriteSession, row: tables.StatusUpdate) -> StatusUpdate:
    """Hand a draft or returned update to the editors. Raises Invalid where the rules of statuses stand against it, or Conflict."""
    _check(session, row)
    _expect_editable(row)
    return _moved(session, row, UpdateState.SUBMITTED, note=None)


@command("status_update:return", Permission.PUBLISH)
def return_update(session: WriteSession, row: tables.StatusUpdate, returned: Returned) -> StatusUpdate:
    """Give a submitted update back with a note that says what is missing. Raises Conflict for one that was not submitted."""
    _expect_submitted(row)
    return _moved(session, row, UpdateState.RETURNED, note=returned.review_note)


@command("status_update:publish", Permission.PUBLISH)
def publish_update(session: WriteSession, row: tables.StatusUpdate) -> StatusUpdate:
    """Publish a submitted update, checked again as things stand now. Raises Invalid, or Conflict for one that was not submitted."""
    commitment = _check(session, row)
    _expect_submitted(row)
    last = session.value(select(func.max(_U.published_no)).where(_U.commitment_id == row.commitment_id))
    publish(session, commitment, row, next_number(last))
    return _moved(session, row, UpdateState.PUBLISHED, note=None)


@command("status_update:withdraw", Permission.DRAFT)
def withdraw_update(session: WriteSession, row: tables.StatusUpdate) -> None:
    """Remove a draft or returned update; the ledger keeps what it was, and its number is not given again. Raises Conflict."""
    _expect_editable(row)
    session.delete(row)


def _check(session: WriteSession, row: tables.StatusUpdate) -> tables.Commitment:
    """The commitment of an update that may be published as things stand. Raises Invalid with all that stands against it, or Conflict."""
    commitment = _commitment(session, row)
    change = msgspec.convert(update_fields(session, row), StatusChange)
    check_everything(session, commitment, change)
    return commitment


def _commitment(session: WriteSession, row: tables.StatusUpdate) -> tables.Commitment:
    found: tables.Commitment = session.get_one(COMMITMENT, row.commitment_id)
    return found


def _expect_editable(row: tables.StatusUpdate) -> None:
    if row.state not in (UpdateState.DRAFT, UpdateState.RETURNED):
        raise Conflict("not_editable")


def _expect_submitted(row: tables.StatusUpdate) -> None:
    if row.state != UpdateState.SUBMITTED:
        raise Conflict("not_submitted")


def _moved(session: WriteSession, row: tables.StatusUpdate, state: UpdateState, *, note: str | None) -> StatusUpdate:
    row.state, row.review_note = state, note
    row.version += 1
    return status_update(session, row.ref)

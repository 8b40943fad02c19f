"""Confirmations: that a status still holds, recorded and read."""

import datetime as dt

import msgspec
from sqlalchemy import bindparam, select

from app import tables
from app.actors import Permission
from app.db.prepared import Prepared
from app.db.sessions import Reading, WriteSession
from app.domain import derived, people
from app.domain.columns import COMMITMENT as _C
from app.domain.columns import CONFIRMATION as _F
from app.domain.columns import ORGANIZATION as _O
from app.domain.commands import command, day_error, internal_key
from app.domain.intake import Remark
from app.domain.shapes import Day, Moment, Recorder, as_text
from app.domain.statuses import day_adopted
from app.errors import Conflict, Invalid
from app.i18n import Text


class NewConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    """“Still true on this day.”"""

    confirmed_on: dt.date
    note: Remark = Remark()


class Confirmation(msgspec.Struct, frozen=True, kw_only=True):
    commitment: str
    confirmed_on: Day
    note: Text
    recorded_at: Moment
    recorded_by: Recorder


@command("confirmation:record", Permission.PUBLISH)
def confirm(session: WriteSession, commitment: tables.Commitment, new: NewConfirmation) -> Confirmation:
    """Record that the status still holds on a day. Raises Conflict where that day is confirmed already."""
    if errors := day_error("/confirmed_on", day_adopted(session, commitment), new.confirmed_on, session.now):
        raise Invalid(errors=tuple(errors))
    if session.value(select(_F.id).where(_F.commitment_id == commitment.id, _F.confirmed_on == new.confirmed_on)):
        raise Conflict("already_confirmed", date=new.confirmed_on.isoformat())
    organization = internal_key(session, _O, "code", session.actor.organization, "/organization")
    session.add(
        tables.Confirmation(
            commitment_id=commitment.id or 0, confirmed_on=new.confirmed_on, note_zh=new.note.zh, note_en=new.note.en,
            organization_id=organization, author=session.actor.id, recorded_at=session.now,
        )
    )  # fmt: skip
    commitment.version += 1
    commitment.updated_at = session.now
    derived.settle(session, [commitment], derived.status)
    return next(one for one in confirmations(session, commitment.ref) if one.confirmed_on == new.confirmed_on.isoformat())


_CONFIRMATIONS = Prepared(
    select(as_text(_F.confirmed_on), _F.note_zh, _F.note_en, as_text(_F.recorded_at), _O.code, _F.author)
    .join(_C, _C.id == _F.commitment_id)
    .outerjoin(_O, _O.id == _F.organization_id)
    .where(_C.ref == bindparam("ref"))
    .order_by(_F.confirmed_on.desc())
)


def confirmations(session: Reading, commitment_ref: str) -> list[Confirmation]:
    """The confirmations of one commitment, newest first."""
    rows = session.rows(_CONFIRMATIONS, ref=commitment_ref)
    names = people.names(session, [row[5] for row in rows])
    return [
        Confirmation(
            commitment=commitment_ref, confirmed_on=day, note=Text(zh, en), recorded_at=at, recorded_by=Recorder(code, names.get(author))
        )
        for day, zh, en, at, code, author in rows
    ]  # fmt: skip

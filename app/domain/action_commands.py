"""Follow-up actions written: proposed, planned, changed, noted upon, linked to commitments, deleted."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import Integer, cast, func, select

from app import tables, tables_actions
from app.actors import Permission
from app.codes import ActionStatus, Contribution, Priority
from app.db.ledger import CHANGE
from app.db.sessions import WriteSession
from app.domain import derived
from app.domain.actions import Action, action, visible
from app.domain.children import organization_rows, replace_children
from app.domain.columns import ACTION as _A
from app.domain.columns import ACTION_PARTNER, COMMITMENT, EVENT, ORGANIZATION
from app.domain.columns import LINK as _L
from app.domain.commands import command, day_error, internal_key, key_or_error, next_number
from app.domain.commitments import find_commitment
from app.domain.intake import Body, Code, Remark, Title
from app.domain.shapes import Evidence, Few
from app.domain.statuses import evidence_errors
from app.errors import Conflict, FieldError, Forbidden, Invalid, NotFound


class NewMilestone(msgspec.Struct, frozen=True):
    title: Title
    due_on: dt.date | None = None
    done_on: dt.date | None = None


class ActionFields(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said about an action. Without `status` a focal point proposes it and an editor plans it."""

    title: Title
    description: Body = Body()
    event: Code | None = None
    owner: Code | None = None
    partners: Few[Code] = []
    due_on: dt.date | None = None
    status: ActionStatus | None = None
    priority: Priority = Priority.NORMAL
    progress: Annotated[int, Meta(ge=0, le=100)] = 0
    milestones: Few[NewMilestone] = []
    evidence: Few[Evidence] = []


class NewNote(msgspec.Struct, frozen=True):
    """A dated note."""

    on: dt.date
    text: Remark


class NewLink(msgspec.Struct, frozen=True):
    """What the action does for the commitment."""

    contribution: Contribution
    note: Remark = Remark()


def find_action(session: WriteSession, ref: str) -> tables_actions.Action:
    """The row of an action the actor may change. Raises NotFound for one he may not see, Forbidden for one he may only see."""
    row: tables_actions.Action | None = session.scalars(select(_A).where(_A.ref == ref, visible(session))).first()
    if row is None:
        raise NotFound
    _may_write(session, row)
    return row


def _may_write(session: WriteSession, row: tables_actions.Action) -> None:
    """Editors write every action, a focal point what his organization has proposed. Raises Forbidden."""
    if session.actor.may(Permission.PUBLISH):
        return
    own = session.value(select(ORGANIZATION.id).where(ORGANIZATION.code == session.actor.organization))
    if own is None or row.organization_id != own or row.status != ActionStatus.PROPOSED:
        raise Forbidden("own_organization_only")


def _status(session: WriteSession, asked: ActionStatus | None, present: str | None) -> str:
    """The status an action gets: a focal point proposes and nothing else. Raises Forbidden."""
    if session.actor.may(Permission.PUBLISH):
        return asked or present or ActionStatus.PLANNED
    if asked not in (None, ActionStatus.PROPOSED):
        raise Forbidden("proposed_only")
    return ActionStatus.PROPOSED


@command("action:create", Permission.DRAFT)
def create_action(session: WriteSession, new: ActionFields) -> Action:
    """Add an action under the next number. Raises Invalid, or Forbidden where a focal point does more than propose."""
    status = _status(session, new.status, None)
    number = next_number(_last_number(session))
    organization = internal_key(session, ORGANIZATION, "code", session.actor.organization, "/organization")
    row = tables_actions.Action(
        ref=f"A{number}", number=number, status=status, priority=new.priority, title_zh=new.title.zh, title_en=new.title.en,
        organization_id=organization, author=session.actor.id, updated_at=session.now,
    )  # fmt: skip
    _fill(session, row, new)
    return action(session, row.ref)


def _last_number(session: WriteSession) -> int:
    """The highest number ever given: numbers of deleted actions, which the ledger knows, are not given again."""
    from_ledger = select(func.max(cast(func.substr(CHANGE.c.ref, 2), Integer))).where(CHANGE.c.entity == "action")
    return max(session.value(select(func.max(_A.number))) or 0, session.value(from_ledger) or 0)


def action_fields(session: WriteSession, row: tables_actions.Action) -> dict[str, Any]:
    """What a merge patch of this action is merged into: the raw values of ActionFields."""
    now = action(session, row.ref)
    return {name: msgspec.to_builtins(getattr(now, name)) for name in ActionFields.__struct_fields__}


@command("action:change", Permission.DRAFT)
def change_action(session: WriteSession, row: tables_actions.Action, fields: ActionFields) -> Action:
    """Give an action these values; accepting a proposed one is a change of its status by an editor."""
    _may_write(session, row)
    before, was = action_fields(session, row), row.status
    row.status = _status(session, fields.status, row.status)
    _fill(session, row, fields)
    if action_fields(session, row) != before:
        _changed(session, row)
    session.flush()
    served = select(COMMITMENT).join(_L, _L.commitment_id == COMMITMENT.id).where(_L.action_id == row.id)
    _settle_links(session, session.scalars(served).all())
    if was == ActionStatus.PROPOSED != row.status:
        _tell_links(session, row)
    return action(session, row.ref)


def _tell_links(session: WriteSession, row: tables_actions.Action) -> None:
    """Enter the links of an accepted action once more: what they were when they were made, as part of a proposal, was told to nobody."""
    for link in session.scalars(select(_L).where(_L.action_id == row.id).order_by(_L.id)):
        session.tell_again(link)


def _settle_links(session: WriteSession, served: Iterable[tables.Commitment]) -> None:
    """Count the actions of these commitments and of those above them anew."""
    family = {row.id: row for row in served}
    for row in list(family.values()):
        if row.parent_id is not None:
            family[row.parent_id] = session.get_one(COMMITMENT, row.parent_id)
    derived.settle(session, family.values(), derived.links)


def _changed(session: WriteSession, row: tables_actions.Action) -> None:
    row.version += 1
    row.updated_at = session.now


def action_errors(fields: ActionFields) -> list[FieldError]:
    """What is wrong with an action by itself."""
    errors = evidence_errors(fields.evidence)
    errors += [FieldError(f"/milestones/{n}/title", "required") for n, one in enumerate(fields.milestones) if not one.title]
    return errors if fields.title else [*errors, FieldError("/title", "item_needs_title")]


def note_errors(note: NewNote, now: dt.datetime) -> list[FieldError]:
    """What is wrong with a note: it says something, about a day that has begun somewhere."""
    return [*day_error("/on", None, note.on, now), *([] if note.text else [FieldError("/text", "required")])]


def _fill(session: WriteSession, row: tables_actions.Action, fields: ActionFields) -> None:
    event, no_event = key_or_error(session, EVENT, "code", fields.event, "/event")
    owner, no_owner = key_or_error(session, ORGANIZATION, "code", fields.owner, "/owner")
    partners, no_partners = organization_rows(session, fields.partners, "/partners")
    if errors := [*action_errors(fields), *no_event, *no_owner, *no_partners]:
        raise Invalid(errors=tuple(errors))
    row.title_zh, row.title_en = fields.title.zh, fields.title.en
    row.description_zh, row.description_en = fields.description.zh, fields.description.en
    row.event_id, row.owner_id = event, owner
    row.due_on, row.priority, row.progress = fields.due_on, fields.priority, fields.progress
    row.milestones, row.evidence = msgspec.to_builtins(fields.milestones), msgspec.to_builtins(fields.evidence)
    session.add(row)
    session.flush()
    replace_children(session, ACTION_PARTNER, "action_id", row, partners)


@command("action:delete", Permission.DRAFT)
def delete_action(session: WriteSession, row: tables_actions.Action) -> None:
    """Remove an action; the ledger keeps what it was. Raises Conflict while it is linked."""
    _may_write(session, row)
    if session.value(select(_L.id).where(_L.action_id == row.id)):
        raise Conflict("action_linked")
    replace_children(session, ACTION_PARTNER, "action_id", row, [])
    session.delete(row)


@command("action:note", Permission.DRAFT)
def add_note(session: WriteSession, row: tables_actions.Action, note: NewNote) -> Action:
    """Add a dated note."""
    _may_write(session, row)
    if errors := note_errors(note, session.now):
        raise Invalid(errors=tuple(errors))
    entry = {"on": note.on.isoformat(), "text": msgspec.to_builtins(note.text)}
    row.notes = [*row.notes, entry | {"organization": session.actor.organization, "author": session.actor.id}]
    _changed(session, row)
    return action(session, row.ref)


def linked(session: WriteSession, row: tables_actions.Action, commitment_ref: str) -> tables_actions.Link | None:
    """The link between an action and a commitment, if there is one. Raises NotFound for an unknown commitment."""
    commitment = find_commitment(session, commitment_ref)
    return session.scalars(select(_L).where(_L.action_id == row.id, _L.commitment_id == commitment.id)).first()


def require_link(session: WriteSession, row: tables_actions.Action, commitment_ref: str) -> tables_actions.Link:
    """The link between an action and a commitment. Raises NotFound where there is none."""
    link = linked(session, row, commitment_ref)
    if link is None:
        raise NotFound
    return link


def says(link: tables_actions.Link | None, new: NewLink) -> bool:
    """Whether a link says this already, so that repeating it changes nothing."""
    return link is not None and (link.contribution, link.note_zh, link.note_en) == (new.contribution, new.note.zh, new.note.en)


@command("link:set", Permission.DRAFT)
def link_action(session: WriteSession, row: tables_actions.Action, commitment_ref: str, new: NewLink) -> Action:
    """Link an action to a commitment, or change what the link says; only the action's version moves."""
    _may_write(session, row)
    link = linked(session, row, commitment_ref)
    if not says(link, new):
        commitment = find_commitment(session, commitment_ref)
        link = link or _L(action_id=row.id, commitment_id=commitment.id)
        link.contribution, link.note_zh, link.note_en = new.contribution, new.note.zh, new.note.en
        session.add(link)
        _changed(session, row)
        _settle_links(session, [commitment])
    return action(session, row.ref)


@command("link:remove", Permission.DRAFT)
def unlink_action(session: WriteSession, row: tables_actions.Action, commitment_ref: str) -> Action:
    """Remove a link. Raises NotFound where there is none."""
    _may_write(session, row)
    session.delete(require_link(session, row, commitment_ref))
    _changed(session, row)
    _settle_links(session, [find_commitment(session, commitment_ref)])
    return action(session, row.ref)

"""Which action serves which commitment: linked from either side, changed, removed."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from app.actors import Permission
from app.codes import ActionStatus, Contribution
from app.db.sessions import Reading, WriteSession
from app.domain import action_commands as commands
from app.domain.action_commands import NewLink
from app.domain.actions import Action, ActionFilter, action, action_page
from app.domain.commands import expect
from app.domain.commitment_list import Commitment, CommitmentFilter, commitment, commitment_page
from app.domain.intake import Ref, Remark
from app.errors import NotFound, invalid
from app.web.describe import page
from app.web.forms import AGAIN, Form
from app.web.pages.action_forms import For, Nothing, writable
from app.web.pages.clashes import clashes
from app.web.pages.statuses import known_commitment
from app.web.paths import action_part, ref_part
from app.web.running import in_thread, quick
from app.web.visit import Visit

_SUGGESTED = 200
"""How many commitments or actions a form offers; the ref of another one can be typed."""
_OPEN = [ActionStatus.PROPOSED, ActionStatus.PLANNED, ActionStatus.IN_PROGRESS, ActionStatus.COMPLETED]


class FromAction(msgspec.Struct, frozen=True, kw_only=True):
    """A link as it is chosen on the side of the action."""

    commitment: Ref
    contribution: Contribution
    note: Remark = Remark()


class FromCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """A link as it is chosen on the side of the commitment; the action with the version that was offered, e.g. A1.3."""

    action: Annotated[str, Meta(max_length=30, pattern="^A[1-9][0-9]{0,17}[.][1-9][0-9]{0,8}$")]
    contribution: Contribution
    note: Remark = Remark()


class ActionLinks(Controller):
    path = "/actions/{ref:str}"

    @get("/link", **page())
    @quick
    def choose(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.desk(commands.link_action) as session:
            one = writable(session, ref)
            asked = call.query(For)
            before = {"commitment": asked.commitment, "version": one.version}
            return _from_action(call, session, one, call.form(FromAction, before))

    @post("/link", **page(command=commands.link_action))
    @in_thread
    def link(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(FromAction)
        try:
            with call.write(commands.link_action) as session:
                row = commands.find_action(session, action_part(ref))
                new = call.filled(form, row)
                _link(session, row, new.commitment, NewLink(new.contribution, new.note), "/commitment")
                return call.see(call.to("actions", row.ref, done="linked"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _from_action(call, session, action(session, action_part(ref)), form.refused(problem))

    @get("/links/{commitment:str}", **page())
    @quick
    def edit(self, call: NamedDependency[Visit], ref: FromPath[str], commitment: FromPath[str]) -> Response[bytes]:
        with call.desk(commands.link_action) as session:
            one = writable(session, ref)
            call.no_query()
            return _editing(call, session, one, commitment, call.form(NewLink, _present(one, commitment)))

    @post("/links/{commitment:str}", **page(command=commands.link_action))
    @in_thread
    def change(self, call: NamedDependency[Visit], ref: FromPath[str], commitment: FromPath[str]) -> Response[bytes]:
        form = call.form(NewLink)
        try:
            with call.write(commands.link_action) as session:
                row = commands.find_action(session, action_part(ref))
                commands.require_link(session, row, ref_part(commitment))
                commands.link_action(session, row, commitment, call.filled(form, row))
                return call.see(call.to("actions", row.ref, done="linked"))
        except AGAIN as problem:
            return _edited_again(call, ref, commitment, form.refused(problem))

    @post("/links/{commitment:str}/remove", **page(command=commands.unlink_action))
    @in_thread
    def unlink(self, call: NamedDependency[Visit], ref: FromPath[str], commitment: FromPath[str]) -> Response[bytes]:
        form = call.form(Nothing)
        try:
            with call.write(commands.unlink_action) as session:
                row = commands.find_action(session, action_part(ref))
                commands.require_link(session, row, ref_part(commitment))
                call.filled(form, row)
                commands.unlink_action(session, row, commitment)
                return call.see(call.to("actions", row.ref, done="unlinked"))
        except AGAIN as problem:
            call.stands_at = call.to("actions", action_part(ref), "links", ref_part(commitment))
            with call.once_more() as session:
                one = action(session, action_part(ref))
                return _editing(call, session, one, commitment, call.form(NewLink, _present(one, commitment)).blamed(problem))


def _link(session: WriteSession, row: Any, ref: str, new: NewLink, pointer: str) -> None:
    """Link as a form asks for it: an unknown commitment is an error beside its field."""
    if commitment(session, ref, review_months=0) is None:
        raise invalid(pointer, "unknown_reference", entity="commitment", ref=ref)
    commands.link_action(session, row, ref, new)


def _present(one: Action, ref: str) -> dict[str, Any]:
    """What an existing link says. Raises NotFound where there is none."""
    found = next((link for link in one.commitments if link.ref == ref), None)
    if found is None:
        raise NotFound
    return {"contribution": found.contribution, "note": msgspec.to_builtins(found.note), "version": one.version}


def _from_action(call: Visit, session: Reading, one: Action, form: Form[FromAction]) -> Response[bytes]:
    linked = {link.ref for link in one.commitments}
    offered = [each for each in _commitments(session) if each.ref not in linked]
    return call.render("link_form.html", status=form.status, form=form, action=one, c=None, offered=offered, rows=_clash(call, one, form))


def _commitments(session: Reading) -> list[Commitment]:
    return commitment_page(session, CommitmentFilter(limit=_SUGGESTED), 0).items


def _clash(call: Visit, one: Action, form: Form[Any]) -> Any:
    """Where the action changed meanwhile: what its link to the same commitment says now."""
    if not form.outdated:
        return []
    found = next((link for link in one.commitments if link.ref == form.value("commitment")), None)
    now = {} if found is None else {"contribution": found.contribution, "note": msgspec.to_builtins(found.note)}
    return clashes(call.lang, "link", now, form, call.names)


def _editing(call: Visit, session: Reading, one: Action, ref: str, form: Form[NewLink]) -> Response[bytes]:
    known = known_commitment(session, call, ref)
    rows = clashes(call.lang, "link", _present(one, ref), form, call.names)
    return call.render("link_edit.html", status=form.status, form=form, action=one, c=known, rows=rows)


def _edited_again(call: Visit, ref: str, commitment_ref: str, form: Form[NewLink]) -> Response[bytes]:
    with call.once_more() as session:
        return _editing(call, session, action(session, action_part(ref)), commitment_ref, form)


class CommitmentLinks(Controller):
    path = "/commitments/{ref:str}/link"

    @get("/", **page())
    @quick
    def choose(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.desk(commands.link_action) as session:
            one = known_commitment(session, call, ref)
            call.no_query()
            return _from_commitment(call, session, one, call.form(FromCommitment))

    @post("/", **page(command=commands.link_action))
    @in_thread
    def link(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(FromCommitment)
        try:
            with call.write(commands.link_action) as session:
                one = known_commitment(session, call, ref)
                new = call.filled(form)
                number, _, version = new.action.partition(".")
                row = _offered_row(session, number)
                expect(row, int(version))
                _link(session, row, one.ref, NewLink(new.contribution, new.note), "/action")
                return call.see(call.to("commitments", one.ref, done="linked"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _from_commitment(call, session, known_commitment(session, call, ref), form.refused(problem))


def _offered_row(session: WriteSession, ref: str) -> Any:
    try:
        return commands.find_action(session, ref)
    except NotFound as error:
        raise invalid("/action", "unknown_reference", entity="action", ref=ref) from error


def _from_commitment(call: Visit, session: Reading, one: Commitment, form: Form[FromCommitment]) -> Response[bytes]:
    known = [each for each in _actions(session) if one.ref not in {link.ref for link in each.commitments}]
    typed = form.value("action").partition(".")[0]
    return call.render("link_form.html", status=form.status, form=form, action=None, c=one, offered=known, typed=typed, rows=[])


def _actions(session: Reading) -> list[Action]:
    """The actions the actor may link: an editor any that is not cancelled, a focal point what his organization proposes."""
    states = _OPEN if session.actor.may(Permission.PUBLISH) else [ActionStatus.PROPOSED]
    return action_page(session, ActionFilter(status=states, limit=_SUGGESTED)).items

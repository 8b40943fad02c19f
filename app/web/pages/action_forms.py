"""Actions written: proposed, created, changed, accepted, noted upon, deleted."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.actors import Actor, Permission
from app.codes import ActionStatus
from app.db.sessions import Reading
from app.domain import action_commands as commands
from app.domain.action_commands import ActionFields, NewNote
from app.domain.actions import Action, action, may_write
from app.domain.commands import latest_day
from app.domain.intake import Code, Ref
from app.errors import Forbidden
from app.web.describe import page
from app.web.forms import AGAIN, Form
from app.web.pages.clashes import clashes
from app.web.paths import action_part
from app.web.running import in_thread, quick
from app.web.visit import Visit


class For(msgspec.Struct, frozen=True, kw_only=True):
    """Which commitment a new action is meant for, if any (it is linked in the next step), and for which event."""

    commitment: Ref | None = None
    event: Code | None = None


class Nothing(msgspec.Struct, frozen=True):
    """A form that says nothing but that something is to be done."""


class NewActions(Controller):
    path = "/actions/new"

    @get("/", **page())
    @quick
    def show(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(commands.create_action) as session:
            asked = call.query(For)
            return _form(call, session, call.form(ActionFields, _before(session.actor, asked)), None, asked)

    @post("/", **page(command=commands.create_action))
    @in_thread
    def create(self, call: NamedDependency[Visit]) -> Response[bytes]:
        form = call.form(ActionFields)
        try:
            with call.write(commands.create_action) as session:
                asked = call.query(For)
                made = commands.create_action(session, call.filled(form))
                told = "proposed" if made.status == ActionStatus.PROPOSED else "created"
                if asked.commitment is not None:
                    return call.see(call.to("actions", made.ref, "link", commitment=asked.commitment, done=told))
                return call.see(call.to("actions", made.ref, done=told))
        except AGAIN as problem:
            with call.once_more() as session:
                return _form(call, session, form.refused(problem), None, call.query(For))


def _before(actor: Actor, asked: For) -> dict[str, Any]:
    """What the form of a new action begins with: a focal point proposes what his own organization does."""
    return {"event": asked.event, "owner": None if actor.may(Permission.PUBLISH) else actor.organization}


def writable(session: Reading, ref: str) -> Action:
    """An action the actor may change. Raises NotFound, and Forbidden for one he may only read."""
    found = action(session, action_part(ref))
    if not may_write(session.actor, found):
        raise Forbidden("own_organization_only")
    return found


def fields_of(one: Action) -> dict[str, Any]:
    """What the form of an action begins with."""
    return {name: msgspec.to_builtins(getattr(one, name)) for name in (*ActionFields.__struct_fields__, "version")}


def _form(call: Visit, session: Reading, form: Form[ActionFields], one: Action | None, asked: For) -> Response[bytes]:
    statuses = [status.value for status in ActionStatus if one is not None or status is not ActionStatus.PROPOSED]
    return call.render(
        "action_form.html", status=form.status, form=form, action=one, statuses=statuses, asked=asked,
        clashes=[] if one is None else clashes(call.lang, "action", fields_of(one), form, call.names),
    )  # fmt: skip


class ActionForms(Controller):
    path = "/actions/{ref:str}"

    @get("/edit", **page())
    @quick
    def edit(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.desk(commands.change_action) as session:
            one = writable(session, ref)
            call.no_query()
            return _form(call, session, call.form(ActionFields, fields_of(one)), one, For())

    @post("/edit", **page(command=commands.change_action))
    @in_thread
    def change(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(ActionFields)
        try:
            with call.write(commands.change_action) as session:
                row = commands.find_action(session, action_part(ref))
                commands.change_action(session, row, call.filled(form, row))
                return call.see(call.to("actions", row.ref, done="changed"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _form(call, session, form.refused(problem), action(session, action_part(ref)), For())

    @post("/accept", **page(command=commands.change_action))
    @in_thread
    def accept(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(Nothing)
        try:
            with call.write(commands.change_action) as session:
                row = commands.find_action(session, action_part(ref))
                call.filled(form, row)
                now = commands.action_fields(session, row) | {"status": ActionStatus.PLANNED}
                commands.change_action(session, row, msgspec.convert(now, ActionFields))
                return call.see(call.to("actions", row.ref, done="accepted"))
        except AGAIN as problem:
            with call.once_more() as session:
                call.stands_at = call.to("actions", action_part(ref), "edit")
                one = action(session, action_part(ref))
                again = call.form(ActionFields, fields_of(one)).blamed(problem)
                return _form(call, session, again, one, For())

    @get("/note", **page())
    @quick
    def new_note(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.desk(commands.add_note) as session:
            one = writable(session, ref)
            call.no_query()
            return _noting(call, session, one, call.form(NewNote, {"on": session.now.date().isoformat()}))

    @post("/note", **page(command=commands.add_note))
    @in_thread
    def note(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(NewNote)
        try:
            with call.write(commands.add_note) as session:
                row = commands.find_action(session, action_part(ref))
                commands.add_note(session, row, call.filled(form))
                return call.see(call.to("actions", row.ref, done="noted"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _noting(call, session, action(session, action_part(ref)), form.refused(problem))

    @get("/delete", **page())
    @quick
    def ask_to_delete(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.desk(commands.delete_action) as session:
            one = writable(session, ref)
            call.no_query()
            return _deleting(call, one, call.form(Nothing, {"version": one.version}))

    @post("/delete", **page(command=commands.delete_action))
    @in_thread
    def remove(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(Nothing)
        try:
            with call.write(commands.delete_action) as session:
                row = commands.find_action(session, action_part(ref))
                call.filled(form, row)
                commands.delete_action(session, row)
                return call.see(call.to("actions", done="deleted"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _deleting(call, action(session, action_part(ref)), form.refused(problem))


def _noting(call: Visit, session: Reading, one: Action, form: Form[NewNote]) -> Response[bytes]:
    return call.render("note_form.html", status=form.status, form=form, action=one, latest=latest_day(session.now).isoformat())


def _deleting(call: Visit, one: Action, form: Form[Nothing]) -> Response[bytes]:
    return call.render("action_delete.html", status=form.status, form=form, action=one)

"""Updates on their way to publication: the queue of the editors, the drafts of an organization, one update and its steps."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app import tables
from app.actors import Permission
from app.codes import UpdateState
from app.db.sessions import Reading, WriteSession
from app.domain import review
from app.domain.commands import right_of
from app.domain.commitments import find_commitment
from app.domain.review import Returned, UpdateFields
from app.domain.statuses import StatusUpdate, record_update, rules_of_the_rest, status_update, status_updates
from app.domain.update_queue import UpdateFilter, update_page
from app.errors import Invalid
from app.web.describe import page
from app.web.forms import AGAIN, Form
from app.web.pages.clashes import clashes
from app.web.pages.differences import pieces
from app.web.pages.listing import further, refined
from app.web.pages.statuses import known_commitment, rules
from app.web.paths import update_part
from app.web.running import in_thread, quick
from app.web.visit import Visit

UNPUBLISHED = [UpdateState.DRAFT, UpdateState.SUBMITTED, UpdateState.RETURNED]
_EDITABLE = (UpdateState.DRAFT, UpdateState.RETURNED)
_STEPS: dict[str, tuple[Callable[..., Any], ...]] = {
    "save": (),
    "submit": (review.submit_update,),
    "publish": (review.submit_update, review.publish_update),
}
"""What follows the storing of a draft, by the button that was pressed."""
_TOLD = {"save": "draft_saved", "submit": "submitted", "publish": "published"}


class Step(msgspec.Struct, frozen=True):
    """A step that says nothing but that it is to be taken."""


class Queue(Controller):
    path = "/"

    @get("/review", **page())
    @quick
    def review(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(review.publish_update) as session:
            filters = call.query(UpdateFilter)
            asked = filters if filters.state else msgspec.structs.replace(filters, state=[UpdateState.SUBMITTED])
            return _queue(call, session, asked, all_of_them=True)

    @get("/drafts", **page())
    @quick
    def drafts(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(record_update) as session:
            filters = call.query(UpdateFilter)
            own = [session.actor.organization] if session.actor.organization else []
            asked = msgspec.structs.replace(filters, state=filters.state or UNPUBLISHED, organization=own)
            return _queue(call, session, asked, all_of_them=False)


def _queue(call: Visit, session: Reading, asked: UpdateFilter, *, all_of_them: bool) -> Response[bytes]:
    counts = {state.value: _count(session, asked, [state]) for state in UNPUBLISHED}
    found = update_page(session, asked)
    return call.render(
        "review.html", found=found, counts=counts, asked=asked, all_of_them=all_of_them, next=further(call, found.next),
        first=refined(call, cursor=None) if asked.cursor else None,
    )  # fmt: skip


def _count(session: Reading, asked: UpdateFilter, states: list[UpdateState]) -> int:
    return update_page(session, msgspec.structs.replace(asked, state=states, limit=1, cursor=None)).total


class Updates(Controller):
    path = "/updates/{ref:str}"

    @get("/", **page())
    @quick
    def one(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            update = status_update(session, update_part(ref))
            call.no_query()
            return _shown(call, session, update, call.form(Step, {"version": update.version}))

    @get("/edit", **page())
    @quick
    def edit(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.desk(review.change_update) as session:
            update = status_update(session, update_part(ref))
            call.no_query()
            if not _may_edit(session, update):
                return call.see(call.to("updates", update.ref))
            return _editing(call, session, update, call.form(UpdateFields, _fields(update)))

    @post("/edit", **page(command=review.change_update))
    @in_thread
    def change(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(UpdateFields)
        try:
            with call.write(review.change_update) as session:
                row = review.find_update(session, update_part(ref))
                of = find_commitment(session, row.ref.rpartition(".")[0])
                fields = call.filled(form, row, rules=lambda raw, unread: rules_of_the_rest(session, of, raw, unread))
                pressed = form.about("do")
                steps = _STEPS.get(pressed, ())
                if steps:
                    session.action = right_of(steps[-1]).action  # one change in the ledger, named after its last step
                review.change_update(session, row, fields)
                for step in steps:
                    step(session, row)
                return _after(call, session, row, _TOLD.get(pressed, "draft_saved"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _editing(call, session, status_update(session, update_part(ref)), form.refused(problem))

    @post("/submit", **page(command=review.submit_update))
    @in_thread
    def submit(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        return _step(call, ref, review.submit_update, "submitted")

    @post("/publish", **page(command=review.publish_update))
    @in_thread
    def publish(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        return _step(call, ref, review.publish_update, "published")

    @post("/withdraw", **page(command=review.withdraw_update))
    @in_thread
    def withdraw(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        return _step(call, ref, review.withdraw_update, "withdrawn")

    @post("/return", **page(command=review.return_update))
    @in_thread
    def give_back(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(Returned)
        try:
            with call.write(review.return_update) as session:
                row = review.find_update(session, update_part(ref))
                review.return_update(session, row, call.filled(form, row))
                return call.see(call.to("updates", row.ref, done="returned"))
        except AGAIN as problem:
            return _refused_step(call, ref, form.refused(problem))


def _step(call: Visit, ref: str, command: Callable[[WriteSession, tables.StatusUpdate], Any], told: str) -> Response[bytes]:
    """A step of the review that takes nothing but its version."""
    form = call.form(Step)
    try:
        with call.write(command) as session:
            row = review.find_update(session, update_part(ref))
            call.filled(form, row)
            command(session, row)
            return _after(call, session, row, told)
    except Invalid as problem:  # the rules of statuses stand against it: the form to mend it is where that is said
        with call.once_more() as session:
            update = status_update(session, update_part(ref))
            if _may_edit(session, update):
                call.stands_at = call.to("updates", update.ref, "edit")
                return _editing(call, session, update, call.form(UpdateFields, _fields(update)).blamed(problem))
            return _shown(call, session, update, form.refused(problem))
    except AGAIN as problem:
        return _refused_step(call, ref, form.refused(problem))


def _after(call: Visit, session: WriteSession, row: tables.StatusUpdate, told: str) -> Response[bytes]:
    """Where one goes after a step: to the commitment once it is public or gone, else to the update."""
    commitment = row.ref.rpartition(".")[0]
    if told in ("published", "withdrawn"):
        return call.see(call.to("commitments", commitment, done=told) + (f"#{row.ref}" if told == "published" else ""))
    return call.see(call.to("updates", row.ref, done=told))


def _refused_step(call: Visit, ref: str, form: Form[Any]) -> Response[bytes]:
    with call.once_more() as session:
        return _shown(call, session, status_update(session, update_part(ref)), form)


def _fields(update: StatusUpdate) -> dict[str, Any]:
    return {name: msgspec.to_builtins(getattr(update, name)) for name in (*UpdateFields.__struct_fields__, "version")}


def _may_edit(session: Reading, update: StatusUpdate) -> bool:
    return update.state in _EDITABLE and _is_own(session, update)


def _is_own(session: Reading, update: StatusUpdate) -> bool:
    """Whether the actor may write it: editors all, a focal point those of his organization."""
    actor = session.actor
    own = actor.organization is not None and actor.organization == update.recorded_by.organization
    return actor.may(Permission.PUBLISH) or (actor.may(Permission.DRAFT) and own)


def _newest(session: Reading, update: StatusUpdate) -> StatusUpdate | None:
    """The published update that counts now, another one than this."""
    known = status_updates(session, update.commitment)
    return next((one for one in known if one.state == UpdateState.PUBLISHED and not one.corrected_by and one.ref != update.ref), None)


def _shown(call: Visit, session: Reading, update: StatusUpdate, form: Form[Any]) -> Response[bytes]:
    call.is_personal = session.actor.signed_in
    call.stands_at = call.to("updates", update.ref)
    before = _newest(session, update) if update.state != UpdateState.PUBLISHED else None
    changed = {} if before is None else _changed(before, update)
    return call.render(
        "update.html", status=form.status, form=form, u=update, c=known_commitment(session, call, update.commitment),
        before=before, changed=changed, may_edit=_may_edit(session, update),
    )  # fmt: skip


def _changed(before: StatusUpdate, update: StatusUpdate) -> dict[str, Any]:
    """What differs between the narrative that stands and the new one, by language, where both have one."""
    sides = {lang: (getattr(before.narrative, lang), getattr(update.narrative, lang)) for lang in ("zh", "en")}
    return {lang: pieces(old, new) for lang, (old, new) in sides.items() if old and new and old != new}


def _editing(call: Visit, session: Reading, update: StatusUpdate, form: Form[UpdateFields]) -> Response[bytes]:
    one = known_commitment(session, call, update.commitment)
    return call.render(
        "update_form.html", status=form.status, form=form, c=one, update=update, rules=rules(session, one), instead=None,
        current=_newest(session, update),
        clashes=clashes(call.lang, "status_update", _fields(update), form, call.names),
    )  # fmt: skip

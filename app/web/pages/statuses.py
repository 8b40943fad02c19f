"""Saying where a commitment stands: a new update, the correction of a published one, and “still true”."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.codes import Status, UpdateState
from app.db.sessions import Reading
from app.domain.commands import latest_day
from app.domain.commitment_list import Commitment, commitment
from app.domain.commitments import find_commitment
from app.domain.confirmations import NewConfirmation, confirm
from app.domain.documents import document
from app.domain.labels import document_names
from app.domain.statuses import (
    NewState,
    StatusChange,
    StatusUpdate,
    record_update,
    rules_of_the_rest,
    status_update,
    status_updates,
)
from app.domain.vocabularies import allows
from app.errors import NotFound
from app.web.describe import page
from app.web.forms import AGAIN, Form
from app.web.pages.clashes import clashes
from app.web.paths import ref_part, update_part
from app.web.running import in_thread, quick
from app.web.visit import Visit

_TOLD = {NewState.DRAFT: "draft_saved", NewState.SUBMITTED: "submitted", NewState.PUBLISHED: "published"}


class Correcting(msgspec.Struct, frozen=True, kw_only=True):
    """Which published update is to be corrected, if any."""

    corrects: str | None = None


class Statuses(Controller):
    path = "/commitments/{ref:str}/update"

    @get("/", **page())
    @quick
    def show(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.desk(record_update) as session:
            one = known_commitment(session, call, ref)
            asked = call.query(Correcting).corrects
            old = None if asked is None else _counting(session, update_part(asked))
            instead = asked if old is not None and old.ref != asked else None
            return _shown(call, session, one, call.form(StatusChange, _before(session, one, old)), instead)

    @post("/", **page(command=record_update))
    @in_thread
    def record(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(StatusChange)
        try:
            with call.write(record_update) as session:
                row = find_commitment(session, ref_part(ref))
                change = call.filled(form, row, rules=lambda raw, unread: rules_of_the_rest(session, row, raw, unread))
                made = record_update(session, row, change)
                if change.state is NewState.PUBLISHED:
                    return call.see(call.to("commitments", row.ref, done="published") + f"#{made}")
                return call.see(call.to("updates", made, done=_TOLD[change.state]))
        except AGAIN as problem:
            with call.once_more() as session:
                return _shown(call, session, known_commitment(session, call, ref), form.refused(problem))


def known_commitment(session: Reading, call: Visit, ref: str) -> Commitment:
    """The commitment at this part of the address. Raises NotFound."""
    found = commitment(session, ref_part(ref), call.settings.review_months)
    if found is None:
        raise NotFound
    return found


def _counting(session: Reading, ref: str) -> StatusUpdate:
    """The update that counts in place of this one, which is this one until it is corrected. Raises NotFound."""
    found = status_update(session, ref)
    while found.corrected_by is not None:
        found = status_update(session, found.corrected_by)
    return found


def _before(session: Reading, one: Commitment, old: StatusUpdate | None) -> dict[str, Any]:
    """What the form begins with: today, or what the update to be corrected says."""
    if old is None:
        return {"version": one.version, "effective_on": session.now.date().isoformat()}
    if old.commitment != one.ref or old.state != UpdateState.PUBLISHED:
        raise NotFound
    said = {name: msgspec.to_builtins(getattr(old, name)) for name in ("status", "effective_on", "narrative", "evidence")}
    return said | {"corrects": old.ref, "version": one.version}


def _shown(call: Visit, session: Reading, one: Commitment, form: Form[StatusChange], instead: str | None = None) -> Response[bytes]:
    """The form; `instead` names an update that somebody wanted to correct and that was corrected before."""
    newest = next((update for update in status_updates(session, one.ref) if update.state == UpdateState.PUBLISHED), None)
    return call.render(
        "update_form.html", status=form.status, form=form, c=one, update=None, rules=rules(session, one), current=newest, instead=instead,
        clashes=clashes(call.lang, "status_update", _stated(newest, one), form, call.names),
    )  # fmt: skip


def _stated(newest: StatusUpdate | None, one: Commitment) -> dict[str, Any]:
    """What stands published now, in the fields of the form."""
    if newest is None:
        return {"status": one.status}
    return {name: msgspec.to_builtins(getattr(newest, name)) for name in ("status", "effective_on", "narrative", "evidence")}


class Rules(msgspec.Struct, frozen=True):
    """What may be said about a commitment, told before anybody breaks a rule."""

    statuses: list[str]
    earliest: str | None
    latest: str
    was_implemented: bool


def rules(session: Reading, one: Commitment) -> Rules:
    """The statuses it can take, the days it can take them on, and whether it may step back without a word."""
    (source,) = document_names(session, [one.document])
    return Rules(
        [status.value for status in Status if allows(one.tracking, status)],
        document(session, source.slug).adopted_on,
        latest_day(session.now).isoformat(),
        one.status == Status.IMPLEMENTED,
    )


class Confirming(Controller):
    path = "/commitments/{ref:str}/confirm"

    @get("/", **page())
    @quick
    def show(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.desk(confirm) as session:
            call.no_query()
            one = known_commitment(session, call, ref)
            before = {"version": one.version, "confirmed_on": session.now.date().isoformat()}
            return _confirming(call, session, one, call.form(NewConfirmation, before))

    @post("/", **page(command=confirm))
    @in_thread
    def confirm(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(NewConfirmation)
        try:
            with call.write(confirm) as session:
                row = find_commitment(session, ref_part(ref))
                confirm(session, row, call.filled(form, row))
                return call.see(call.to("commitments", row.ref, done="confirmed"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _confirming(call, session, known_commitment(session, call, ref), form.refused(problem))


def _confirming(call: Visit, session: Reading, one: Commitment, form: Form[NewConfirmation]) -> Response[bytes]:
    return call.render(
        "confirm.html", status=form.status, form=form, c=one, rules=rules(session, one),
        clashes=clashes(call.lang, "confirmation", {}, form, call.names) if form.outdated else [],
    )  # fmt: skip

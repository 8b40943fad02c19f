"""Commitments written: created, divided into parts, changed as far as their text is not official."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.codes import Authority, Level
from app.db.sessions import Reading
from app.domain.commitment_list import Commitment
from app.domain.commitments import (
    CommitmentFields,
    NewCommitment,
    change_commitment,
    commitment_fields,
    create_commitment,
    find_commitment,
)
from app.domain.documents import document
from app.domain.intake import Ref, Symbol
from app.domain.labels import document_names
from app.errors import NotFound
from app.i18n import Lang
from app.web.describe import page
from app.web.forms import AGAIN, Form
from app.web.pages.clashes import clashes
from app.web.pages.reference_forms import fields_of, offered, official_sides
from app.web.pages.statuses import known_commitment
from app.web.paths import ref_part
from app.web.running import in_thread, quick
from app.web.visit import Visit


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What a new commitment belongs to, where that is known: `parent` for a part."""

    parent: Ref | None = None
    document: Symbol | None = None


class NewCommitments(Controller):
    path = "/commitments/new"

    @get("/", **page())
    @quick
    def show(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(create_commitment) as session:
            asked = call.query(Begun)
            whole = _whole(session, call, asked.parent)
            return _new(call, session, call.form(NewCommitment, _before(session, whole, asked.document)), whole)

    @post("/", **page(command=create_commitment))
    @in_thread
    def create(self, call: NamedDependency[Visit]) -> Response[bytes]:
        form = call.form(NewCommitment)
        try:
            with call.write(create_commitment) as session:
                call.query(Begun)
                row = create_commitment(session, call.filled(form))
                return call.see(call.to("commitments", row.ref, done="created"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _new(call, session, form.refused(problem), _whole(session, call, call.query(Begun).parent))


def _whole(session: Reading, call: Visit, ref: str | None) -> Commitment | None:
    """The commitment that a new one is to be a part of. Raises NotFound, also for a part, which has none."""
    found = known_commitment(session, call, ref) if ref else None
    if found is not None and found.level != Level.COMMITMENT:
        raise NotFound
    return found


def _before(session: Reading, whole: Commitment | None, symbol: str | None) -> dict[str, Any]:
    """The next position, and the standing that text has as long as nobody says more."""
    if whole is not None:
        return {"parent": whole.ref, "position": whole.part_count + 1}
    known = document_names(session)
    source = next((one for one in known if symbol in (None, one.symbol)), None)
    working = {lang.value: {"authority": Authority.WORKING.value} for lang in Lang}
    counted = document(session, source.slug).counts.commitments if source else 0
    return {"document": source.symbol if source else None, "position": counted + 1, "languages": working}


def _new(call: Visit, session: Reading, form: Form[NewCommitment], whole: Commitment | None) -> Response[bytes]:
    return call.render(
        "commitment_form.html", status=form.status, form=form, c=None, whole=whole, documents=document_names(session), clashes=[]
    )


class CommitmentForms(Controller):
    path = "/commitments/{ref:str}/edit"

    @get("/", **page())
    @quick
    def edit(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.desk(change_commitment) as session:
            one = known_commitment(session, call, ref)
            call.no_query()
            return _editing(call, session, one, call.form(CommitmentFields, fields_of(one, CommitmentFields)))

    @post("/", **page(command=change_commitment))
    @in_thread
    def change(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        form = call.form(CommitmentFields)
        try:
            with call.write(change_commitment) as session:
                row = find_commitment(session, ref_part(ref))
                change_commitment(session, row, call.filled(form, row, _kept(session, call, row.ref)))
                return call.see(call.to("commitments", row.ref, done="changed"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _editing(call, session, known_commitment(session, call, ref), form.refused(problem))


def _kept(session: Reading, call: Visit, ref: str) -> dict[str, Any]:
    """What the form does not offer: the standing of the text, its official sides, and the tracking of a part."""
    now, one = commitment_fields(session, ref), known_commitment(session, call, ref)
    kept = {"languages": now["languages"], "text": official_sides(one, "text")}
    return kept | ({"tracking": now["tracking"]} if one.level == Level.PART else {})


def _editing(call: Visit, session: Reading, one: Commitment, form: Form[CommitmentFields]) -> Response[bytes]:
    whole = known_commitment(session, call, one.parent) if one.parent else None
    now = offered(fields_of(one, CommitmentFields), one, "text")
    now = {name: value for name, value in now.items() if name != "languages" and (name != "tracking" or whole is None)}
    return call.render(
        "commitment_form.html", status=form.status, form=form, c=one, whole=whole, documents=[],
        clashes=clashes(call.lang, "commitment", now, form, call.names),
    )  # fmt: skip

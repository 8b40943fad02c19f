"""What everything else refers to, written: documents, events, organizations."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.codes import Authority
from app.db.sessions import Reading
from app.domain.documents import Document, DocumentFields, NewDocument, change_document, create_document, document, find_document
from app.domain.events import Event, EventFields, NewEvent, change_event, create_event, event, events, find_event
from app.domain.organizations import (
    NewOrganization,
    Organization,
    OrganizationFields,
    change_organization,
    create_organization,
    find_organization,
    organization,
    organizations,
)
from app.i18n import Lang
from app.web.describe import page
from app.web.forms import AGAIN, Form
from app.web.pages.clashes import clashes
from app.web.paths import name_part
from app.web.running import in_thread, quick
from app.web.visit import Visit


def fields_of(record: Any, shape: type[msgspec.Struct]) -> dict[str, Any]:
    """What the form of a record begins with."""
    return {name: msgspec.to_builtins(getattr(record, name)) for name in (*shape.__struct_fields__, "version")}


def official_sides(record: Any, name: str) -> dict[str, Any]:
    """The official sides of a text as raw values: a form shows them and does not offer them."""
    text = getattr(record, name)
    return {lang.value: getattr(text, lang) for lang in Lang if getattr(record.languages, lang).authority == Authority.OFFICIAL}


def offered(now: dict[str, Any], record: Any, text: str | None) -> dict[str, Any]:
    """The present values without the official sides of a text, which no form can change."""
    return now if text is None else now | {text: now[text] | dict.fromkeys(official_sides(record, text))}


def _shown(call: Visit, template: str, form: Form[Any], record: Any, entity: str, **more: Any) -> Response[bytes]:
    now = {} if record is None else offered(fields_of(record, form.shape), record, "title" if entity == "document" else None)
    rows = [] if record is None else clashes(call.lang, entity, now, form, call.names)
    return call.render(template, status=form.status, form=form, record=record, clashes=rows, **more)


class DocumentForms(Controller):
    path = "/documents"

    @get("/new", **page())
    @quick
    def begin(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(create_document):
            call.no_query()
            return _shown(call, "document_form.html", call.form(NewDocument), None, "document")

    @post("/new", **page(command=create_document))
    @in_thread
    def create(self, call: NamedDependency[Visit]) -> Response[bytes]:
        form = call.form(NewDocument)
        try:
            with call.write(create_document) as session:
                made = create_document(session, call.filled(form))
                return call.see(call.to("documents", made.slug, done="created"))
        except AGAIN as problem:
            with call.once_more():
                return _shown(call, "document_form.html", form.refused(problem), None, "document")

    @get("/{slug:str}/edit", **page())
    @quick
    def edit(self, call: NamedDependency[Visit], slug: FromPath[str]) -> Response[bytes]:
        with call.desk(change_document) as session:
            one = document(session, name_part(slug))
            call.no_query()
            return _shown(call, "document_form.html", call.form(DocumentFields, fields_of(one, DocumentFields)), one, "document")

    @post("/{slug:str}/edit", **page(command=change_document))
    @in_thread
    def change(self, call: NamedDependency[Visit], slug: FromPath[str]) -> Response[bytes]:
        form = call.form(DocumentFields)
        try:
            with call.write(change_document) as session:
                row = find_document(session, name_part(slug))
                kept = {"title": official_sides(document(session, row.slug), "title")}
                change_document(session, row, call.filled(form, row, kept))
                return call.see(call.to("documents", row.slug, done="changed"))
        except AGAIN as problem:
            with call.once_more() as session:
                one: Document = document(session, name_part(slug))
                return _shown(call, "document_form.html", form.refused(problem), one, "document")


class EventForms(Controller):
    path = "/events"

    @get("/new", **page())
    @quick
    def begin(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(create_event) as session:
            call.no_query()
            return _shown(call, "event_form.html", call.form(NewEvent, _next_event(session)), None, "event")

    @post("/new", **page(command=create_event))
    @in_thread
    def create(self, call: NamedDependency[Visit]) -> Response[bytes]:
        form = call.form(NewEvent)
        try:
            with call.write(create_event) as session:
                made = create_event(session, call.filled(form))
                return call.see(call.to("events", made.id, done="created"))
        except AGAIN as problem:
            with call.once_more():
                return _shown(call, "event_form.html", form.refused(problem), None, "event")

    @get("/{event:str}/edit", **page())
    @quick
    def edit(self, call: NamedDependency[Visit], event: FromPath[str]) -> Response[bytes]:
        with call.desk(change_event) as session:
            one = _event(session, name_part(event))
            call.no_query()
            return _shown(call, "event_form.html", call.form(EventFields, fields_of(one, EventFields)), one, "event")

    @post("/{event:str}/edit", **page(command=change_event))
    @in_thread
    def change(self, call: NamedDependency[Visit], event: FromPath[str]) -> Response[bytes]:
        form = call.form(EventFields)
        try:
            with call.write(change_event) as session:
                row = find_event(session, name_part(event))
                change_event(session, row, call.filled(form, row))
                return call.see(call.to("events", row.code, done="changed"))
        except AGAIN as problem:
            with call.once_more() as session:
                one: Event = _event(session, name_part(event))
                return _shown(call, "event_form.html", form.refused(problem), one, "event")


_event, _organization = event, organization


def _next_event(session: Reading) -> dict[str, Any]:
    """A new event goes on with the series there is."""
    known = events(session)
    return {"series": known[-1].series, "ordinal": known[-1].ordinal + 1, "status": "unknown"} if known else {"ordinal": 1}


class OrganizationForms(Controller):
    path = "/organizations"

    @get("/new", **page())
    @quick
    def begin(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.desk(create_organization) as session:
            call.no_query()
            return _organized(call, session, call.form(NewOrganization), None)

    @post("/new", **page(command=create_organization))
    @in_thread
    def create(self, call: NamedDependency[Visit]) -> Response[bytes]:
        form = call.form(NewOrganization)
        try:
            with call.write(create_organization) as session:
                made = create_organization(session, call.filled(form))
                return call.see(call.to("organizations", made.id, done="created"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _organized(call, session, form.refused(problem), None)

    @get("/{organization:str}/edit", **page())
    @quick
    def edit(self, call: NamedDependency[Visit], organization: FromPath[str]) -> Response[bytes]:
        with call.desk(change_organization) as session:
            one = _organization(session, name_part(organization))
            call.no_query()
            return _organized(call, session, call.form(OrganizationFields, fields_of(one, OrganizationFields)), one)

    @post("/{organization:str}/edit", **page(command=change_organization))
    @in_thread
    def change(self, call: NamedDependency[Visit], organization: FromPath[str]) -> Response[bytes]:
        form = call.form(OrganizationFields)
        try:
            with call.write(change_organization) as session:
                row = find_organization(session, name_part(organization))
                change_organization(session, row, call.filled(form, row))
                return call.see(call.to("organizations", row.code, done="changed"))
        except AGAIN as problem:
            with call.once_more() as session:
                return _organized(call, session, form.refused(problem), _organization(session, name_part(organization)))


def _organized(call: Visit, session: Reading, form: Form[Any], one: Organization | None) -> Response[bytes]:
    kinds = sorted({each.kind for each in organizations(session)})
    return _shown(call, "organization_form.html", form, one, "organization", kinds=kinds)

"""What everything else refers to: documents, organizations, frameworks; and their histories."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta

from app.db.sessions import ReadSession
from app.domain.actions import ActionFilter, action_page
from app.domain.commitment_list import CommitmentFilter, commitment_page
from app.domain.documents import Document, document, document_count, documents
from app.domain.facets import facets
from app.domain.frameworks import frameworks
from app.domain.history import record_history
from app.domain.labels import document_names
from app.domain.lists import Paging
from app.domain.organizations import Organization, organization, organizations
from app.web.describe import page
from app.web.pages.listing import further, refined
from app.web.pages.told import story
from app.web.paths import name_part
from app.web.rendering import MORE_LABELS, name_of
from app.web.running import in_thread, quick
from app.web.visit import Visit

_PAGE = 50


class After(msgspec.Struct, frozen=True, kw_only=True):
    """Where a list of documents goes on."""

    after: Annotated[str, Meta(max_length=100)] = ""


class Documents(Controller):
    path = "/documents"

    @get("/", **page())
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            after = call.query(After).after
            found = documents(session, after=after, limit=_PAGE + 1)
            more = refined(call, after=found[_PAGE - 1].symbol) if len(found) > _PAGE else None
            return call.render(
                "documents.html", documents=found[:_PAGE], total=document_count(session), next=more, first=call.path if after else None
            )

    @get("/{slug:str}", **page())
    @quick
    def one(self, call: NamedDependency[Visit], slug: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            found = document(session, name_part(slug))
            call.no_query()
            return call.render("document.html", d=found, references=_known(session, found))

    @get("/{slug:str}/history", **page())
    @in_thread
    def history(self, call: NamedDependency[Visit], slug: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            found = document(session, name_part(slug))
            return _history(call, session, "document", found.symbol, found.symbol, call.to("documents", found.slug))


def _known(session: ReadSession, found: Document) -> dict[str, str]:
    """The slugs of those references that are in the register themselves."""
    return {one.symbol: one.slug for one in document_names(session, found.references)}


class Organizations(Controller):
    path = "/organizations"

    @get("/", **page())
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            call.no_query()
            counts = facets(session, CommitmentFilter(), call.settings.review_months)
            kinds: dict[str, list[Organization]] = {kind: [] for kind in MORE_LABELS["organization_kinds"]}
            for one in organizations(session):
                kinds.setdefault(one.kind, []).append(one)
            return call.render(
                "organizations.html",
                kinds={kind: some for kind, some in kinds.items() if some},
                addressed=counts.addressee or {},
                responsible=counts.responsible or {},
            )

    @get("/{organization:str}", **page())
    @quick
    def one(self, call: NamedDependency[Visit], organization: FromPath[str]) -> Response[bytes]:
        months = call.settings.review_months
        with call.read() as session:
            found = _organization(session, name_part(organization))
            call.no_query()
            return call.render(
                "organization.html",
                o=found,
                addressed=commitment_page(session, CommitmentFilter(addressee=[found.id]), months),
                responsible=commitment_page(session, CommitmentFilter(responsible=[found.id]), months),
                actions=action_page(session, ActionFilter(owner=[found.id])),
            )

    @get("/{organization:str}/history", **page())
    @in_thread
    def history(self, call: NamedDependency[Visit], organization: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            found = _organization(session, name_part(organization))
            name = name_of(call.lang, call.names.organizations, found.id)
            return _history(call, session, "organization", found.id, name, call.to("organizations", found.id))


_organization = organization


class Frameworks(Controller):
    path = "/frameworks"

    @get("/", **page())
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            call.no_query()
            counts = facets(session, CommitmentFilter(), call.settings.review_months).framework
            return call.render("frameworks.html", frameworks=frameworks(session), counts=counts)


def _history(call: Visit, session: ReadSession, entity: str, ref: str, subject: str, back: str) -> Response[bytes]:
    told = record_history(session, entity, ref, call.query(Paging))
    return call.render(
        "history.html", subject=subject, ref=ref, back=back, entries=story(session, call.lang, told.items, call.names),
        next=further(call, told.next), total=told.total,
    )  # fmt: skip

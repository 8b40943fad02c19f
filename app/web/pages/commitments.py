"""Commitments: the list with its filters, one with everything about it, and its history."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from app.codes import CommitmentKind, Level, Status, Tracking
from app.domain.commitment_list import CommitmentFilter, commitment, commitment_page
from app.domain.detail import CommitmentDetail, DetailQuery, detail_asked, list_at
from app.domain.facets import Facets, facets
from app.domain.frameworks import ALL
from app.domain.history import commitment_history
from app.domain.labels import document_names
from app.domain.lists import Paging
from app.errors import NotFound
from app.i18n import Text
from app.web.describe import page
from app.web.pages.listing import Entry, chosen, further, offers, refined
from app.web.pages.told import story
from app.web.pages.words import filter_words
from app.web.paths import ref_part
from app.web.rendering import name_of
from app.web.running import in_thread, quick
from app.web.visit import Visit

CODES = {"status": Status, "kind": CommitmentKind, "tracking": Tracking, "level": Level}


class Commitments(Controller):
    path = "/commitments"

    @get("/", **page())
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        months = call.settings.review_months
        with call.read() as session:
            filters = call.query(CommitmentFilter)
            with list_at(session, filters) as then:
                found, counts = commitment_page(then, filters, months), facets(then, filters, months)
            return call.render(
                "commitments.html",
                found=found,
                filters=filters,
                counts=counts,
                codes=CODES,
                said=filter_words(call.lang, filters, call.names, months),
                months=months,
                chosen=chosen(filters),
                offered=_offered(call, counts, filters, [one.symbol for one in document_names(session)]),
                next=further(call, found.next),
                first=refined(call, cursor=None) if filters.cursor else None,
                today=session.now.date().isoformat(),
            )

    @get("/{ref:str}", **page())
    @quick
    def one(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = ref_part(ref)
            asked = call.query(DetailQuery)
            found = detail_asked(session, known, asked, call.settings.review_months)
            (document,) = document_names(session, [found.document])
            whole = commitment(session, found.parent, call.settings.review_months) if found.parent else None
            return call.render(
                "commitment.html", c=found, asked=asked, document=document, whole=whole, events=timeline(found),
                today=session.now.date().isoformat(), months=call.settings.review_months,
            )  # fmt: skip

    @get("/{ref:str}/history", **page())
    @in_thread
    def history(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = ref_part(ref)
            one = commitment(session, known, call.settings.review_months)
            if one is None:
                raise NotFound
            found = commitment_history(session, known, call.query(Paging))
            return call.render(
                "history.html", subject=one.ref, ref=one.ref, back=call.to("commitments", known),
                entries=story(call.lang, found.items, call.names), next=further(call, found.next), total=found.total,
            )  # fmt: skip


def _offered(call: Visit, counts: Facets, filters: CommitmentFilter, documents: list[str]) -> dict[str, list[Entry]]:
    """What can be chosen beside the codes; documents only where there are several."""
    names, picked = call.names, chosen(filters)

    def named(known: Mapping[Any, Text]) -> Callable[[str], Markup]:
        return lambda value: name_of(call.lang, known, value)

    def place(value: str) -> Markup:
        framework, _, code = value.partition(":")
        return name_of(call.lang, names.places, (framework, code or ALL))

    places = [framework if code == ALL else f"{framework}:{code}" for framework, code in names.places]
    return {
        "addressee": offers(counts.addressee, names.organizations, picked["addressee"], named(names.organizations)),
        "responsible": offers(counts.responsible, names.organizations, picked["responsible"], named(names.organizations)),
        "event": offers(counts.event, names.events, picked["event"], named(names.events)),
        "framework": offers(counts.framework, places, picked["framework"], place),
        "document": offers(counts.document, documents, picked["document"], str) if len(documents) > 1 or filters.document else [],
    }


def timeline(one: CommitmentDetail) -> list[tuple[str, str, Any]]:
    """Updates and confirmations by their day, newest first: (day, kind, what)."""
    updates = [(update.effective_on, "update", update) for update in one.status_updates]
    confirmed = [(each.confirmed_on, "confirmation", each) for each in one.confirmations]
    return sorted([*updates, *confirmed], key=lambda entry: (entry[0], entry[1] == "update"), reverse=True)

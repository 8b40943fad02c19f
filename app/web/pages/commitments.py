"""Commitments: the list with its filters, one with everything about it, and its history."""

from typing import Any

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.domain.commitment_list import CommitmentFilter, commitment, commitment_page
from app.domain.detail import CommitmentDetail, DetailQuery, detail_asked, session_asked
from app.domain.facets import facets
from app.domain.history import commitment_history
from app.domain.labels import document_names
from app.domain.lists import Paging
from app.domain.selection import Selection
from app.errors import NotFound
from app.web.describe import page
from app.web.pages.listing import chosen, exported, further, refined
from app.web.pages.offers import offered
from app.web.pages.told import story
from app.web.pages.words import filter_words
from app.web.paths import ref_part
from app.web.running import in_thread, quick
from app.web.visit import Visit


class Commitments(Controller):
    path = "/commitments"

    @get("/", **page())
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        months = call.settings.review_months
        with call.read() as session:
            filters = call.query(CommitmentFilter)
            with session_asked(session, filters) as then:
                found, counts = commitment_page(then, filters, months), facets(then, filters, months)
            return call.render(
                "commitments.html",
                found=found,
                filters=filters,
                counts=counts,
                said=filter_words(call.lang, filters, call.names, months),
                months=months,
                chosen=chosen(filters),
                offered=offered(call.lang, call.names, counts, filters, [one.symbol for one in document_names(session)]),
                exports=exported(call, Selection),
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
                entries=story(session, call.lang, found.items, call.names), next=further(call, found.next), total=found.total,
            )  # fmt: skip


def timeline(one: CommitmentDetail) -> list[tuple[str, str, Any]]:
    """Updates and confirmations by their day, newest first: (day, kind, what)."""
    updates = [(update.effective_on, "update", update) for update in one.status_updates]
    confirmed = [(each.confirmed_on, "confirmation", each) for each in one.confirmations]
    return sorted([*updates, *confirmed], key=lambda entry: (entry[0], entry[1] == "update"), reverse=True)

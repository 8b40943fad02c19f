"""Search: words in commitments, published updates and actions, with the passages they stand in."""

from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from msgspec import Meta

from app.codes import Authority
from app.db.sessions import ReadSession
from app.domain.commitment_list import commitment
from app.domain.lists import Paging
from app.domain.named import named
from app.domain.search import Found, Result, SearchQuery, search
from app.domain.words import Words
from app.names import slug_of
from app.web.describe import page
from app.web.pages.listing import further, refined
from app.web.pages.told import link
from app.web.running import quick
from app.web.visit import Visit


class Asked(Paging, frozen=True, kw_only=True):
    """What is looked for; nothing yet where somebody has just come."""

    q: Words | None = None
    entity: Annotated[list[Found], Meta(max_length=50)] = []


class Search(Controller):
    path = "/search"

    @get("/", **page())
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            asked = call.query(Asked)
            words = (asked.q or "").strip()
            found = search(session, SearchQuery(q=words, entity=asked.entity, limit=asked.limit, cursor=asked.cursor)) if words else None
            return call.render(
                "search.html", asked=asked, words=words, found=found, entities=[one.value for one in Found],
                unofficial=_unofficial(session, found.items if found else []),
                links=[link(call.lang, one.entity, one.ref) for one in found.items] if found else [], named=_named(call, session, words),
                next=further(call, found.next) if found else None,
                first=refined(call, cursor=None) if asked.cursor else None,
            )  # fmt: skip


def _named(call: Visit, session: ReadSession, words: str) -> tuple[str, str, str | None] | None:
    """The record that is called what was typed: its kind, its name and its address."""
    found = named(session, words) if words else None
    if found is None:
        return None
    kind, name = found
    return kind, name, call.to("documents", slug_of(name)) if kind == "document" else link(call.lang, kind, name)


def _unofficial(session: ReadSession, found: list[Result]) -> set[str]:
    """The commitments among the results whose English text is a working translation."""
    known = [commitment(session, one.ref, review_months=0) for one in found if one.entity is Found.COMMITMENT]
    return {one.ref for one in known if one is not None and one.languages.en.authority == Authority.WORKING}

"""Search in commitments, published updates and actions at once."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from app.domain import search
from app.domain.search import SearchQuery
from app.domain.shapes import Page
from app.web.call import Call
from app.web.describe import operation
from app.web.running import quick


class Search(Controller):
    path = "/search"

    @get(
        "/",
        **operation(
            summary="Find words in commitments, published updates and actions",
            tag="Search",
            text="Texts are searched in both languages, whichever the words are in. Commitments come first, in document order, then "
            "updates, newest first, then actions by number. Each result shows the passage of the original text around its first hit, for "
            "every text and language that holds the words; whoever shows it in a page marks the pieces that are a `hit`.",
            answers=Page[search.Result],
            query=SearchQuery,
        ),
    )
    @quick
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            return call.page(search.search(session, call.query(SearchQuery)))

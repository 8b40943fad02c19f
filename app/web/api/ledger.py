"""The ledger as a feed that anybody can mirror and verify."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from app.domain.history import Change, FeedFilter, feed
from app.domain.shapes import Page
from app.web.call import Call
from app.web.describe import operation
from app.web.running import in_thread


class Changes(Controller):
    path = "/changes"

    @get(
        "/",
        **operation(
            summary="The ledger from a seq on, without gaps",
            tag="Ledger",
            text="Read on with `after` set to `next`. The introduction says how to verify the hashes. An entry whose record was not public "
            "as it stood then is there without its `body`; the removal of a record is as public as the record was. The links of a "
            "proposed action are entered once more when it is accepted.",
            answers=Page[Change],
            query=FeedFilter,
        ),
    )
    @in_thread
    def index(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            return call.page(feed(session, call.query(FeedFilter)), parameter="after")

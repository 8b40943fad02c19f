"""The numbers of a report."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from app.domain import progress
from app.domain.progress import ProgressQuery
from app.web.call import Call
from app.web.describe import operation
from app.web.running import in_thread


class Progress(Controller):
    path = "/progress"

    @get(
        "/",
        **operation(
            summary="The numbers of a report: standing, ageing, coverage, and what moved",
            tag="Progress",
            text="The same for everybody: only what is public counts. Rates, ageing and coverage are those of operational commitments; "
            "parts are counted apart. Without `as_of` it is the later of today (UTC) and the latest effective or confirmation date.",
            answers=progress.Progress,
            query=ProgressQuery,
        ),
    )
    @in_thread
    def numbers(self, call: NamedDependency[Call]) -> Response[bytes]:
        with call.read() as session:
            return call.plain(progress.progress(session, call.query(ProgressQuery), call.settings.review_months))

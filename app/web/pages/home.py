"""Home: where the commitments stand at a glance, and what wants attention."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from app.codes import ActionStatus, EventStatus, Level, Tracking, UpdateState
from app.db.sessions import ReadSession
from app.domain.actions import ActionFilter, action_page
from app.domain.commitment_list import CommitmentFilter, commitment_page
from app.domain.events import Event, events
from app.domain.progress import ProgressQuery, progress
from app.domain.update_queue import UpdateFilter, update_page
from app.web.describe import page
from app.web.running import quick
from app.web.visit import Visit

_SOME = 5


class Home(Controller):
    path = "/"

    @get("/", **page())
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            call.no_query()
            series = _series(events(session))
            return call.render(
                "home.html",
                numbers=progress(session, ProgressQuery(), call.settings.review_months),
                months=call.settings.review_months,
                series=series,
                coming=next((one for one in series if one.status != EventStatus.HELD), None),
                late=action_page(session, ActionFilter(overdue=True, limit=_SOME)),
                latest=update_page(session, UpdateFilter(state=[UpdateState.PUBLISHED], limit=_SOME)).items,
                orphans=_orphans(session, call.settings.review_months),
                accepted=[status for status in ActionStatus if status is not ActionStatus.PROPOSED],
            )


def _series(known: list[Event]) -> list[Event]:
    """The events of the series that is to be continued, or of the last one there is."""
    ahead = next((one.series for one in known if one.status != EventStatus.HELD), known[-1].series if known else "")
    return [one for one in known if one.series == ahead]


def _orphans(session: ReadSession, review_months: int) -> list[str]:
    filters = CommitmentFilter(tracking=[Tracking.OPERATIONAL], level=[Level.COMMITMENT], has_actions=False, limit=20)
    return [one.ref for one in commitment_page(session, filters, review_months).items]

"""Follow-up actions: the list with its filters, grouped by status, one with everything about it, and its history."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.actors import Permission
from app.codes import ActionStatus
from app.domain.actions import ActionFilter, action, action_page, may_write
from app.domain.history import action_history
from app.domain.labels import commitment_names
from app.domain.lists import Paging
from app.web.describe import page
from app.web.pages.listing import chosen, further, refined
from app.web.pages.told import story
from app.web.paths import action_part
from app.web.running import in_thread, quick
from app.web.visit import Visit


class Actions(Controller):
    path = "/actions"

    @get("/", **page())
    @quick
    def index(self, call: NamedDependency[Visit]) -> Response[bytes]:
        with call.read() as session:
            filters = call.query(ActionFilter)
            found = action_page(session, filters)
            shown = [status for status in ActionStatus if status is not ActionStatus.PROPOSED or call.actor.may(Permission.DRAFT)]
            return call.render(
                "actions.html",
                found=found,
                filters=filters,
                groups=[(status, [one for one in found.items if one.status == status]) for status in shown],
                statuses=shown,
                chosen=chosen(filters),
                next=further(call, found.next),
                first=refined(call, cursor=None) if filters.cursor else None,
                today=session.now.date().isoformat(),
            )

    @get("/{ref:str}", **page())
    @quick
    def one(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            found = action(session, action_part(ref))
            call.no_query()
            texts = commitment_names(session, [link.ref for link in found.commitments])
            return call.render(
                "action.html", a=found, texts=texts, today=session.now.date().isoformat(), may_write=may_write(session.actor, found)
            )

    @get("/{ref:str}/history", **page())
    @in_thread
    def history(self, call: NamedDependency[Visit], ref: FromPath[str]) -> Response[bytes]:
        with call.read() as session:
            known = action(session, action_part(ref)).ref
            found = action_history(session, known, call.query(Paging))
            return call.render(
                "history.html", subject=known, ref=known, back=call.to("actions", known),
                entries=story(session, call.lang, found.items, call.names), next=further(call, found.next), total=found.total,
            )  # fmt: skip
